package io.cocoon.transport;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait after failures: exponential with full jitter, so that peers that lost the same server do not come back
 * together. Immutable; thread-safe if the random generator is.
 *
 * @param first upper bound of the wait after the first failure
 * @param most upper bound of any wait
 * @param stableAfter a connection that lived this long counts as success; an earlier end counts as one more failure
 */
public record Backoff(Duration first, Duration most, Duration stableAfter) {

    /** The defaults. */
    public static final Backoff DEFAULT =
            new Backoff(Duration.ofMillis(250), Duration.ofSeconds(30), Duration.ofSeconds(10));

    private static final int MAX_DOUBLINGS = 30;

    public Backoff {
        if (first.isNegative() || first.isZero() || most.compareTo(first) < 0 || stableAfter.isNegative()) {
            throw new IllegalArgumentException("a backoff needs 0 < first <= most, got " + first + " and " + most);
        }
    }

    /** Returns the upper bound of the wait after this many failures in a row, at least one. */
    public Duration bound(int failures) {
        long factor = 1L << Math.min(Math.max(failures, 1) - 1, MAX_DOUBLINGS);
        long most = most().toNanos();
        long first = first().toNanos();
        return Duration.ofNanos(first > most / factor ? most : first * factor);
    }

    /** Returns a wait between zero and {@link #bound}. */
    public Duration wait(int failures, RandomGenerator random) {
        return Duration.ofNanos(random.nextLong(bound(failures).toNanos() + 1));
    }
}
