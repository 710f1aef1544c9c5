package io.cocoon.engine.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.engine.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Writes one answer in the shapes of the OpenAI API: a document, or the events of a stream. For one thread. */
final class AnswerWriter {

    /** What an answer took. */
    record Usage(int prompt, int cached, int completion, int reasoning) {}

    private static final ObjectMapper JSON = new ObjectMapper();

    private final CompletionRequest request;
    private final Tokenizer tokenizer;
    private final String id;
    private final long created;
    private final int[] calls;

    AnswerWriter(CompletionRequest request, Tokenizer tokenizer, UUID id, long created) {
        this.request = request;
        this.tokenizer = tokenizer;
        this.id = (request.chat() ? "chatcmpl-" : "cmpl-") + id;
        this.created = created;
        calls = new int[request.choices()];
    }

    private ObjectNode document() {
        String kind =
                !request.chat() ? "text_completion" : request.stream() ? "chat.completion.chunk" : "chat.completion";
        return JSON.createObjectNode()
                .put("id", id)
                .put("object", kind)
                .put("created", created)
                .put("model", request.model());
    }

    private ObjectNode choice(ArrayNode choices, int index, Delta delta, @Nullable String reason) {
        ObjectNode choice = choices.addObject().put("index", index);
        if (!request.chat()) {
            choice.put("text", delta.content.toString());
        } else {
            message(choice.putObject(request.stream() ? "delta" : "message"), index, delta);
        }
        if (request.logprobs() && (!delta.tokens.isEmpty() || !request.stream())) {
            choice.set(
                    "logprobs",
                    request.chat() ? Logprobs.chat(tokenizer, delta.tokens) : Logprobs.text(tokenizer, delta.tokens));
        } else {
            choice.putNull("logprobs");
        }
        return choice.put("finish_reason", reason);
    }

    private void message(ObjectNode message, int index, Delta delta) {
        boolean stream = request.stream();
        if (!stream) {
            message.put("role", "assistant");
            message.put("content", delta.content.isEmpty() && !delta.calls.isEmpty() ? null : delta.content.toString());
            message.putNull("refusal");
        } else if (!delta.content.isEmpty()) {
            message.put("content", delta.content.toString());
        }
        if (!delta.reasoning.isEmpty()) {
            message.put("reasoning_content", delta.reasoning.toString());
        }
        if (!delta.calls.isEmpty()) {
            ArrayNode all = message.putArray("tool_calls");
            for (ToolCall call : delta.calls) {
                ObjectNode node = all.addObject();
                if (stream) {
                    node.put("index", calls[index]++);
                }
                node.put("id", "call_" + UUID.randomUUID().toString().replace("-", ""))
                        .put("type", "function")
                        .putObject("function")
                        .put("name", call.name())
                        .put("arguments", call.arguments());
            }
        }
    }

    /** The one event that begins all choices of a chat: a stream that is cut is charged by its events, the first one left out. */
    byte[] begin() {
        ObjectNode document = document();
        ArrayNode choices = document.putArray("choices");
        for (int i = 0; i < request.choices(); i++) {
            ObjectNode choice = choices.addObject().put("index", i);
            choice.putObject("delta").put("role", "assistant").put("content", "");
            choice.putNull("logprobs").putNull("finish_reason");
        }
        return event(document);
    }

    /** The event of a piece; with a reason the last one of a choice. */
    byte[] piece(int index, Delta delta, @Nullable String reason) {
        ObjectNode document = document();
        choice(document.putArray("choices"), index, delta, reason);
        return event(document);
    }

    /** The end of a stream. */
    byte[] end(Usage usage) {
        byte[] done = "data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8);
        if (!request.includeUsage()) {
            return done;
        }
        ObjectNode document = document();
        document.putArray("choices");
        document.set("usage", usage(usage));
        byte[] last = line(document);
        byte[] both = new byte[last.length + done.length];
        System.arraycopy(last, 0, both, 0, last.length);
        System.arraycopy(done, 0, both, last.length, done.length);
        return both;
    }

    /** A whole answer. */
    byte[] whole(List<Delta> choices, List<String> reasons, Usage usage) {
        ObjectNode document = document();
        ArrayNode all = document.putArray("choices");
        for (int i = 0; i < choices.size(); i++) {
            choice(all, i, choices.get(i), reasons.get(i));
        }
        document.set("usage", usage(usage));
        return bytes(document);
    }

    private static ObjectNode usage(Usage usage) {
        ObjectNode counted = JSON.createObjectNode()
                .put("prompt_tokens", usage.prompt)
                .put("completion_tokens", usage.completion)
                .put("total_tokens", usage.prompt + usage.completion);
        counted.putObject("prompt_tokens_details").put("cached_tokens", usage.cached);
        counted.putObject("completion_tokens_details").put("reasoning_tokens", usage.reasoning);
        return counted;
    }

    /** While a usage is wanted, every event but the last says that it has none. */
    private byte[] event(ObjectNode document) {
        if (request.includeUsage()) {
            document.putNull("usage");
        }
        return line(document);
    }

    private static byte[] line(ObjectNode document) {
        byte[] json = bytes(document);
        byte[] line = new byte[json.length + 8];
        System.arraycopy("data: ".getBytes(StandardCharsets.UTF_8), 0, line, 0, 6);
        System.arraycopy(json, 0, line, 6, json.length);
        line[line.length - 2] = '\n';
        line[line.length - 1] = '\n';
        return line;
    }

    private static byte[] bytes(ObjectNode document) {
        try {
            return JSON.writeValueAsBytes(document);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values prints", e);
        }
    }
}
