package io.cocoon.payment;

import io.cocoon.protocol.TokensUsed;

/**
 * From tokens of text to adjusted tokens, in exactly the arithmetic of the network.
 *
 * <p>binary64, left to right, no fused operations, truncated towards zero: the result can be one below the exact value,
 * and every peer computes the same one. Payments dossier 12.1.
 */
public final class TokenPricing {

    private TokenPricing() {}

    /**
     * Returns adjusted tokens.
     *
     * @param tokens tokens of text
     * @param coefficient a worker's price factor, 1000 stands for 1.0
     * @param multiplier the network's factor for this kind of token, 10000 stands for 1.0
     */
    public static long adjust(long tokens, long coefficient, long multiplier) {
        return (long) ((((double) tokens * ((double) coefficient * 0.001)) * (double) multiplier) * 0.0001);
    }

    /** Returns the four kinds and their sum, each truncated by itself. */
    public static TokensUsed adjust(TokenUsage usage, long coefficient, Prices prices) {
        long prompt = adjust(usage.prompt() - usage.cached(), coefficient, prices.promptMultiplier());
        long cached = adjust(usage.cached(), coefficient, prices.cachedMultiplier());
        long completion = adjust(usage.completion() - usage.reasoning(), coefficient, prices.completionMultiplier());
        long reasoning = adjust(usage.reasoning(), coefficient, prices.reasoningMultiplier());
        return new TokensUsed(prompt, cached, completion, reasoning, prompt + cached + completion + reasoning);
    }
}
