package io.cocoon.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.payment.TokenUsage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts a chat answer together from its JSON documents: one for a plain answer, many for a stream. Only the first choice is
 * typed; all of them are in the JSON. Confined to one reader.
 */
final class ChatAssembler {

    /** A stream may not make this client build more tool calls than that. */
    private static final int MAX_TOOL_CALLS = 1024;

    private static final class CallInProgress {
        private String id = "";
        private final StringBuilder name = new StringBuilder();
        private final StringBuilder arguments = new StringBuilder();
    }

    private final StringBuilder text = new StringBuilder();
    private final StringBuilder reasoning = new StringBuilder();
    private final TreeMap<Integer, CallInProgress> calls = new TreeMap<>();
    private @Nullable String finishReason;
    private @Nullable TokenUsage usage;
    private String json = "";
    private boolean any;

    /** Takes the next document. */
    ChatChunk accept(JsonNode document, String raw) {
        any = true;
        json = raw;
        usage = usageOf(document, usage);
        JsonNode choice = document.path("choices").path(0);
        JsonNode part = choice.has("delta") ? choice.path("delta") : choice.path("message");
        String said = textOf(part.path("content")) + textOf(choice.path("text"));
        String thought = textOf(part.path("reasoning_content")) + textOf(part.path("reasoning"));
        text.append(said);
        reasoning.append(thought);
        toolCalls(part.path("tool_calls"));
        @Nullable String reason = choice.path("finish_reason").textValue();
        if (reason != null) {
            finishReason = reason;
        }
        return new ChatChunk(said, thought, Optional.ofNullable(reason), raw);
    }

    private static String textOf(JsonNode node) {
        String value = node.textValue();
        return value == null ? "" : value;
    }

    private void toolCalls(JsonNode list) {
        for (int i = 0; i < list.size(); i++) {
            JsonNode each = list.path(i);
            int index = each.path("index").asInt(i);
            CallInProgress call = calls.get(index);
            if (call == null) {
                if (calls.size() >= MAX_TOOL_CALLS) {
                    throw new CocoonException.Protocol(
                            "the answer has more than " + MAX_TOOL_CALLS + " tool calls", "send the request again");
                }
                call = new CallInProgress();
                calls.put(index, call);
            }
            if (each.path("id").isTextual()) {
                call.id = each.path("id").textValue();
            }
            call.name.append(textOf(each.path("function").path("name")));
            call.arguments.append(textOf(each.path("function").path("arguments")));
        }
    }

    /** Reads the counters of a document, the largest of each kind that was seen; wire dossier 6.9. */
    static @Nullable TokenUsage usageOf(JsonNode document, @Nullable TokenUsage before) {
        JsonNode usage = document.path("usage");
        if (!usage.isObject()) {
            return before;
        }
        TokenUsage old = before == null ? TokenUsage.NONE : before;
        long reasoning = Math.max(
                count(usage.path("completion_tokens_details").path("reasoning_tokens")),
                count(usage.path("reasoning_tokens")));
        return new TokenUsage(
                Math.max(old.prompt(), count(usage.path("prompt_tokens"))),
                Math.max(old.cached(), count(usage.path("prompt_tokens_details").path("cached_tokens"))),
                Math.max(old.completion(), count(usage.path("completion_tokens"))),
                Math.max(old.reasoning(), reasoning));
    }

    private static long count(JsonNode node) {
        return node.canConvertToLong() && node.isIntegralNumber() ? Math.max(0, node.longValue()) : 0;
    }

    boolean isEmpty() {
        return !any;
    }

    Optional<TokenUsage> usage() {
        return Optional.ofNullable(usage);
    }

    Optional<String> finishReason() {
        return Optional.ofNullable(finishReason);
    }

    String text() {
        return text.toString();
    }

    List<ToolCall> toolCalls() {
        List<ToolCall> made = new ArrayList<>(calls.size());
        calls.values()
                .forEach(call -> made.add(new ToolCall(call.id, call.name.toString(), call.arguments.toString())));
        return made;
    }

    ChatReply reply(Answer answer, Bill bill) {
        return new ChatReply(
                text(),
                reasoning.toString(),
                finishReason(),
                toolCalls(),
                usage(),
                bill,
                answer.attestation(),
                answer.sealed() != null,
                answer.attempts(),
                json);
    }
}
