package io.cocoon.micrometer;

import io.cocoon.client.Bill;
import io.cocoon.client.ClientObserver;
import io.cocoon.client.FinishedRequest;
import io.cocoon.protocol.TokensUsed;
import io.micrometer.core.instrument.Counter;
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
 * <p>An {@code outcome} is {@code answered}, {@code http-error}, or the kind of {@link io.cocoon.client.CocoonException}: {@code
 * attestation}, {@code authorisation}, {@code balance}, {@code cancelled}, {@code capacity}, {@code configuration}, {@code deadline},
 * {@code protocol}, {@code upstream}. A {@code model} is a name that has been answered before; others, and all after {@link #MOST_MODELS},
 * are {@code other}, so that callers who make up names neither fill the registry nor take the place of real ones. Nothing of content,
 * peers or callers is in a tag. A bill that stays open counts as zero tokens and nanotons, though it may be charged. Thread-safe.
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
        Tags model = Tags.of("model", model(request));
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
        Counter.builder("cocoon.charged")
                .description("what bills amount to")
                .baseUnit("nanoton")
                .tags(model)
                .register(registry)
                .increment(bill.total().value());
    }

    private void tokens(Tags model, String kind, long count) {
        if (count > 0) {
            Counter.builder("cocoon.tokens")
                    .description("tokens of bills, multiplied by price factors")
                    .baseUnit("tokens")
                    .tags(model.and("kind", kind))
                    .register(registry)
                    .increment(count);
        }
    }

    private String model(FinishedRequest request) {
        String asked = request.model();
        // Two at once may go one or two above the limit, which harms nobody.
        if (!models.contains(asked) && request.isSuccess() && models.size() < MOST_MODELS) {
            models.add(asked);
        }
        return models.contains(asked) ? asked : REST;
    }
}
