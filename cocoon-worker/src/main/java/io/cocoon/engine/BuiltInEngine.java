package io.cocoon.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.engine.cpu.CpuBackend;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.file.StrictJson;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelLoader;
import io.cocoon.engine.serve.Generation;
import io.cocoon.engine.serve.SamplingOptions;
import io.cocoon.engine.serve.Scheduler;
import io.cocoon.engine.serve.StopTexts;
import io.cocoon.engine.template.ChatTemplate;
import io.cocoon.engine.template.TemplateException;
import io.cocoon.engine.text.Detokenizer;
import io.cocoon.engine.text.Tokenizer;
import io.cocoon.protocol.ErrorCodes;
import io.cocoon.worker.AnswerSink;
import io.cocoon.worker.Cancellation;
import io.cocoon.worker.ChatEngine;
import io.cocoon.worker.ChatMessage;
import io.cocoon.worker.ChatRequest;
import io.cocoon.worker.EngineException;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.InferenceRequest;
import io.cocoon.worker.TokenSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Answers chat and text completions from a model folder as Hugging Face lays them out, on the processor: Qwen3 (dense),
 * Qwen2.5, Llama 3 and Gemma 3, weights as F32, F16 or BF16 in safetensors files.
 *
 * <pre>{@code
 * try (InferenceEngine engine = BuiltInEngine.load(Path.of("models/Qwen3-0.6B"))) {
 *     WorkerRuntime.builder().engine(engine)...
 * }
 * }</pre>
 *
 * <p>Requests share one backend by continuous batching. Options that change an answer and are not built yet ({@code tools},
 * {@code response_format} with a schema, {@code logprobs}, several choices, images) are refused by name, never ignored. Weights are
 * held in the heap: {@link #load} says how much it takes if there is too little.
 *
 * <p>Thread-safe. To be closed; that ends its threads.
 */
public final class BuiltInEngine implements InferenceEngine {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> NOT_BUILT =
            List.of("tools", "functions", "logprobs", "top_logprobs", "audio", "modalities", "prediction", "suffix");

    /** What the heap needs beside the weights: embeddings of a step, scores, caches of a few answers. */
    private static final long SPARE_BYTES = 64L << 20;

    /** Room for one short conversation: with less, loading is pointless. */
    private static final long LEAST_CACHE_TOKENS = 512;

    private static final long POLL_MILLIS = 100;

    private final Tokenizer tokenizer;
    private final ChatTemplate template;
    private final Scheduler scheduler;
    private final ExecutorService pool;
    private final SamplingOptions defaults;
    private final int context;
    private final LongSupplier seeds;

    private BuiltInEngine(Builder builder, Path folder) throws IOException {
        Model model = ModelLoader.open(folder);
        long left = requireHeap(folder, model);
        tokenizer = Tokenizer.load(folder, model.shape().vocabulary());
        template = ChatTemplate.load(folder, builder.clock);
        defaults = defaults(folder);
        context = model.shape().context();
        seeds = builder.seeds;
        pool = Executors.newFixedThreadPool(Math.max(1, builder.threads - 1), task -> {
            Thread thread = new Thread(task, "cocoon-engine-rows");
            thread.setDaemon(true);
            return thread;
        });
        int layers = model.shape().layers();
        Backend backend;
        try {
            backend = CpuBackend.load(
                    model,
                    builder.threads,
                    pool,
                    layer -> builder.progress.accept("loaded layer " + layer + " of " + layers));
        } catch (RuntimeException | Error e) {
            pool.shutdownNow();
            throw e;
        }
        Scheduler.Limits limits = builder.limits == null ? fitting(model, left) : builder.limits;
        scheduler = new Scheduler(backend, tokenizer.size(), limits);
    }

    /** Checks that the weights fit, and returns what is left for keys and values. */
    private static long requireHeap(Path folder, Model model) throws ModelFormatException {
        Runtime runtime = Runtime.getRuntime();
        long free = runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
        long wanted = model.weights().bytes()
                + SPARE_BYTES
                + LEAST_CACHE_TOKENS * model.shape().kvBytesPerToken(Float.BYTES);
        if (wanted > free) {
            throw new ModelFormatException(
                    folder + ": the weights take " + (model.weights().bytes() >> 20)
                            + " MiB of heap, answers at least "
                            + (wanted - model.weights().bytes() >> 20) + " MiB more, and " + (free >> 20)
                            + " MiB are left; start Java with -Xmx"
                            + ((runtime.maxMemory() - free + wanted + (1 << 20) - 1 >> 20) + "m") + " or more");
        }
        return free - model.weights().bytes() - SPARE_BYTES;
    }

    /** The default limits, with no more of the cache promised than the heap has room for. */
    private static Scheduler.Limits fitting(Model model, long bytes) {
        Scheduler.Limits usual = Scheduler.Limits.DEFAULT;
        long tokens = bytes / model.shape().kvBytesPerToken(Float.BYTES);
        return new Scheduler.Limits(
                usual.running(), usual.waiting(), Math.min(usual.cachedTokens(), tokens), usual.stepTokens());
    }

    /**
     * Loads a model with the default settings.
     *
     * @throws IOException if a file is absent, broken or of a kind that is not supported, or the heap is too small; the
     *     message says which and what to do
     */
    public static BuiltInEngine load(Path folder) throws IOException {
        return builder().load(folder);
    }

    /** Returns a builder. */
    public static Builder builder() {
        return new Builder();
    }

    /** What a model's maker recommends; OpenAI's defaults where nothing is said. */
    private static SamplingOptions defaults(Path folder) throws IOException {
        Path file = folder.resolve("generation_config.json");
        if (!Files.isRegularFile(file)) {
            return new SamplingOptions(1, 1, 0, 0, 0, 0, 1, Map.of(), 0);
        }
        JsonNode config = StrictJson.readObject(file);
        try {
            return new SamplingOptions(
                    config.path("do_sample").asBoolean(false)
                            ? config.path("temperature").asDouble(1)
                            : 0,
                    config.path("top_p").asDouble(1),
                    config.path("top_k").asInt(0),
                    config.path("min_p").asDouble(0),
                    0,
                    0,
                    config.path("repetition_penalty").asDouble(1),
                    Map.of(),
                    0);
        } catch (IllegalArgumentException e) {
            throw new ModelFormatException(file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void answer(InferenceRequest request, AnswerSink sink, Cancellation cancellation) throws Exception {
        ChatEngine.of((parsed, out) -> reply(parsed, out, cancellation)).answer(request, sink, cancellation);
    }

    private void reply(ChatRequest request, TokenSink out, Cancellation cancellation)
            throws EngineException, InterruptedException {
        JsonNode body = body(request);
        refuseNotBuilt(body);
        int[] prompt = prompt(request, body);
        if (prompt.length >= context) {
            throw refusal("the prompt has " + prompt.length + " tokens; this model reads at most " + (context - 1)
                    + " and needs room for an answer");
        }
        int most = (int) Math.min(request.maxTokens().orElse(context), context - prompt.length);
        BlockingQueue<Object> events = new LinkedBlockingQueue<>();
        Generation generation;
        try {
            generation = scheduler.submit(prompt, Math.max(1, most), options(body), new Events(events));
        } catch (IllegalArgumentException e) {
            throw new EngineException(ErrorCodes.PROTOCOL_VIOLATION, "worker: " + e.getMessage(), e);
        } catch (RejectedExecutionException e) {
            throw new EngineException(ErrorCodes.NOT_READY, "worker: " + e.getMessage(), e);
        }
        cancellation.onCancel(generation::cancel);
        try {
            pass(prompt.length, events, request, out, cancellation);
        } finally {
            generation.cancel();
        }
    }

    private record Ended(Generation.End how, int tokens) {}

    /** Hands over from the scheduler's thread, which must not wait; an answer's length bounds the queue. */
    private record Events(BlockingQueue<Object> queue) implements Generation.Listener {
        @Override
        public void token(int id) {
            queue.add(id);
        }

        @Override
        public void ended(Generation.End how, int completionTokens) {
            queue.add(new Ended(how, completionTokens));
        }

        @Override
        public void failed(Throwable cause) {
            queue.add(cause);
        }
    }

    private void pass(
            int promptTokens,
            BlockingQueue<Object> events,
            ChatRequest request,
            TokenSink out,
            Cancellation cancellation)
            throws EngineException, InterruptedException {
        Detokenizer text = tokenizer.detokenizer(false);
        StopTexts stops = new StopTexts(request.stop());
        int tokens = 0;
        String reason = "stop";
        while (true) {
            Object event = events.poll(POLL_MILLIS, TimeUnit.MILLISECONDS);
            if (event instanceof Integer id) {
                tokens++;
                if (!emit(out, stops.add(text.push(id)))) {
                    break;
                }
                if (stops.isFound()) {
                    break;
                }
            } else if (event instanceof Ended ended) {
                tokens = ended.tokens();
                if (ended.how() == Generation.End.CANCELLED) {
                    if (cancellation.isCancelled()) {
                        break;
                    }
                    // A cut answer must not look like a whole one.
                    throw new EngineException(ErrorCodes.NOT_READY, "worker: the engine was closed within the answer");
                }
                reason = ended.how() == Generation.End.LENGTH ? "length" : "stop";
                emit(out, stops.add(text.finish()) + stops.rest());
                break;
            } else if (event instanceof Throwable cause) {
                throw new EngineException(ErrorCodes.ERROR, "worker: the engine failed to compute this answer", cause);
            } else if (cancellation.isCancelled()) {
                break;
            }
        }
        out.finishReason(reason);
        out.usage(promptTokens, 0, tokens, 0);
    }

    private static boolean emit(TokenSink out, String text) throws InterruptedException {
        return text.isEmpty() || out.emit(text);
    }

    private static JsonNode body(ChatRequest request) throws EngineException {
        try {
            return JSON.readTree(request.json());
        } catch (JsonProcessingException e) {
            throw new EngineException(ErrorCodes.PROTOCOL_VIOLATION, "worker: the body is not JSON", e);
        }
    }

    private static EngineException refusal(String text) {
        return new EngineException(ErrorCodes.PROTOCOL_VIOLATION, "worker: " + text);
    }

    private static void refuseNotBuilt(JsonNode body) throws EngineException {
        for (String name : NOT_BUILT) {
            JsonNode value = body.path(name);
            boolean off = value.isMissingNode()
                    || value.isNull()
                    || value.isArray() && value.isEmpty()
                    || value.isBoolean() && !value.booleanValue();
            if (!off) {
                throw refusal("the built-in engine does not do '" + name
                        + "' yet; leave it out, or use a worker with a model server");
            }
        }
        if (body.path("n").asInt(1) != 1 || body.path("best_of").asInt(1) != 1) {
            throw refusal("the built-in engine gives one choice a request; ask for n = 1");
        }
        String format = body.path("response_format").path("type").asText("text");
        if (!format.equals("text")) {
            throw refusal("the built-in engine does not do response_format '" + format + "' yet");
        }
    }

    private int[] prompt(ChatRequest request, JsonNode body) throws EngineException {
        try {
            if (!body.has("messages")) {
                return tokenizer.encodePrompt(request.lastUserText());
            }
            List<Map<String, Object>> messages = new ArrayList<>();
            for (int i = 0; i < request.messages().size(); i++) {
                messages.add(
                        message(request.messages().get(i), body.path("messages").path(i)));
            }
            Map<String, Object> options = body.path("chat_template_kwargs").isObject()
                    ? JSON.convertValue(
                            body.path("chat_template_kwargs"), new TypeReference<LinkedHashMap<String, Object>>() {})
                    : Map.of();
            return tokenizer.encode(template.render(messages, List.of(), options));
        } catch (TemplateException e) {
            throw new EngineException(
                    ErrorCodes.PROTOCOL_VIOLATION, "worker: the model's chat template refuses these messages", e);
        } catch (IllegalArgumentException e) {
            throw new EngineException(ErrorCodes.PROTOCOL_VIOLATION, "worker: the prompt is too long", e);
        }
    }

    private static Map<String, Object> message(ChatMessage message, JsonNode json) throws EngineException {
        for (JsonNode part : json.path("content")) {
            String type = part.path("type").asText("text");
            if (!type.equals("text")) {
                throw refusal("the built-in engine reads text, not parts of type '" + type + "'");
            }
        }
        if (!json.path("tool_calls").isEmpty()) {
            throw refusal(
                    "the built-in engine does not do 'tool_calls' yet; leave such messages out, or use a worker with a model server");
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("role", message.role().equals("developer") ? "system" : message.role());
        fields.put("content", message.text());
        return fields;
    }

    private SamplingOptions options(JsonNode body) throws EngineException {
        Map<Integer, Double> bias = new HashMap<>();
        for (Map.Entry<String, JsonNode> each : body.path("logit_bias").properties()) {
            try {
                bias.put(Integer.parseInt(each.getKey()), each.getValue().asDouble());
            } catch (NumberFormatException e) {
                throw new EngineException(
                        ErrorCodes.PROTOCOL_VIOLATION, "worker: a key of logit_bias is no token id", e);
            }
        }
        try {
            return new SamplingOptions(
                    body.path("temperature").asDouble(defaults.temperature()),
                    body.path("top_p").asDouble(defaults.topP()),
                    body.path("top_k").asInt(defaults.topK()),
                    body.path("min_p").asDouble(defaults.minP()),
                    body.path("frequency_penalty").asDouble(0),
                    body.path("presence_penalty").asDouble(0),
                    body.path("repetition_penalty").asDouble(defaults.repetitionPenalty()),
                    bias,
                    body.path("seed").isIntegralNumber() ? body.path("seed").longValue() : seeds.getAsLong());
        } catch (IllegalArgumentException e) {
            throw new EngineException(ErrorCodes.PROTOCOL_VIOLATION, "worker: " + e.getMessage(), e);
        }
    }

    @Override
    public boolean isAvailable() {
        return scheduler.isOpen();
    }

    /** Returns how many answers run and wait, for status pages. */
    public String status() {
        return scheduler.running() + " running, " + scheduler.waiting() + " waiting, " + scheduler.reservedTokens()
                + " tokens reserved";
    }

    @Override
    public void close() {
        scheduler.close();
        pool.shutdownNow();
    }

    /** Settings of the engine. Not thread-safe. */
    public static final class Builder {
        private int threads = Runtime.getRuntime().availableProcessors();
        private Scheduler.@Nullable Limits limits;
        private Consumer<String> progress = line -> {};
        private Clock clock = Clock.systemDefaultZone();
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

        /** Sets where seeds come from for requests that state none; a secure source by default. */
        public Builder seeds(LongSupplier value) {
            seeds = value;
            return this;
        }

        /**
         * Loads a model.
         *
         * @param folder as Hugging Face lays them out
         * @throws IOException as {@link BuiltInEngine#load}
         */
        public BuiltInEngine load(Path folder) throws IOException {
            return new BuiltInEngine(this, folder);
        }
    }
}
