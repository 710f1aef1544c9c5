package io.cocoon.langchain4j;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.CompleteToolCall;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.PartialThinking;
import dev.langchain4j.model.chat.response.PartialThinkingContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import io.cocoon.client.AsyncChat;
import io.cocoon.client.ChatChunk;
import io.cocoon.client.ChatReply;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * LangChain4j's {@link StreamingChatModel} on a {@link CocoonClient}; see {@link CocoonChatModel}.
 *
 * <p>Returns at once. Handlers run on the client's executor, one call at a time; while one runs nothing more is read. What a handler
 * throws out of a partial response ends the request and goes to its {@code onError}. Cancelling the streaming handle stops the worker,
 * and no method of the handler is called afterwards but the one that runs. Tool calls come complete, at the end.
 */
public final class CocoonStreamingChatModel implements StreamingChatModel {

    private static final Logger LOG = LoggerFactory.getLogger(CocoonStreamingChatModel.class);

    private final Requests requests;

    CocoonStreamingChatModel(Requests requests) {
        this.requests = requests;
    }

    /** Returns a builder; {@code client} stays the caller's. */
    public static CocoonModelBuilder<CocoonStreamingChatModel> builder(CocoonClient client) {
        return new CocoonModelBuilder<>(Objects.requireNonNull(client, "client"), CocoonStreamingChatModel::new);
    }

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        AsyncChat chat;
        try {
            chat = requests.of(request).async();
        } catch (CocoonException e) {
            handler.onError(Errors.of(e));
            return;
        } catch (RuntimeException e) {
            handler.onError(e);
            return;
        }
        Handle handle = new Handle();
        // The future itself: cancelling one that depends on it would not reach the request.
        CompletableFuture<ChatReply> running = chat.stream(chunk -> pass(chunk, handler, handle));
        handle.started(running);
        running.whenComplete((reply, failure) -> {
            if (handle.isCancelled()) {
                return;
            }
            try {
                finish(reply, failure, request, handler);
            } catch (RuntimeException e) {
                LOG.warn("a streaming handler threw at the end of an answer", e);
            }
        });
    }

    private static void pass(ChatChunk chunk, StreamingChatResponseHandler handler, Handle handle) {
        if (handle.isCancelled()) {
            return;
        }
        if (!chunk.reasoning().isEmpty()) {
            handler.onPartialThinking(new PartialThinking(chunk.reasoning()), new PartialThinkingContext(handle));
        }
        if (!chunk.text().isEmpty() && !handle.isCancelled()) {
            handler.onPartialResponse(new PartialResponse(chunk.text()), new PartialResponseContext(handle));
        }
    }

    private void finish(
            @Nullable ChatReply reply,
            @Nullable Throwable failure,
            ChatRequest request,
            StreamingChatResponseHandler handler) {
        if (reply == null) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            handler.onError(
                    cause instanceof CocoonException known
                            ? Errors.of(known)
                            : Objects.requireNonNullElseGet(cause, IllegalStateException::new));
            return;
        }
        ChatResponse response = Replies.of(reply, requests.model(request));
        List<ToolExecutionRequest> calls = response.aiMessage().toolExecutionRequests();
        for (int i = 0; i < calls.size(); i++) {
            handler.onCompleteToolCall(new CompleteToolCall(i, calls.get(i)));
        }
        handler.onCompleteResponse(response);
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return requests.defaults();
    }

    @Override
    public List<ChatModelListener> listeners() {
        return requests.listeners();
    }

    /** Returns {@link ModelProvider#OTHER}: LangChain4j has no name for the network. */
    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    /** Says that answers may have to follow a JSON schema, which the model server must support. */
    @Override
    public Set<Capability> supportedCapabilities() {
        return Set.of(Capability.RESPONSE_FORMAT_JSON_SCHEMA);
    }
}
