package io.cocoon.tee.collateral;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How many things that were never seen before a vendor is asked for within a minute. Peers choose what they show, and must not be
 * able to use up what the vendor allows us. Not thread-safe.
 */
final class Budget {

    private static final Duration WINDOW = Duration.ofMinutes(1);

    private final int perMinute;
    private final Deque<Instant> spent = new ArrayDeque<>();

    Budget(int perMinute) {
        this.perMinute = perMinute;
    }

    /** Spends one and returns {@code now}, or spends nothing and returns when there will be one. */
    Instant spend(Instant now) {
        // After a step back of the clock the times say nothing; nobody can cause that from outside.
        if (!spent.isEmpty() && spent.getLast().isAfter(now)) {
            spent.clear();
        }
        while (!spent.isEmpty() && !spent.getFirst().plus(WINDOW).isAfter(now)) {
            spent.removeFirst();
        }
        if (spent.size() >= perMinute) {
            return spent.getFirst().plus(WINDOW);
        }
        spent.addLast(now);
        return now;
    }
}
