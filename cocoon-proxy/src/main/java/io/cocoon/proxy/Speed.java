package io.cocoon.proxy;

import java.time.Duration;
import java.time.Instant;

/**
 * What is known of one worker connection's speed and success: averages that forget with a time constant of 600 s, mixed
 * with a prior so that a new worker is neither feared nor flooded (hazard H18: the reference's average counts as 0 at low
 * load, and its success rate is never read). Not thread-safe: guarded by the {@link WorkerTable}'s monitor.
 */
final class Speed {

    private static final double FORGET_SECONDS = 600;
    private static final double PRIOR_WEIGHT = 1;
    private static final double FIRST_GUESS_SECONDS = 1;

    private double weight;
    private double seconds;
    private double successes;
    private Instant last;

    Speed(Instant now) {
        last = now;
    }

    /** Takes the outcome of one query. */
    void record(Instant now, Duration took, boolean success) {
        decay(now);
        weight += 1;
        seconds += Math.max(0, took.toNanos() / 1e9);
        successes += success ? 1 : 0;
    }

    private void decay(Instant now) {
        double passed = Math.max(0, Duration.between(last, now).toMillis() / 1e3);
        double factor = Math.exp(-passed / FORGET_SECONDS);
        weight *= factor;
        seconds *= factor;
        successes *= factor;
        last = now;
    }

    /** Returns the mean time of a query in seconds, where nothing else is known. */
    double meanSeconds() {
        return meanSeconds(FIRST_GUESS_SECONDS);
    }

    /**
     * Returns the mean time of a query in seconds.
     *
     * @param prior what to expect of a connection of which nothing is known yet
     */
    double meanSeconds(double prior) {
        return (seconds + PRIOR_WEIGHT * prior) / (weight + PRIOR_WEIGHT);
    }

    /** Returns the share of queries that succeeded, above 0 and at most 1. */
    double successRate() {
        return (successes + PRIOR_WEIGHT) / (weight + PRIOR_WEIGHT);
    }
}
