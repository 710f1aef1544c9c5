package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.payment.TokenPricing;
import io.cocoon.payment.TokenUsage;
import io.cocoon.protocol.TokensUsed;
import java.util.Optional;

/** What must hold for every bill. Pure functions; payments dossier 12.1, wire dossier 6.9 and H7. */
final class BillChecks {

    private BillChecks() {}

    /** Returns whether no count is negative and the sum is the sum. */
    static boolean isConsistent(TokensUsed used) {
        long prompt = used.promptTokensUsed();
        long cached = used.cachedTokensUsed();
        long completion = used.completionTokensUsed();
        long reasoning = used.reasoningTokensUsed();
        if ((prompt | cached | completion | reasoning) < 0) {
            return false;
        }
        long sum = prompt + cached + completion + reasoning;
        return sum >= 0 && sum == used.totalTokensUsed();
    }

    /**
     * Compares what is charged with what the answer counted, at the highest price factor that the request allowed: the
     * worker's own factor is not told to clients.
     *
     * @return what is wrong, if anything
     */
    static Optional<String> explain(TokensUsed used, TokenUsage usage, int maxCoefficient, Prices prices) {
        TokensUsed most = TokenPricing.adjust(usage, maxCoefficient, prices);
        boolean holds = used.promptTokensUsed() <= most.promptTokensUsed()
                && used.cachedTokensUsed() <= most.cachedTokensUsed()
                && used.completionTokensUsed() <= most.completionTokensUsed()
                && used.reasoningTokensUsed() <= most.reasoningTokensUsed();
        return holds
                ? Optional.empty()
                : Optional.of("charged %s for %s, at the highest allowed price factor %.3f that is at most %s"
                        .formatted(used, usage, maxCoefficient / 1000.0, most));
    }

    /** Returns the most that a request may cost: every byte a token of the prompt, every token of the answer used. */
    static Nanoton worstCase(long queryBytes, int maxTokens, int maxCoefficient, Prices prices) {
        long prompt = TokenPricing.adjust(
                queryBytes, maxCoefficient, Math.max(prices.promptMultiplier(), prices.cachedMultiplier()));
        long completion = TokenPricing.adjust(
                maxTokens, maxCoefficient, Math.max(prices.completionMultiplier(), prices.reasoningMultiplier()));
        try {
            return prices.perToken().times(Math.addExact(prompt, completion));
        } catch (ArithmeticException e) {
            return new Nanoton(Long.MAX_VALUE >>> 2);
        }
    }
}
