package io.cocoon.payment;

/**
 * The network's price list, from the root contract.
 *
 * @param perToken what a client pays for one adjusted token
 * @param workerFeePerToken what a worker earns for one adjusted token
 * @param promptMultiplier 10000 stands for 1.0; the same for the others
 * @param cachedMultiplier for prompt tokens from the cache
 * @param completionMultiplier for tokens of the answer
 * @param reasoningMultiplier for reasoning tokens of the answer
 */
public record Prices(
        Nanoton perToken,
        Nanoton workerFeePerToken,
        int promptMultiplier,
        int cachedMultiplier,
        int completionMultiplier,
        int reasoningMultiplier) {

    /** A multiplier of 1.0. */
    public static final int ONE = 10_000;
}
