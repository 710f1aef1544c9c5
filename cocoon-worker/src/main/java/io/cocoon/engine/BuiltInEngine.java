package io.cocoon.engine;

import io.cocoon.engine.cpu.CpuBackend;
import io.cocoon.engine.cuda.CudaSettings;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.openai.AnswerStream;
import io.cocoon.engine.openai.CompletionRequest;
import io.cocoon.engine.openai.RefusedException;
import io.cocoon.engine.openai.RequestReader;
import io.cocoon.engine.openai.SamplingReader;
import io.cocoon.engine.openai.ThinkMarkers;
import io.cocoon.engine.openai.ToolStyle;
import io.cocoon.engine.serve.Caller;
import io.cocoon.engine.serve.Generation;
import io.cocoon.engine.serve.GenerationRequest;
import io.cocoon.engine.serve.SamplingOptions;
import io.cocoon.engine.serve.Scheduler;
import io.cocoon.engine.template.ChatTemplate;
import io.cocoon.engine.template.TemplateException;
import io.cocoon.engine.text.Tokenizer;
import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.tl.Bytes;
import io.cocoon.worker.AnswerSink;
import io.cocoon.worker.Cancellation;
import io.cocoon.worker.EngineException;
import io.cocoon.worker.EngineLoad;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.InferenceRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers chat and text completions on a GPU or the processor, from a model folder as Hugging Face lays them out (safetensors with F32,
 * F16 or BF16) or one GGUF file (those, Q8_0, Q4_0, Q4_K, Q6_K): Qwen3 (dense), Qwen2.5, Llama 3 and Gemma 3.
 *
 * <pre>{@code
 * try (InferenceEngine engine = BuiltInEngine.load(Path.of("models/Qwen3-0.6B"))) {
 *     WorkerRuntime.builder().engine(engine)...
 * }
 * }</pre>
 *
 * <p>Requests share one backend by continuous batching. Options that change an answer and are not built (images, audio)
 * are refused by name, never ignored. On the processor weights are held in the heap:
 * {@link #load} says how much it takes if there is too little.
 *
 * <p>Thread-safe. To be closed; that ends its threads.
 */
public final class BuiltInEngine implements InferenceEngine {

    private static final List<HttpHeader> DOCUMENT = List.of(new HttpHeader("Content-Type", "application/json"));
    private static final List<HttpHeader> EVENTS = List.of(new HttpHeader("Content-Type", "text/event-stream"));

    /** What the heap needs beside the weights: embeddings of a step, scores, caches of a few answers. */
    private static final long SPARE_BYTES = 64L << 20;

    /** Room for one short conversation: with less, loading is pointless. */
    private static final long LEAST_CACHE_TOKENS = 512;

    private final Tokenizer tokenizer;
    private final ChatTemplate template;
    private final @Nullable GpuChoice gpu;
    private final Scheduler scheduler;
    private final long cacheTokens;
    private final long weightBytes;
    private final long cacheTokenBytes;
    private final ExecutorService pool;
    private final SamplingOptions defaults;
    private final int context;
    private final ThinkMarkers markers;
    private final ToolStyle toolStyle;
    private final Constraints constraints;
    private final Optional<String> operatorsKey;
    private final Clock clock;
    private final LongSupplier seeds;

    private BuiltInEngine(Builder builder, Path folder) throws IOException {
        ModelFiles files = ModelFiles.open(folder, builder.clock);
        Model model = files.model();
        tokenizer = files.tokenizer();
        template = files.template();
        defaults = files.defaults();
        markers = ThinkMarkers.of(tokenizer);
        toolStyle = ToolStyle.of(template, model.shape().architecture());
        constraints = new Constraints(tokenizer, model.shape().endTokens(), toolStyle);
        operatorsKey = builder.sharedPrefixes ? Optional.of("") : Optional.empty();
        clock = builder.clock;
        context = model.shape().context();
        seeds = builder.seeds;
        pool = Executors.newFixedThreadPool(Math.max(1, builder.threads - 1), task -> {
            Thread thread = new Thread(task, "cocoon-engine-rows");
            thread.setDaemon(true);
            return thread;
        });
        int layers = model.shape().layers();
        Backend backend;
        Scheduler.Limits limits;
        try {
            gpu = GpuChoice.open(builder.backend, builder.cuda, model, builder.limits, builder.progress);
            if (gpu == null) {
                long left = requireHeap(folder, model);
                limits = builder.limits == null ? fitting(model, left) : builder.limits;
                backend = CpuBackend.load(
                        model,
                        builder.threads,
                        pool,
                        layer -> builder.progress.accept("loaded layer " + layer + " of " + layers));
            } else {
                limits = gpu.limits();
                backend = gpu.backend();
            }
        } catch (IOException | RuntimeException | Error e) {
            pool.shutdownNow();
            throw e;
        }
        scheduler = new Scheduler(backend, tokenizer.size(), limits);
        cacheTokens = limits.cachedTokens();
        weightBytes = model.weights().bytes();
        cacheTokenBytes = model.shape().kvBytesPerToken(gpu == null ? Float.BYTES : Short.BYTES);
    }

    /** Checks that the weights fit, and returns what is left for keys and values. */
    private static long requireHeap(Path folder, Model model) throws ModelFormatException {
        Runtime runtime = Runtime.getRuntime();
        long free = runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
        long weights = CpuBackend.bytes(model);
        long wanted = weights + SPARE_BYTES + LEAST_CACHE_TOKENS * model.shape().kvBytesPerToken(Float.BYTES);
        if (wanted > free) {
            throw new ModelFormatException(folder + ": the weights take " + (weights >> 20)
                    + " MiB of heap, answers at least "
                    + (wanted - weights >> 20) + " MiB more, and " + (free >> 20)
                    + " MiB are left; start Java with -Xmx"
                    + ((runtime.maxMemory() - free + wanted + (1 << 20) - 1 >> 20) + "m") + " or more");
        }
        return free - weights - SPARE_BYTES;
    }

    /** The default limits, with a cache no larger than the heap has room for. */
    private static Scheduler.Limits fitting(Model model, long bytes) {
        Scheduler.Limits usual = Scheduler.Limits.DEFAULT;
        long tokens = bytes / model.shape().kvBytesPerToken(Float.BYTES);
        return new Scheduler.Limits(
                usual.running(), usual.waiting(), Math.min(usual.cachedTokens(), tokens), usual.stepTokens());
    }

    /**
     * Loads a model with the default settings: a folder as Hugging Face lays them out, or a GGUF file. A GGUF file states no
     * sampling, so OpenAI's defaults count with it.
     *
     * @throws IOException if a file is absent, broken or of a kind that is not supported, or the heap is too small; the
     *     message says which and what to do
     */
    public static BuiltInEngine load(Path model) throws IOException {
        return builder().load(model);
    }

    /** Returns a builder. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public void answer(InferenceRequest request, AnswerSink sink, Cancellation cancellation) throws Exception {
        boolean chat = request.path().startsWith("/v1/chat/completions");
        if (!chat && !request.path().startsWith("/v1/completions")) {
            sink.answer(
                    404,
                    DOCUMENT,
                    Bytes.utf8("{\"error\":{\"message\":\"this engine serves chat and text completions only\","
                            + "\"type\":\"invalid_request_error\"}}"));
            return;
        }
        CompletionRequest asked;
        int[] prompt;
        GenerationRequest wanted;
        try {
            asked = RequestReader.read(request.body().toUtf8(), chat, request.model(), request.stream(), toolStyle);
            prompt = prompt(asked);
            wanted = wanted(asked, prompt, request.proxy());
        } catch (RefusedException | IllegalArgumentException e) {
            throw new EngineException(ErrorCodes.PROTOCOL_VIOLATION, "worker: " + e.getMessage(), e);
        }
        AnswerStream stream = new AnswerStream(
                asked, prompt, tokenizer, markers, toolStyle, clock.instant().getEpochSecond());
        Generation generation = submit(wanted, stream);
        cancellation.onCancel(generation::cancel);
        try {
            write(stream, generation, asked.stream(), sink, cancellation);
        } finally {
            generation.cancel();
        }
    }

    private Generation submit(GenerationRequest wanted, AnswerStream stream) throws EngineException {
        try {
            return scheduler.submit(wanted, stream);
        } catch (IllegalArgumentException e) {
            throw new EngineException(ErrorCodes.PROTOCOL_VIOLATION, "worker: " + e.getMessage(), e);
        } catch (RejectedExecutionException e) {
            throw new EngineException(ErrorCodes.NOT_READY, "worker: " + e.getMessage(), e);
        }
    }

    private static void write(
            AnswerStream stream, Generation generation, boolean events, AnswerSink sink, Cancellation cancellation)
            throws EngineException, InterruptedException {
        if (events) {
            sink.head(200, EVENTS);
        }
        AnswerStream.Out out = new AnswerStream.Out() {
            @Override
            public void events(byte[] pieces) throws InterruptedException {
                sink.awaitWritable();
                sink.write(Bytes.wrapUnshared(pieces));
            }

            @Override
            public void document(byte[] json) {
                sink.answer(200, DOCUMENT, Bytes.wrapUnshared(json));
            }
        };
        AnswerStream.Outcome outcome;
        try {
            outcome = stream.write(generation, out, cancellation::isCancelled);
        } catch (IllegalStateException e) {
            throw new EngineException(ErrorCodes.ERROR, "worker: the engine failed to compute this answer", e);
        }
        if (outcome == AnswerStream.Outcome.CUT) {
            throw new EngineException(ErrorCodes.NOT_READY, "worker: the engine was closed within the answer");
        }
        if (outcome == AnswerStream.Outcome.WHOLE && events) {
            sink.complete();
        }
    }

    private int[] prompt(CompletionRequest asked) throws RefusedException {
        int[] prompt;
        try {
            prompt = asked.chat()
                    ? tokenizer.encode(template.render(asked.messages(), asked.toolList(), asked.templateOptions()))
                    : tokenizer.encodePrompt(asked.prompt());
        } catch (TemplateException e) {
            throw new RefusedException("the model's chat template refuses these messages", e);
        }
        if (prompt.length >= context) {
            throw new RefusedException("the prompt has " + prompt.length + " tokens; this model reads at most "
                    + (context - 1) + " and needs room for an answer");
        }
        return prompt;
    }

    private GenerationRequest wanted(CompletionRequest asked, int[] prompt, String proxy) throws RefusedException {
        return new GenerationRequest(
                prompt,
                asked.maxTokens().orElse(Math.max(1, scheduler.longest() - prompt.length)),
                asked.choices(),
                SamplingReader.read(asked.body(), defaults, seeds),
                asked.logprobs() ? OptionalInt.of(asked.topLogprobs()) : OptionalInt.empty(),
                operatorsKey.or(asked::cacheKey),
                constraints.of(asked, prompt),
                new Caller(proxy, asked.user()));
    }

    @Override
    public boolean isAvailable() {
        return scheduler.isOpen() && (gpu == null || gpu.backend().isUsable());
    }

    /** Returns how many answers run and wait, for status pages. */
    public String status() {
        return scheduler.running() + " running, " + scheduler.waiting() + " waiting, " + scheduler.reservedTokens()
                + " tokens in use, " + scheduler.keptTokens() + " kept, " + scheduler.preemptions() + " preempted";
    }

    @Override
    public Optional<EngineLoad> currentLoad() {
        return Optional.of(new EngineLoad(
                gpu == null ? "processor" : gpu.backend().description(),
                scheduler.running(),
                scheduler.waiting(),
                scheduler.reservedTokens(),
                scheduler.keptTokens(),
                cacheTokens,
                weightBytes,
                cacheTokenBytes));
    }

    @Override
    public void close() {
        scheduler.close();
        pool.shutdownNow();
    }

    /** Settings of the engine. Not thread-safe. */
    public static final class Builder {
        private int threads = Runtime.getRuntime().availableProcessors();
        private BackendChoice backend = BackendChoice.AUTO;
        private CudaSettings cuda = CudaSettings.DEFAULT;
        private Scheduler.@Nullable Limits limits;
        private Consumer<String> progress = line -> {};
        private Clock clock = Clock.systemDefaultZone();
        private boolean sharedPrefixes;
        private LongSupplier seeds = new SecureRandom()::nextLong;

        private Builder() {}

        /** Sets how many threads compute; by default one for each processor. */
        public Builder threads(int value) {
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
        public Builder backend(BackendChoice value) {
            backend = value;
            return this;
        }

        /** Sets how a GPU is used, for example with weights of 8 or 4 bits; {@link CudaSettings#DEFAULT} by default. */
        public Builder cuda(CudaSettings value) {
            cuda = value;
            return this;
        }

        /**
         * Sets how many answers run and wait, and how much they may hold. By default {@link Scheduler.Limits#DEFAULT}, with no
         * more tokens than fit into the heap beside the weights.
         */
        public Builder limits(Scheduler.Limits value) {
            limits = value;
            return this;
        }

        /** Sets what is told about loading, a line at a time; nothing by default. */
        public Builder progress(Consumer<String> value) {
            progress = value;
            return this;
        }

        /** Sets the clock of templates that write today's date; the system's by default. */
        public Builder clock(Clock value) {
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
        public Builder sharedPrefixes(boolean value) {
            sharedPrefixes = value;
            return this;
        }

        /** Sets where seeds come from for requests that state none; a secure source by default. */
        public Builder seeds(LongSupplier value) {
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
            return new BuiltInEngine(this, model);
        }
    }
}
