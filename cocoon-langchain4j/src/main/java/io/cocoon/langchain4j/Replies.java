package io.cocoon.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.cocoon.client.ChatReply;
import org.jspecify.annotations.Nullable;

/** From the client's answers to LangChain4j's. */
final class Replies {

    private Replies() {}

    static ChatResponse of(ChatReply reply, String model) {
        AiMessage.Builder message = AiMessage.builder()
                .text(reply.text().isEmpty() && !reply.toolCalls().isEmpty() ? null : reply.text())
                .toolExecutionRequests(reply.toolCalls().stream()
                        .map(call -> ToolExecutionRequest.builder()
                                .id(call.id())
                                .name(call.name())
                                .arguments(call.arguments())
                                .build())
                        .toList());
        if (!reply.reasoning().isEmpty()) {
            message.thinking(reply.reasoning());
        }
        return ChatResponse.builder()
                .aiMessage(message.build())
                .metadata(new CocoonChatResponseMetadata(reply, model, usage(reply), finishReason(reply)))
                .build();
    }

    private static @Nullable TokenUsage usage(ChatReply reply) {
        return reply.usage()
                .map(usage -> new TokenUsage(clamp(usage.prompt()), clamp(usage.completion())))
                .orElse(null);
    }

    private static int clamp(long tokens) {
        return (int) Math.min(Integer.MAX_VALUE, tokens);
    }

    private static @Nullable FinishReason finishReason(ChatReply reply) {
        return reply.finishReason()
                .map(reason -> switch (reason) {
                    case "stop" -> FinishReason.STOP;
                    case "length" -> FinishReason.LENGTH;
                    case "tool_calls", "function_call" -> FinishReason.TOOL_EXECUTION;
                    case "content_filter" -> FinishReason.CONTENT_FILTER;
                    default -> FinishReason.OTHER;
                })
                .orElse(null);
    }
}
