package io.cocoon.micrometer;

import io.cocoon.client.Bill;
import io.cocoon.client.ClientObserver;
import io.cocoon.client.FinishedRequest;
import io.cocoon.protocol.TokensUsed;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Meters of a client's requests. Give it to {@link io.cocoon.client.ClientBuilder#observer}.
 *
 * <table>
 * <caption>The meters</caption>
 * <tr><th>name</th><th>kind, unit</th><th>tags</th><th>says</th></tr>
 * <tr><td>{@code cocoon.requests}</td><td>timer</td><td>{@code model}, {@code outcome}</td><td>from asking to the answer's end or the failure</td></tr>
 * <tr><td>{@code cocoon.requests.first}</td><td>timer</td><td>{@code model}</td><td>from asking to the first byte of the answer</td></tr>
 * <tr><td>{@code cocoon.requests.attempts}</td><td>counter</td><td>{@code model}</td><td>tries, the successful ones included</td></tr>
 * <tr><td>{@code cocoon.tokens}</td><td>counter, adjusted tokens</td><td>{@code model}, {@code kind}</td><td>what bills state by kind: prompt, cached, completion, reasoning</td></tr>
 * <tr><td>{@code cocoon.charged}</td><td>counter, nanoton</td><td>{@code model}</td><td>what bills amount to</td></tr>
 * </table>
 *
 * <p>An {@code outcome} is {@code answered}, {@code http-error}, {@code cancelled}, or the kind of {@link io.cocoon.client.CocoonException}
 * in lower case. A {@code model} is the name that was asked for; after {@link #MOST_MODELS} different ones the rest is {@code other}, so
 * that callers who make up names cannot fill the registry. Nothing of content, peers or callers is in a tag. Thread-safe.
 */
public final class CocoonMetrics implements ClientObserver {

    /** This many models have series of their own. */
    public static final int MOST_MODELS = 64;

    private static final String REST = "other";

    private final MeterRegistry registry;
    private final Set<String> models = ConcurrentHashMap.newKeySet();

    /** Writes into this registry. */
    public CocoonMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void finished(FinishedRequest request) {
        Tags model = Tags.of("model", model(request.model()));
        Timer.builder("cocoon.requests")
                .description("requests, from asking to the answer's end or the failure")
                .tags(model.and("outcome", Outcomes.of(request)))
                .register(registry)
                .record(request.elapsed());
        request.toFirstByte()
                .ifPresent(time -> Timer.builder("cocoon.requests.first")
                        .description("from asking to the first byte of the answer")
                        .tags(model)
                        .register(registry)
                        .record(time));
        registry.counter("cocoon.requests.attempts", model)
                .increment(request.attempts().size());
        request.bill().ifPresent(bill -> bill(bill, model));
    }

    private void bill(Bill bill, Tags model) {
        TokensUsed used = bill.adjusted();
        tokens(model, "prompt", used.promptTokensUsed());
        tokens(model, "cached", used.cachedTokensUsed());
        tokens(model, "completion", used.completionTokensUsed());
        tokens(model, "reasoning", used.reasoningTokensUsed());
        registry.counter("cocoon.charged", model).increment(bill.total().value());
    }

    private void tokens(Tags model, String kind, long count) {
        if (count > 0) {
            registry.counter("cocoon.tokens", model.and("kind", kind)).increment(count);
        }
    }

    private String model(String asked) {
        if (models.contains(asked)) {
            return asked;
        }
        // Two at once may go one or two above the limit, which harms nobody.
        if (models.size() >= MOST_MODELS) {
            return REST;
        }
        models.add(asked);
        return asked;
    }
}
