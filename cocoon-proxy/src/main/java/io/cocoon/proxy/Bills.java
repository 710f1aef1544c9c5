package io.cocoon.proxy;

import io.cocoon.payment.Prices;
import io.cocoon.payment.TokenPricing;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.ton.chain.ClientContractState;
import java.util.Optional;

/**
 * How much is set aside for a query and how much of it is billed. Pure functions.
 *
 * <p>The policy for a worker's report (hazards H7 and H16, where the reference believes every number): all five numbers are
 * 0 or more and the total is the sum of the others, else the report is refused, nothing is billed and the worker's
 * connection ends. A total above the reservation is cut to the reservation, so a client never pays more than the maximum
 * that it announced, priced at the highest coefficient that it accepted; the shares are cut from the last one on.
 */
final class Bills {

    /** What the reference takes for "as much as you like" when tokens cost nothing. */
    static final long TOKENS_WITHOUT_PRICE = 1_000_000_000_000L;

    private Bills() {}

    /**
     * Returns how many tokens a query may cost at most, at the highest accepted coefficient: one token of the prompt for each byte
     * of the request, and the announced maximum of the answer, each at the highest multiplier that it may get (the reference
     * leaves the multipliers out, payments dossier H44). A client computes its worst case in the same way.
     */
    static long reservation(int maxTokens, int requestBytes, int maxCoefficient, Prices prices) {
        long prompt = TokenPricing.adjust(
                requestBytes, maxCoefficient, Math.max(prices.promptMultiplier(), prices.cachedMultiplier()));
        long answer = TokenPricing.adjust(
                maxTokens, maxCoefficient, Math.max(prices.completionMultiplier(), prices.reasoningMultiplier()));
        return saturatedAdd(prompt, answer);
    }

    /**
     * Returns how far a client's total may grow: what it has paid for, and not further ahead of the chain than its stake.
     * Payments dossier 12.4.
     *
     * @param stakeNanoton the stake that counts
     */
    static long limit(ClientContractState state, long stakeNanoton, Prices prices) {
        long price = prices.perToken().value();
        long paid = tokensFor(state.balance().value(), price);
        long ahead = tokensFor(stakeNanoton, price);
        return saturatedAdd(state.tokensUsed(), Math.min(paid, ahead));
    }

    private static long tokensFor(long nanoton, long price) {
        return price <= 0 ? TOKENS_WITHOUT_PRICE : Math.max(0, nanoton) / price;
    }

    private static long saturatedAdd(long a, long b) {
        long sum = a + b;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }

    /** Returns the usage to bill, at most {@code reserved} in all; empty if the report is impossible. */
    static Optional<TokensUsed> checked(TokensUsed reported, long reserved) {
        long[] shares = {
            reported.promptTokensUsed(),
            reported.cachedTokensUsed(),
            reported.completionTokensUsed(),
            reported.reasoningTokensUsed()
        };
        long sum = 0;
        for (long share : shares) {
            sum += share;
            if (share < 0 || sum < 0) {
                return Optional.empty();
            }
        }
        if (sum != reported.totalTokensUsed()) {
            return Optional.empty();
        }
        long above = Math.max(0, sum - reserved);
        for (int i = shares.length - 1; i >= 0 && above > 0; i--) {
            long cut = Math.min(above, shares[i]);
            shares[i] -= cut;
            above -= cut;
        }
        return Optional.of(
                new TokensUsed(shares[0], shares[1], shares[2], shares[3], Math.min(sum, Math.max(0, reserved))));
    }
}
