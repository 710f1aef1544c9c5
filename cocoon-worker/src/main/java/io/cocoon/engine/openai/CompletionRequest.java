package io.cocoon.engine.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A chat or text completion, parsed and checked. Immutable; {@link RequestReader} makes it.
 *
 * @param chat whether it is a chat; else {@code prompt} is all there is
 * @param model the name to answer under
 * @param stream whether the answer is to come in pieces
 * @param includeUsage whether a stream is to state the usage at its end
 * @param messages as a chat template takes them
 * @param prompt of a text completion
 * @param toolList as a chat template takes them; empty if none may be called
 * @param tools their names and schemas
 * @param templateOptions further variables of the template
 * @param maxTokens the longest choice
 * @param choices how many, 1 or more
 * @param logprobs whether log-probabilities are wanted
 * @param topLogprobs of how many of the likeliest tokens beside the chosen one
 * @param stop texts that end a choice
 * @param cacheKey who may share the beginnings of this prompt
 * @param schema what the content has to be; empty if it is free
 * @param forcedCall whether the content is a tool call and nothing else
 * @param parallelCalls whether there may be more than one tool call
 * @param body the whole request, for options of the sampling
 */
public record CompletionRequest(
        boolean chat,
        String model,
        boolean stream,
        boolean includeUsage,
        List<Map<String, Object>> messages,
        String prompt,
        List<Object> toolList,
        List<Tool> tools,
        Map<String, Object> templateOptions,
        OptionalInt maxTokens,
        int choices,
        boolean logprobs,
        int topLogprobs,
        List<String> stop,
        Optional<String> cacheKey,
        Optional<JsonNode> schema,
        boolean forcedCall,
        boolean parallelCalls,
        JsonNode body) {

    public CompletionRequest {
        messages = List.copyOf(messages);
        toolList = List.copyOf(toolList);
        tools = List.copyOf(tools);
        stop = List.copyOf(stop);
    }

    /** Returns whether the answer may be tool calls although there is a schema for the content. */
    public boolean mayCallInstead() {
        return schema.isPresent() && !forcedCall && !tools.isEmpty();
    }

    /** Returns the user that the request states: {@code safety_identifier}, or the older {@code user}; else empty. */
    public String user() {
        return body.path("safety_identifier").asText(body.path("user").asText(""));
    }

    /** Leaves out what was said. */
    @Override
    public String toString() {
        return "CompletionRequest[" + model + ", " + messages.size() + " messages]";
    }
}
