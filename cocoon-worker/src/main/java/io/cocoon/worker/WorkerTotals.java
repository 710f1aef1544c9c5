package io.cocoon.worker;

import io.cocoon.payment.Nanoton;
import io.cocoon.stats.Latencies;

/**
 * What a worker has counted since its start. Immutable.
 *
 * @param promptTokens adjusted tokens that its answers stated, by kind
 * @param cachedTokens of prompts, from a cache
 * @param completionTokens of answers
 * @param reasoningTokens of answers
 * @param value what it is to get for them, at the price of the moment of each answer; what proxies have signed is in {@link
 *     WorkerStatus#accounts}
 * @param times of queries from their arrival to their end, failed ones included
 * @param timesToHead from their arrival to the head of the answer, of those that got one
 */
public record WorkerTotals(
        long promptTokens,
        long cachedTokens,
        long completionTokens,
        long reasoningTokens,
        Nanoton value,
        Latencies.Counts times,
        Latencies.Counts timesToHead) {

    /** Returns all adjusted tokens. */
    public long tokens() {
        return promptTokens + cachedTokens + completionTokens + reasoningTokens;
    }
}
