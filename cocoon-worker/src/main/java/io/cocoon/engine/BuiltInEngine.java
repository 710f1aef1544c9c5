package io.cocoon.engine;

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
import io.cocoon.worker.ModelCard;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;

/**
 * Answers chat and text completions on a GPU or the processor, from a model folder as Hugging Face lays them out (safetensors with F32,
 * F16, BF16 or FP8) or one GGUF file (F32, F16, BF16, Q8_0, Q4_0, Q4_K, Q6_K): Qwen3 (dense), Qwen2.5, Llama 3 and Gemma 3.
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
 * <p>Thread-safe. To be closed; that ends its threads and gives its part of {@link HeapRoom} back, so nothing should refer to it then.
 */
public final class BuiltInEngine implements InferenceEngine {

    private static final List<HttpHeader> DOCUMENT = List.of(new HttpHeader("Content-Type", "application/json"));
    private static final List<HttpHeader> EVENTS = List.of(new HttpHeader("Content-Type", "text/event-stream"));

    private final Tokenizer tokenizer;
    private final ChatTemplate template;
    private final Computing computing;
    private final ModelCard card;
    private final Scheduler scheduler;
    private final ExecutorService pool;
    private final SamplingOptions defaults;
    private final int context;
    private final ThinkMarkers markers;
    private final ToolStyle toolStyle;
    private final Constraints constraints;
    private final Optional<String> operatorsKey;
    private final Clock clock;
    private final LongSupplier seeds;

    /** Time and chance, and whether all requests share what was computed for equal beginnings of prompts. */
    record Surroundings(Clock clock, LongSupplier seeds, boolean sharedPrefixes) {}

    BuiltInEngine(
            ModelFiles files, Computing computing, ModelCard card, ExecutorService pool, Surroundings surroundings) {
        Model model = files.model();
        tokenizer = files.tokenizer();
        template = files.template();
        defaults = files.defaults();
        markers = ThinkMarkers.of(tokenizer);
        toolStyle = ToolStyle.of(template, model.shape().architecture());
        constraints = new Constraints(tokenizer, model.shape().endTokens(), toolStyle);
        operatorsKey = surroundings.sharedPrefixes ? Optional.of("") : Optional.empty();
        clock = surroundings.clock;
        seeds = surroundings.seeds;
        context = model.shape().context();
        this.pool = pool;
        this.computing = computing;
        this.card = card;
        scheduler = new Scheduler(computing.backend(), tokenizer.size(), computing.limits());
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
    public static BuiltInEngineBuilder builder() {
        return new BuiltInEngineBuilder();
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
            throw new EngineException(ErrorCodes.FAILURE, "worker: the engine failed to compute this answer", e);
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
        return scheduler.isOpen() && computing.usable().getAsBoolean();
    }

    /** Returns how many answers run and wait, for status pages. */
    public String status() {
        return scheduler.running() + " running, " + scheduler.waiting() + " waiting, " + scheduler.reservedTokens()
                + " tokens in use, " + scheduler.keptTokens() + " kept, " + scheduler.preemptions() + " preempted";
    }

    @Override
    public Optional<EngineLoad> currentLoad() {
        return Optional.of(new EngineLoad(
                card.device(),
                scheduler.running(),
                scheduler.waiting(),
                scheduler.reservedTokens(),
                scheduler.keptTokens(),
                computing.limits().cachedTokens(),
                computing.weightBytes(),
                computing.tokenBytes()));
    }

    @Override
    public Optional<ModelCard> card() {
        return Optional.of(card);
    }

    @Override
    public void close() {
        scheduler.close();
        pool.shutdownNow();
        computing.release().run();
    }
}
