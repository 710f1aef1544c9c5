package io.cocoon.engine;

import io.cocoon.engine.cuda.CudaSettings;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.serve.Scheduler;
import io.cocoon.worker.ModelCard;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Loads a {@link BuiltInEngine}. Not thread-safe; may load several. */
public final class BuiltInEngineBuilder {
    private int threads = Runtime.getRuntime().availableProcessors();
    private BackendChoice backend = BackendChoice.AUTO;
    private CudaSettings cuda = CudaSettings.DEFAULT;
    private Scheduler.@Nullable Limits limits;
    private Consumer<LoadProgress> progress = step -> {};
    private Clock clock = Clock.systemDefaultZone();
    private boolean sharedPrefixes;
    private boolean measured;
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

    /** Sets how a GPU is used, for example with weights of 8 or 4 bits; {@link CudaSettings#DEFAULT} by default. */
    public BuiltInEngineBuilder cuda(CudaSettings value) {
        cuda = value;
        return this;
    }

    /**
     * Sets how many answers run and wait, and how much they may hold. By default {@link Scheduler.Limits#DEFAULT}, with no
     * more tokens than fit into the heap beside the weights.
     */
    public BuiltInEngineBuilder limits(Scheduler.Limits value) {
        limits = value;
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
        progress.accept(new LoadProgress(LoadProgress.Stage.READING, 0, 0, model.toString()));
        ModelFiles files = ModelFiles.open(model, clock);
        ExecutorService pool = Executors.newFixedThreadPool(Math.max(1, threads - 1), task -> {
            Thread thread = new Thread(task, "cocoon-engine-rows");
            thread.setDaemon(true);
            return thread;
        });
        try {
            Computing.Wanted wanted = new Computing.Wanted(backend, cuda, limits, threads, progress);
            Computing computing = Computing.open(model, files.model(), wanted, pool);
            return started(model, files, computing, pool);
        } catch (IOException | RuntimeException | Error e) {
            pool.shutdownNow();
            throw e;
        }
    }

    private BuiltInEngine started(Path path, ModelFiles files, Computing computing, ExecutorService pool) {
        try {
            ModelCard card = card(path, files, computing);
            told(
                    LoadProgress.Stage.READY,
                    files,
                    computing.description()
                            + card.speed().map(speed -> "; " + speed).orElse(""));
            return new BuiltInEngine(
                    files, computing, card, pool, new BuiltInEngine.Surroundings(clock, seeds, sharedPrefixes));
        } catch (RuntimeException | Error e) {
            computing.backend().close();
            throw e;
        }
    }

    private ModelCard card(Path path, ModelFiles files, Computing computing) {
        Optional<ModelCard.Speed> speed = Optional.empty();
        if (measured) {
            told(LoadProgress.Stage.MEASURING, files, "");
            int vocabulary =
                    Math.min(files.tokenizer().size(), files.model().shape().vocabulary());
            speed = SpeedTrial.run(computing.backend(), computing.limits(), vocabulary, System::nanoTime, clock);
        }
        Model model = files.model();
        Path name = path.toAbsolutePath().normalize().getFileName();
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

    private void told(LoadProgress.Stage stage, ModelFiles files, String detail) {
        int layers = files.model().shape().layers();
        progress.accept(new LoadProgress(stage, layers, layers, detail));
    }
}
