package io.cocoon.worker;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * A chat request, parsed.
 *
 * @param model the base model name
 * @param messages in order; a plain completion request is one user message
 * @param maxTokens the longest answer, in tokens of text
 * @param temperature of the sampling
 * @param topP of the sampling
 * @param seed of the sampling
 * @param stop texts that end the answer
 * @param json the whole body, for options that this record has no field for
 */
public record ChatRequest(
        String model,
        List<ChatMessage> messages,
        OptionalLong maxTokens,
        OptionalDouble temperature,
        OptionalDouble topP,
        OptionalLong seed,
        List<String> stop,
        String json) {

    public ChatRequest {
        messages = List.copyOf(messages);
        stop = List.copyOf(stop);
    }

    /** Returns the text of the last user message; empty if there is none. */
    public String lastUserText() {
        for (int i = messages.size() - 1; i >= 0; i--) {
            if (messages.get(i).role().equals("user")) {
                return messages.get(i).text();
            }
        }
        return "";
    }

    /** Leaves out what was said. */
    @Override
    public String toString() {
        return "ChatRequest[" + model + ", " + messages.size() + " messages]";
    }
}
