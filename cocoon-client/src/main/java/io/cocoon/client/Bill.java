package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.TokenUsage;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.ton.cell.Address;
import java.util.Optional;

/**
 * What one request cost, and how far that is proven.
 *
 * @param proxy host and port of the proxy that charged
 * @param clientContract the contract that is charged
 * @param usage tokens of text as the answer counted them, if it did
 * @param adjusted charged tokens by kind, already multiplied by price factors
 * @param pricePerToken what one adjusted token costs
 * @param total what the request cost: adjusted tokens times price
 * @param status how much the proxy has said
 * @param totals the proxy's running totals for this contract when the bill was made
 * @param dispute what is wrong with the bill, if anything
 */
public record Bill(
        String proxy,
        Address clientContract,
        Optional<TokenUsage> usage,
        TokensUsed adjusted,
        Nanoton pricePerToken,
        Nanoton total,
        Status status,
        Totals totals,
        Optional<Dispute> dispute) {

    /** How much the proxy has said. */
    public enum Status {
        /** The charge in the proxy's ledger equals the token counts of the answer. */
        CONFIRMED,
        /** The answer stated the token counts; the ledger entry has not come yet. */
        STATED,
        /** The proxy has not said yet what it charges; the amounts are zero and the worst case counts as spent. */
        OPEN,
        /** A check failed: see the dispute. */
        DISPUTED
    }

    /**
     * Running totals of one client contract at one proxy, in adjusted tokens: signed ≤ durable ≤ charged.
     *
     * @param charged everything so far, in the proxy's memory
     * @param durable what the proxy has written to its disk
     * @param signed what the proxy has signed and this client has verified
     */
    public record Totals(long charged, long durable, long signed) {

        /** Nothing yet. */
        public static final Totals NONE = new Totals(0, 0, 0);
    }

    /** Prints one line. */
    @Override
    public String toString() {
        return "%d adjusted tokens (%d prompt, %d cached, %d completion, %d reasoning) x %s = %s, %s by %s; contract total %d, signed %d%s"
                .formatted(
                        adjusted.totalTokensUsed(),
                        adjusted.promptTokensUsed(),
                        adjusted.cachedTokensUsed(),
                        adjusted.completionTokensUsed(),
                        adjusted.reasoningTokensUsed(),
                        pricePerToken,
                        total,
                        status.name().toLowerCase(java.util.Locale.ROOT),
                        proxy,
                        totals.charged(),
                        totals.signed(),
                        dispute.map(d -> "; DISPUTED: " + d.claim()).orElse(""));
    }
}
