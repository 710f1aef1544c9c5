package io.cocoon.engine;

import io.cocoon.engine.cuda.CudaBackend;
import io.cocoon.engine.cuda.CudaDevices;
import io.cocoon.engine.cuda.CudaException;
import io.cocoon.engine.cuda.CudaSettings;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.serve.Scheduler;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Decides between GPU and processor.
 *
 * @param backend with the model loaded
 * @param limits what fits into its memory
 */
record GpuChoice(CudaBackend backend, Scheduler.Limits limits) {

    /** With less room than this for each, answers would mostly wait for each other. */
    private static final int LEAST_TOKENS = 128;

    /** On a GPU a step of many costs little more than a step of one. */
    private static final int RUNNING = 64;

    private static final int WAITING = 256;

    /**
     * Loads the model on the first device if that is wanted and possible.
     *
     * @param settings of the device
     * @param limits what the caller wants, or null for what fits
     * @param progress is told the choice and its reason in one line
     * @return null if the processor is to compute
     * @throws CudaException if a GPU is wanted and cannot be had
     */
    static @Nullable GpuChoice open(
            BackendChoice choice,
            CudaSettings settings,
            Model model,
            Scheduler.@Nullable Limits limits,
            Consumer<String> progress)
            throws CudaException {
        if (choice == BackendChoice.CPU) {
            return null;
        }
        try {
            CudaDevices devices = CudaDevices.find();
            if (devices.usable().isEmpty()) {
                throw new CudaException(devices.reason());
            }
            return load(devices, settings, model, limits, progress);
        } catch (CudaException e) {
            if (choice == BackendChoice.CUDA) {
                throw e;
            }
            progress.accept("computing on the processor; " + e.getMessage());
            return null;
        }
    }

    private static GpuChoice load(
            CudaDevices devices,
            CudaSettings settings,
            Model model,
            Scheduler.@Nullable Limits limits,
            Consumer<String> progress)
            throws CudaException {
        int layers = model.shape().layers();
        CudaBackend backend = CudaBackend.load(
                model,
                devices.usable().get(0),
                settings,
                layer -> progress.accept("loaded layer " + layer + " of " + layers));
        try {
            GpuChoice opened = new GpuChoice(backend, fitting(backend, settings, limits));
            progress.accept("computing on " + backend.description());
            return opened;
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
