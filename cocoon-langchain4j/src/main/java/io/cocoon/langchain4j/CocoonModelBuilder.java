package io.cocoon.langchain4j;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.client.Deadlines;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Builds a chat model. What is set here is the default of requests that set nothing themselves; ranges are those of {@link
 * io.cocoon.client.ChatRequest}, checked when a request is made. Not thread-safe.
 *
 * <p>The models fail with LangChain4j's exceptions, with the {@link CocoonException} as cause:
 *
 * <table>
 * <caption>Failures</caption>
 * <tr><th>cause</th><th>exception</th></tr>
 * <tr><td>any, if an attempt may have been charged</td><td>NonRetriableException</td></tr>
 * <tr><td>Configuration; Upstream with status 400 to 499</td><td>InvalidRequestException; ModelNotFoundException for 404</td></tr>
 * <tr><td>Authorisation</td><td>AuthenticationException</td></tr>
 * <tr><td>Capacity</td><td>RateLimitException, the only one that LangChain4j takes for worth repeating</td></tr>
 * <tr><td>the others</td><td>NonRetriableException: the client has repeated what may be repeated already</td></tr>
 * </table>
 *
 * @param <M> the kind of model
 */
public final class CocoonModelBuilder<M> {

    private final CocoonClient client;
    private final Function<Requests, M> maker;
    private final DefaultChatRequestParameters.Builder<?> parameters = ChatRequestParameters.builder();
    private @Nullable String modelName;
    private @Nullable Deadlines deadlines;
    private @Nullable Double maxPriceFactor;
    private List<ChatModelListener> listeners = List.of();

    CocoonModelBuilder(CocoonClient client, Function<Requests, M> maker) {
        this.client = client;
        this.maker = maker;
    }

    /** Sets the base name of a model, as {@link CocoonClient#models} lists it. Required. */
    public CocoonModelBuilder<M> modelName(String name) {
        modelName = name;
        parameters.modelName(name);
        return this;
    }

    /** Sets how adventurous answers are, 0 to 2. */
    public CocoonModelBuilder<M> temperature(double value) {
        parameters.temperature(value);
        return this;
    }

    /** Sets from what share of the probability answers are drawn, above 0 to 1. */
    public CocoonModelBuilder<M> topP(double value) {
        parameters.topP(value);
        return this;
    }

    /** Sets how many tokens an answer may have, 1 or more; it bounds the price. */
    public CocoonModelBuilder<M> maxTokens(int value) {
        parameters.maxOutputTokens(value);
        return this;
    }

    /** Sets any other defaults, over those that were set before. */
    public CocoonModelBuilder<M> defaultRequestParameters(ChatRequestParameters value) {
        parameters.overrideWith(value);
        if (value.modelName() != null) {
            modelName = value.modelName();
        }
        return this;
    }

    /** Sets the highest price factor that a worker may ask for, 0 to 1000; 1.0 is the network's list price. */
    public CocoonModelBuilder<M> maxPriceFactor(double value) {
        maxPriceFactor = value;
        return this;
    }

    /** Sets deadlines other than the client's. */
    public CocoonModelBuilder<M> deadlines(Deadlines value) {
        deadlines = value;
        return this;
    }

    /** Sets who is told of each request, answer and error. */
    public CocoonModelBuilder<M> listeners(List<ChatModelListener> value) {
        listeners = List.copyOf(value);
        return this;
    }

    /** Makes the model. @throws IllegalArgumentException if no model is named */
    public M build() {
        return maker.apply(requests());
    }

    private Requests requests() {
        if (modelName == null || modelName.isBlank()) {
            throw new IllegalArgumentException("no model is named: call modelName(…) with a name from client.models()");
        }
        return new Requests(client, parameters.build(), deadlines, maxPriceFactor, listeners);
    }
}
