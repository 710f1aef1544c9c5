package io.cocoon.langchain4j;

import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import io.cocoon.client.ChatReply;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * LangChain4j's {@link ChatModel} on a {@link CocoonClient}.
 *
 * <pre>{@code
 * ChatModel model = CocoonChatModel.builder(cocoon).modelName("Qwen/Qwen3-32B").temperature(0.2).maxTokens(400).build();
 * Assistant assistant = AiServices.builder(Assistant.class).chatModel(model).tools(new Calculator()).build();
 * }</pre>
 *
 * <p>Every call pays for one request of the network, as the bill in {@link CocoonChatResponseMetadata} says; an assistant with tools
 * makes several. Failures are LangChain4j's exceptions with the {@link CocoonException} as cause ({@link
 * CocoonModelBuilder} says which). Immutable and thread-safe; does not close the client.
 */
public final class CocoonChatModel implements ChatModel {

    private final Requests requests;

    CocoonChatModel(Requests requests) {
        this.requests = requests;
    }

    /** Returns a builder; {@code client} stays the caller's. */
    public static CocoonModelBuilder<CocoonChatModel> builder(CocoonClient client) {
        return new CocoonModelBuilder<>(Objects.requireNonNull(client, "client"), CocoonChatModel::new);
    }

    @Override
    public ChatResponse doChat(ChatRequest request) {
        try {
            ChatReply reply = requests.of(request).send();
            return Replies.of(reply, requests.model(request));
        } catch (CocoonException e) {
            throw Errors.of(e);
        }
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
