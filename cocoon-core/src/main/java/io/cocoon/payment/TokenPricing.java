package io.cocoon.payment;

import io.cocoon.protocol.TokensUsed;

/**
 * From tokens of text to adjusted tokens, in exactly the arithmetic of the network.
 *
 * <p>binary64, left to right, no fused operations, truncated towards zero: the result can be one below the exact value,
 * and every peer computes the same one. Payments dossier 12.1.
 */
public final class TokenPricing {

    /** The most tokens of one kind, and the greatest factor, that {@link #adjustChecked} takes. */
    public static final long MAX_COUNT = 1_000_000_000_000L;

    private static final double MAX_TOTAL = 0x1p62;

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

    /**
     * Returns the same for usage that a model server reports and nobody has checked. Where it claims more cached than
     * prompt tokens, or more reasoning than completion tokens, the difference counts as 0 instead of lowering the total.
     *
     * @throws PaymentException if a count, the coefficient or a multiplier is negative or above {@link #MAX_COUNT}, or the
     *     total does not fit
     */
    public static TokensUsed adjustChecked(TokenUsage usage, long coefficient, Prices prices) throws PaymentException {
        long[] numbers = {
            usage.prompt(),
            usage.cached(),
            usage.completion(),
            usage.reasoning(),
            coefficient,
            prices.promptMultiplier(),
            prices.cachedMultiplier(),
            prices.completionMultiplier(),
            prices.reasoningMultiplier()
        };
        for (long number : numbers) {
            if (number < 0 || number > MAX_COUNT) {
                throw new PaymentException("token counts and factors are 0 to " + MAX_COUNT + ", got " + usage
                        + " at coefficient " + coefficient);
            }
        }
        long prompt = Math.max(usage.prompt(), usage.cached());
        long completion = Math.max(usage.completion(), usage.reasoning());
        TokensUsed used =
                adjust(new TokenUsage(prompt, usage.cached(), completion, usage.reasoning()), coefficient, prices);
        double sum = (double) used.promptTokensUsed()
                + used.cachedTokensUsed()
                + used.completionTokensUsed()
                + used.reasoningTokensUsed();
        if (sum >= MAX_TOTAL) {
            throw new PaymentException(usage + " at coefficient " + coefficient + " makes more than 2^62 tokens");
        }
        return used;
    }
}
