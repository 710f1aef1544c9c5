package io.cocoon.engine;

import io.cocoon.engine.cpu.Activations;
import io.cocoon.engine.cuda.CudaSettings;
import io.cocoon.engine.cuda.DeviceShare;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.serve.Scheduler;
import io.cocoon.worker.ModelCard;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Loads a {@link BuiltInEngine}. Not thread-safe; may load several. */
public final class BuiltInEngineBuilder {
    private int threads = Runtime.getRuntime().availableProcessors();
    private Activations activations = Activations.ROUNDED;
    private BackendChoice backend = BackendChoice.AUTO;
    private CudaSettings cuda = CudaSettings.DEFAULT;
    private Scheduler.@Nullable Limits limits;
    private long cacheTokens = Long.MAX_VALUE;
    private Consumer<LoadProgress> progress = step -> {};
    private Clock clock = Clock.systemDefaultZone();
    private boolean sharedPrefixes;
    private boolean measured;
    private HeapRoom heap = HeapRoom.shared();
    private LongSupplier seeds = new SecureRandom()::nextLong;

    BuiltInEngineBuilder() {}

    /** Sets how many threads compute; by default one for each processor. */
    public BuiltInEngineBuilder threads(int value) {
        if (value < 1) {
            throw new IllegalArgumentException("one thread at least, got " + value);
        }
        threads = value;
        return this;
    }

    /**
     * Sets what computes: by default a GPU if there is one that takes the model, else the processor. A GPU holds the
     * weights in its own memory, not in the heap.
     */
    public BuiltInEngineBuilder backend(BackendChoice value) {
        backend = value;
        return this;
    }

    /**
     * Sets whether the processor may round activations to 8 bits where weights have 4, which makes answers of Q4_0 a third faster and
     * those of Q4_K twice as fast; {@link Activations#ROUNDED} by default. A GPU computes as its own settings say.
     */
    public BuiltInEngineBuilder activations(Activations value) {
        activations = value;
        return this;
    }

    /** Sets how a GPU is used, for example with weights of 8 or 4 bits; {@link CudaSettings#DEFAULT} by default. */
    public BuiltInEngineBuilder cuda(CudaSettings value) {
        cuda = value;
        return this;
    }

    /**
     * Sets how many answers run and wait, and how much they may hold, for each model. By default {@link Scheduler.Limits#DEFAULT}, with
     * no more tokens than fit into the heap beside the weights; on a GPU as many as fit there. What is set here is taken from the heap or
     * the GPU when a model is loaded, so that less of it leaves room for models that are loaded later: without it, nothing of a GPU is left
     * for them.
     */
    public BuiltInEngineBuilder limits(Scheduler.Limits value) {
        limits = value;
        return this;
    }

    /**
     * Sets how many tokens of keys and values each model has room for at most, on the processor and on a GPU, so that models that are
     * loaded later find some; where less fits, it gets less. By default as many as fit, on the processor up to those of {@link
     * Scheduler.Limits#DEFAULT}. {@link #limits} stand above it.
     */
    public BuiltInEngineBuilder cacheTokens(long most) {
        if (most < 1) {
            throw new IllegalArgumentException("room for one token at least, got " + most);
        }
        cacheTokens = most;
        return this;
    }

    /**
     * Sets where the processor takes its memory: the heap of this JVM by default, which all engines share, or a part of it that you set
     * apart. Nothing is taken for a GPU.
     */
    public BuiltInEngineBuilder heap(HeapRoom value) {
        heap = value;
        return this;
    }

    /** Sets who is told how far the loading is, on the thread that loads; nobody by default. */
    public BuiltInEngineBuilder progress(Consumer<LoadProgress> value) {
        progress = value;
        return this;
    }

    /**
     * Sets whether {@link ModelCard#speed} is measured: once, when the weights are loaded and before anything is answered. Takes about two
     * seconds, with a model of less than ten tokens a second more. Not measured by default.
     */
    public BuiltInEngineBuilder measured(boolean value) {
        measured = value;
        return this;
    }

    /** Sets the clock of templates that write today's date; the system's by default. */
    public BuiltInEngineBuilder clock(Clock value) {
        clock = value;
        return this;
    }

    /**
     * Sets whether all requests share what was computed for equal beginnings of prompts. By default only those do that state
     * the same {@code prompt_cache_key} of at least 16 characters.
     *
     * <p>To be set only if all requests come from people who may know each other's prompts: a prompt whose beginning was here
     * before is answered sooner and is reported as cached, so that whoever can ask can find out what others asked.
     */
    public BuiltInEngineBuilder sharedPrefixes(boolean value) {
        sharedPrefixes = value;
        return this;
    }

    /** Sets where seeds come from for requests that state none; a secure source by default. */
    public BuiltInEngineBuilder seeds(LongSupplier value) {
        seeds = value;
        return this;
    }

    /**
     * Loads a model.
     *
     * @param model a folder as Hugging Face lays them out, or a GGUF file
     * @throws IOException as {@link BuiltInEngine#load}
     */
    public BuiltInEngine load(Path model) throws IOException {
        return loadAll(List.of(model)).get(0);
    }

    /**
     * Loads several models that share the machine. What each needs is counted before the first weight is loaded. On the processor it is
     * taken from {@link #heap}, and what is left is divided evenly for keys and values. On a GPU what is left gives all models as many
     * more tokens, up to {@link CudaSettings#cacheTokens} and {@link #limits} each. With {@link BackendChoice#AUTO} a model that does not
     * fit on the GPU beside those before it is computed by the processor.
     *
     * @return in the same order, each to be closed
     * @throws IOException as {@link BuiltInEngine#load}, if one cannot be loaded or all together do not fit; then none is
     */
    public List<BuiltInEngine> loadAll(List<Path> models) throws IOException {
        List<ModelFiles> files = new ArrayList<>();
        List<Computing.Named> named = new ArrayList<>();
        for (Path path : models) {
            progress.accept(new LoadProgress(path, LoadProgress.Stage.READING, 0, 0, ""));
            files.add(ModelFiles.open(path, clock));
            named.add(new Computing.Named(
                    path.toString(), files.get(files.size() - 1).model()));
        }
        List<DeviceShare> shares = Computing.shares(
                backend, cuda.withCacheTokens(Math.min(cuda.cacheTokens(), cacheTokens)), limits, named);
        List<Opened> opened = new ArrayList<>();
        List<BuiltInEngine> engines = new ArrayList<>();
        try {
            for (int i = 0; i < shares.size(); i++) {
                opened.add(open(models.get(i), files.get(i), shares.get(i)));
            }
            for (Opened each : opened) {
                engines.add(load(each, takers(opened.subList(engines.size() + 1, opened.size()))));
            }
            return List.copyOf(engines);
        } catch (IOException | RuntimeException | Error e) {
            engines.forEach(BuiltInEngine::close);
            opened.forEach(Opened::release);
            throw e;
        }
    }

    /** Returns how many want more of the heap: the one that is loaded now, and those after it that have some. */
    private static int takers(List<Opened> later) {
        return 1 + (int) later.stream().filter(each -> each.share != null).count();
    }

    /** A model whose files were read, with the part of the heap that was taken for it, if the processor will compute it. */
    private record Opened(Path path, ModelFiles files, DeviceShare onDevice, HeapRoom.@Nullable Share share) {

        void release() {
            if (share != null) {
                share.close();
            }
        }
    }

    private Opened open(Path path, ModelFiles files, DeviceShare onDevice) throws IOException {
        if (onDevice.isOnDevice()) {
            return new Opened(path, files, onDevice, null);
        }
        // Told before the heap is found to be too small, because then it is the device that has to be mended.
        progress.accept(new LoadProgress(
                path,
                LoadProgress.Stage.DEVICE,
                0,
                files.model().shape().layers(),
                backend == BackendChoice.CPU ? "the processor" : "the processor; " + onDevice.refusal()));
        return new Opened(
                path,
                files,
                onDevice,
                HeapNeed.of(files.model(), activations, limits, cacheTokens).take(heap, path.toString()));
    }

    private BuiltInEngine load(Opened model, int takers) throws IOException {
        ExecutorService pool = Executors.newFixedThreadPool(Math.max(1, threads - 1), task -> {
            Thread thread = new Thread(task, "cocoon-engine-rows");
            thread.setDaemon(true);
            return thread;
        });
        try {
            Computing.Wanted wanted = new Computing.Wanted(
                    model.path,
                    backend,
                    model.onDevice,
                    limits,
                    cacheTokens,
                    activations,
                    threads,
                    progress,
                    heap,
                    model.share,
                    takers);
            return started(model, Computing.open(model.files.model(), wanted, pool), pool);
        } catch (IOException | RuntimeException | Error e) {
            pool.shutdownNow();
            throw e;
        }
    }

    private BuiltInEngine started(Opened model, Computing computing, ExecutorService pool) {
        try {
            ModelCard card = card(model, computing);
            told(
                    LoadProgress.Stage.READY,
                    model,
                    computing.description()
                            + card.speed().map(speed -> "; " + speed).orElse(""));
            return new BuiltInEngine(
                    model.files, computing, card, pool, new BuiltInEngine.Surroundings(clock, seeds, sharedPrefixes));
        } catch (RuntimeException | Error e) {
            computing.backend().close();
            computing.release().run();
            throw e;
        }
    }

    private ModelCard card(Opened opened, Computing computing) {
        Model model = opened.files.model();
        Optional<ModelCard.Speed> speed = Optional.empty();
        if (measured) {
            told(LoadProgress.Stage.MEASURING, opened, "");
            int vocabulary =
                    Math.min(opened.files.tokenizer().size(), model.shape().vocabulary());
            speed = SpeedTrial.run(computing.backend(), computing.limits(), vocabulary, System::nanoTime, clock);
        }
        Path name = opened.path.toAbsolutePath().normalize().getFileName();
        return new ModelCard(
                name == null ? "" : name.toString(),
                model.shape().architecture().name(),
                model.weights().parameters(),
                model.weights().mostlyOf().name(),
                computing.weightBytes(),
                computing.tokenBytes(),
                model.shape().context(),
                computing.device(),
                speed);
    }

    private void told(LoadProgress.Stage stage, Opened model, String detail) {
        int layers = model.files.model().shape().layers();
        progress.accept(new LoadProgress(model.path, stage, layers, layers, detail));
    }
}
