package io.cocoon.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.tl.Bytes;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Puts the OpenAI API around a {@link ChatModel}: parses the request, and shapes the answer as one {@code chat.completion}
 * document or as a stream of server-sent {@code chat.completion.chunk} events, with usage. Serves {@code
 * /v1/chat/completions} and {@code /v1/completions}.
 *
 * <pre>{@code
 * InferenceEngine echo = ChatEngine.of((request, out) -> {
 *     for (String word : request.lastUserText().split("(?<= )")) {
 *         if (!out.emit(word)) {
 *             return;
 *         }
 *     }
 * });
 * }</pre>
 *
 * <p>Thread-safe if the model is.
 */
public final class ChatEngine implements InferenceEngine {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<HttpHeader> DOCUMENT = List.of(new HttpHeader("Content-Type", "application/json"));
    private static final List<HttpHeader> EVENTS = List.of(new HttpHeader("Content-Type", "text/event-stream"));
    private static final int CHARACTERS_PER_TOKEN = 4;

    private final ChatModel model;
    private final Clock clock;

    private ChatEngine(ChatModel model, Clock clock) {
        this.model = model;
        this.clock = clock;
    }

    /** Returns an engine around {@code model}. */
    public static ChatEngine of(ChatModel model) {
        return new ChatEngine(model, Clock.systemUTC());
    }

    @Override
    public void answer(InferenceRequest request, AnswerSink sink, Cancellation cancellation) throws Exception {
        boolean chat = request.path().startsWith("/v1/chat/completions");
        if (!chat && !request.path().startsWith("/v1/completions")) {
            sink.answer(404, DOCUMENT, bytes(error("this engine serves chat and text completions only")));
            return;
        }
        ChatRequest parsed;
        try {
            parsed = parse(request, chat);
        } catch (JsonProcessingException e) {
            throw new EngineException(ErrorCodes.PROTOCOL_VIOLATION, "worker: the body is not JSON");
        }
        Reply reply = new Reply(request, chat, sink, cancellation);
        model.reply(parsed, reply);
        reply.end(parsed);
    }

    private static ChatRequest parse(InferenceRequest request, boolean chat) throws JsonProcessingException {
        String text = request.body().toUtf8();
        JsonNode body = JSON.readTree(text);
        List<ChatMessage> messages = new ArrayList<>();
        if (chat) {
            for (JsonNode message : body.path("messages")) {
                messages.add(new ChatMessage(message.path("role").asText(), textOf(message.path("content"))));
            }
        } else {
            messages.add(new ChatMessage("user", textOf(body.path("prompt"))));
        }
        JsonNode limit =
                body.has("max_completion_tokens") ? body.path("max_completion_tokens") : body.path("max_tokens");
        return new ChatRequest(
                request.model(),
                messages,
                whole(limit),
                number(body.path("temperature")),
                number(body.path("top_p")),
                whole(body.path("seed")),
                texts(body.path("stop")),
                text);
    }

    private static String textOf(JsonNode content) {
        if (!content.isArray()) {
            return content.asText("");
        }
        StringBuilder joined = new StringBuilder();
        for (JsonNode part : content) {
            joined.append(part.isTextual() ? part.asText() : part.path("text").asText(""));
        }
        return joined.toString();
    }

    private static OptionalLong whole(JsonNode node) {
        return node.canConvertToLong() && node.isIntegralNumber()
                ? OptionalLong.of(node.longValue())
                : OptionalLong.empty();
    }

    private static OptionalDouble number(JsonNode node) {
        return node.isNumber() ? OptionalDouble.of(node.doubleValue()) : OptionalDouble.empty();
    }

    private static List<String> texts(JsonNode node) {
        List<String> texts = new ArrayList<>();
        if (node.isTextual()) {
            texts.add(node.asText());
        }
        for (JsonNode each : node) {
            texts.add(each.asText());
        }
        return texts;
    }

    private static ObjectNode error(String message) {
        ObjectNode error = JSON.createObjectNode();
        error.putObject("error").put("message", message).put("type", "invalid_request_error");
        return error;
    }

    private static Bytes bytes(ObjectNode document) {
        try {
            return Bytes.wrapUnshared(JSON.writeValueAsBytes(document));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values prints", e);
        }
    }

    /** The OpenAI shape of one answer. */
    private final class Reply implements TokenSink {

        private final AnswerSink sink;
        private final Cancellation cancellation;
        private final boolean chat;
        private final boolean stream;
        private final String modelName;
        private final String id;
        private final long created;
        private final StringBuilder text = new StringBuilder();
        private String finishReason = "stop";
        private @Nullable ObjectNode usage;
        private long pieces;

        Reply(InferenceRequest request, boolean chat, AnswerSink sink, Cancellation cancellation) {
            this.sink = sink;
            this.cancellation = cancellation;
            this.chat = chat;
            this.stream = request.stream();
            this.modelName = request.model();
            this.id = (chat ? "chatcmpl-" : "cmpl-") + UUID.randomUUID();
            this.created = clock.instant().getEpochSecond();
            if (stream) {
                sink.head(200, EVENTS);
            }
        }

        @Override
        public boolean emit(String piece) throws InterruptedException {
            if (cancellation.isCancelled()) {
                return false;
            }
            if (stream) {
                sink.awaitWritable();
                event(choice(piece, null));
            } else {
                text.append(piece);
            }
            pieces++;
            return !cancellation.isCancelled();
        }

        @Override
        public void usage(long prompt, long cached, long completion, long reasoning) {
            ObjectNode counted = JSON.createObjectNode();
            counted.put("prompt_tokens", prompt)
                    .put("completion_tokens", completion)
                    .put("total_tokens", prompt + completion);
            counted.putObject("prompt_tokens_details").put("cached_tokens", cached);
            counted.putObject("completion_tokens_details").put("reasoning_tokens", reasoning);
            usage = counted;
        }

        @Override
        public void finishReason(String reason) {
            finishReason = reason;
        }

        void end(ChatRequest request) {
            if (usage == null) {
                long characters = 0;
                for (ChatMessage message : request.messages()) {
                    characters += message.text().length();
                }
                usage((characters + CHARACTERS_PER_TOKEN - 1) / CHARACTERS_PER_TOKEN, 0, pieces, 0);
            }
            if (stream) {
                event(choice("", finishReason));
                ObjectNode last = document();
                last.putArray("choices");
                last.set("usage", usage);
                event(last);
                sink.write(Bytes.utf8("data: [DONE]\n\n"));
                sink.complete();
            } else {
                ObjectNode whole = choice(text.toString(), finishReason);
                whole.set("usage", usage);
                sink.answer(200, DOCUMENT, bytes(whole));
            }
        }

        private void event(ObjectNode document) {
            Bytes json = bytes(document);
            sink.write(Bytes.utf8("data: ").concat(json).concat(Bytes.utf8("\n\n")));
        }

        private ObjectNode document() {
            String kind = chat ? stream ? "chat.completion.chunk" : "chat.completion" : "text_completion";
            return JSON.createObjectNode()
                    .put("id", id)
                    .put("object", kind)
                    .put("created", created)
                    .put("model", modelName);
        }

        private ObjectNode choice(String content, @Nullable String reason) {
            ObjectNode document = document();
            ArrayNode choices = document.putArray("choices");
            ObjectNode choice = choices.addObject().put("index", 0);
            if (!chat) {
                choice.put("text", content);
            } else {
                ObjectNode message = choice.putObject(stream ? "delta" : "message");
                if (!stream || pieces == 0) {
                    message.put("role", "assistant");
                }
                if (reason == null || !stream) {
                    message.put("content", content);
                }
            }
            choice.put("finish_reason", reason);
            return document;
        }
    }
}
