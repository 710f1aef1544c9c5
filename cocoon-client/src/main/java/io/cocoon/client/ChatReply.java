package io.cocoon.client;

import io.cocoon.payment.TokenUsage;
import java.util.List;
import java.util.Optional;

/**
 * A complete answer, what it cost, and who gave it.
 *
 * @param text what the model said; empty if it only called tools
 * @param reasoning what the model thought, if its server shows that; may be empty
 * @param finishReason why it ended, such as {@code stop} or {@code length}; empty if the answer broke off
 * @param toolCalls functions that the model wants to be called
 * @param usage tokens of text as the answer counted them
 * @param bill what it cost
 * @param attestation what was proven about the proxy
 * @param encrypted whether the strings of request and answer were encrypted for the network's workers
 * @param attempts how often it was tried, the last attempt being the one that succeeded
 * @param json the answer as the model server sent it; of a stream the last event
 */
public record ChatReply(
        String text,
        String reasoning,
        Optional<String> finishReason,
        List<ToolCall> toolCalls,
        Optional<TokenUsage> usage,
        Bill bill,
        Attestation attestation,
        boolean encrypted,
        List<Attempt> attempts,
        String json) {

    public ChatReply {
        toolCalls = List.copyOf(toolCalls);
        attempts = List.copyOf(attempts);
    }

    /** Says nothing of the content. */
    @Override
    public String toString() {
        return "ChatReply[" + text.length() + " characters, " + finishReason.orElse("broken off") + ", " + bill + "]";
    }
}
