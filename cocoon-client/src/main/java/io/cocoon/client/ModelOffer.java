package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.payment.TokenPricing;
import java.util.OptionalInt;

/**
 * A model that the network serves now.
 *
 * @param name base name, as requests want it
 * @param workers how many worker connections serve it, at the proxy that has most
 * @param freeSlots how many more requests they take now; empty if the proxy speaks version 0
 * @param minPriceFactor the cheapest worker's factor, 1.0 is the list price
 * @param medianPriceFactor of the workers
 * @param maxPriceFactor the dearest worker's
 * @param prices the network's list price
 */
public record ModelOffer(
        String name,
        int workers,
        OptionalInt freeSlots,
        double minPriceFactor,
        double medianPriceFactor,
        double maxPriceFactor,
        Prices prices) {

    private static final long MILLION = 1_000_000;

    /** Returns what a million prompt tokens cost at the cheapest worker. */
    public Nanoton pricePerMillionPromptTokens() {
        return perMillion(prices.promptMultiplier());
    }

    /** Returns what a million tokens of an answer cost at the cheapest worker. */
    public Nanoton pricePerMillionCompletionTokens() {
        return perMillion(prices.completionMultiplier());
    }

    private Nanoton perMillion(int multiplier) {
        return prices.perToken().times(TokenPricing.adjust(MILLION, Math.round(minPriceFactor * 1000), multiplier));
    }

    @Override
    public String toString() {
        return "%s: %d workers%s, price factor %.3f to %.3f, a million tokens: %s prompt, %s completion"
                .formatted(
                        name,
                        workers,
                        freeSlots.isPresent() ? ", " + freeSlots.getAsInt() + " free slots" : "",
                        minPriceFactor,
                        maxPriceFactor,
                        pricePerMillionPromptTokens(),
                        pricePerMillionCompletionTokens());
    }
}
