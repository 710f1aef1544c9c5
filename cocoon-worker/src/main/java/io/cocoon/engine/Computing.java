package io.cocoon.engine;

import io.cocoon.engine.cpu.Activations;
import io.cocoon.engine.cpu.CpuBackend;
import io.cocoon.engine.cuda.CudaBackend;
import io.cocoon.engine.cuda.CudaDevice;
import io.cocoon.engine.cuda.CudaDevices;
import io.cocoon.engine.cuda.CudaException;
import io.cocoon.engine.cuda.CudaSettings;
import io.cocoon.engine.cuda.DeviceShare;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.serve.Scheduler;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What computes a model: a GPU or the processor.
 *
 * @param backend with the model loaded
 * @param limits what fits into its memory
 * @param device its name, for people
 * @param description the same with the use of its memory
 * @param weightBytes memory of the weights
 * @param tokenBytes memory of the keys and values of one token
 * @param usable whether no error has ended it; may be asked by any thread
 * @param release gives back what it has of the heap; may be called more than once
 */
record Computing(
        Backend backend,
        Scheduler.Limits limits,
        String device,
        String description,
        long weightBytes,
        long tokenBytes,
        BooleanSupplier usable,
        Runnable release) {

    /** With less room than this for each, answers would mostly wait for each other. */
    private static final int LEAST_TOKENS = 128;

    /** On a GPU a step of many costs little more than a step of one. */
    private static final int RUNNING = 64;

    private static final int WAITING = 256;

    /** A model and how messages call it. */
    record Named(String name, Model model) {}

    /**
     * What is wanted of it.
     *
     * @param path of the model, for progress and errors
     * @param choice GPU or processor
     * @param onDevice what it has of a GPU, or why it has none
     * @param limits what the caller wants, or null for what fits
     * @param cacheTokens the most tokens of keys and values where there are no limits
     * @param activations what the processor does with them
     * @param threads of the processor
     * @param progress is told each layer, the device, and why the processor computes in its place
     * @param heap where the processor takes its memory
     * @param share what was taken of it already for this model, or null
     * @param takers how many models share what is left of it
     */
    record Wanted(
            Path path,
            BackendChoice choice,
            DeviceShare onDevice,
            Scheduler.@Nullable Limits limits,
            long cacheTokens,
            Activations activations,
            int threads,
            Consumer<LoadProgress> progress,
            HeapRoom heap,
            HeapRoom.@Nullable Share share,
            int takers) {

        private void chosen(Model model, String device) {
            progress.accept(new LoadProgress(
                    path, LoadProgress.Stage.DEVICE, 0, model.shape().layers(), device));
        }

        private IntConsumer layers(Model model) {
            int layers = model.shape().layers();
            return layer -> progress.accept(new LoadProgress(path, LoadProgress.Stage.WEIGHTS, layer, layers, ""));
        }
    }

    /**
     * Loads the model on the first device if it has a share of it, and if that fails on the processor, where it may.
     *
     * @param executor runs the threads of the processor
     * @throws CudaException if a GPU is wanted and cannot be had
     * @throws ModelFormatException if the heap is too small, or a fault of the files shows when weights are read
     */
    static Computing open(Model model, Wanted wanted, Executor executor) throws CudaException, ModelFormatException {
        try {
            return choose(model, wanted, executor);
        } catch (UncheckedIOException e) {
            if (e.getCause() instanceof ModelFormatException) {
                throw new ModelFormatException(wanted.path + ": " + e.getCause().getMessage(), e);
            }
            throw e;
        }
    }

    private static Computing choose(Model model, Wanted wanted, Executor executor)
            throws CudaException, ModelFormatException {
        if (wanted.onDevice.isOnDevice()) {
            try {
                return onDevice(CudaDevices.find().usable().get(0), model, wanted);
            } catch (CudaException e) {
                if (wanted.choice == BackendChoice.CUDA) {
                    throw e;
                }
                wanted.chosen(model, "the processor; " + e.getMessage());
            }
        }
        return onProcessor(model, wanted, executor);
    }

    /**
     * Decides what of the first device each model gets, before any of them is loaded.
     *
     * @param limits what the caller wants of each, or null for what fits
     * @param models by their names
     * @return one for each model
     * @throws CudaException if a GPU is wanted and cannot be had by all of them
     */
    static List<DeviceShare> shares(
            BackendChoice choice, CudaSettings cuda, Scheduler.@Nullable Limits limits, List<Named> models)
            throws CudaException {
        if (choice == BackendChoice.CPU) {
            return refused(models, cuda, "not asked for");
        }
        CudaDevices devices = CudaDevices.find();
        if (devices.usable().isEmpty() && choice == BackendChoice.CUDA) {
            throw new CudaException(devices.reason());
        }
        if (devices.usable().isEmpty()) {
            return refused(models, cuda, devices.reason());
        }
        // What the scheduler never uses is left to other models.
        CudaSettings settings =
                limits == null ? cuda : cuda.withCacheTokens(Math.min(cuda.cacheTokens(), limits.cachedTokens()));
        OptionalLong least = limits == null ? OptionalLong.empty() : OptionalLong.of(limits.cachedTokens());
        List<DeviceShare> shares = DeviceShare.divide(
                devices.usable().get(0),
                settings,
                models.stream()
                        .map(each -> new DeviceShare.Candidate(each.name, each.model, least))
                        .toList());
        for (DeviceShare each : shares) {
            if (choice == BackendChoice.CUDA && !each.isOnDevice()) {
                throw new CudaException(each.refusal());
            }
        }
        return shares;
    }

    private static List<DeviceShare> refused(List<Named> models, CudaSettings settings, String why) {
        return models.stream().map(each -> DeviceShare.refused(settings, why)).toList();
    }

    private static Computing onProcessor(Model model, Wanted wanted, Executor executor) throws ModelFormatException {
        HeapNeed need = HeapNeed.of(model, wanted.activations, wanted.limits, wanted.cacheTokens);
        HeapRoom.Share share = wanted.share != null ? wanted.share : need.take(wanted.heap, wanted.path.toString());
        try {
            Scheduler.Limits limits = need.limits(share, wanted.takers);
            return new Computing(
                    CpuBackend.load(model, wanted.activations, wanted.threads, executor, wanted.layers(model)),
                    limits,
                    "processor",
                    "the processor: weights " + (need.weights() >> 20) + " MiB, room for " + limits.cachedTokens()
                            + " tokens",
                    need.weights(),
                    need.tokenBytes(),
                    () -> true,
                    share::close);
        } catch (RuntimeException | Error e) {
            share.close();
            throw e;
        }
    }

    private static Computing onDevice(CudaDevice device, Model model, Wanted wanted) throws CudaException {
        wanted.chosen(model, device.name());
        CudaSettings settings = wanted.onDevice.settings();
        CudaBackend backend = CudaBackend.load(model, device, settings, wanted.layers(model));
        try {
            return new Computing(
                    backend,
                    fitting(backend, settings, wanted.limits),
                    backend.deviceName(),
                    backend.description(),
                    backend.weightBytes(),
                    backend.tokenBytes(),
                    backend::isUsable,
                    () -> {});
        } catch (CudaException | RuntimeException | Error e) {
            backend.close();
            throw e;
        }
    }

    private static Scheduler.Limits fitting(
            CudaBackend backend, CudaSettings settings, Scheduler.@Nullable Limits wanted) throws CudaException {
        if (wanted == null) {
            long running = Math.max(1, Math.min(RUNNING, backend.cacheTokens() / LEAST_TOKENS));
            return new Scheduler.Limits((int) running, WAITING, backend.cacheTokens(), settings.stepTokens());
        }
        if (wanted.cachedTokens() > backend.cacheTokens()) {
            throw new CudaException("the limits ask for " + wanted.cachedTokens() + " tokens, and there is room for "
                    + backend.cacheTokens() + "; lower cachedTokens");
        }
        return wanted;
    }
}
