package io.cocoon.tee.collateral;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;

/**
 * Keeps us polite towards one host: how many requests run at once, how many start within a minute, and none before the
 * time that the host asked for. Thread-safe.
 */
final class HostGate {

    /** How many requests may wait for their turn. */
    static final int MAX_WAITING = 256;

    private static final Duration WINDOW = Duration.ofMinutes(1);

    private final int maxRunning;
    private final int maxPerWindow;
    private final Executor executor;
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private final Deque<Instant> starts = new ArrayDeque<>();
    private int running;
    private Instant closedUntil = Instant.MIN;

    HostGate(int maxRunning, int maxPerMinute, Executor executor) {
        this.maxRunning = maxRunning;
        this.maxPerWindow = maxPerMinute;
        this.executor = executor;
    }

    /** Runs a job when a place is free; it has to call {@link #leave} at its end. Returns false if too many wait. */
    boolean enter(Runnable job) {
        synchronized (this) {
            if (running >= maxRunning) {
                if (waiting.size() >= MAX_WAITING) {
                    return false;
                }
                waiting.add(job);
                return true;
            }
            running++;
        }
        executor.execute(job);
        return true;
    }

    void leave() {
        Runnable next;
        synchronized (this) {
            next = waiting.poll();
            if (next == null) {
                running--;
                return;
            }
        }
        executor.execute(next);
    }

    /** Counts a request that starts now and returns {@code now}, or returns the later time at which it may start. */
    synchronized Instant admit(Instant now) {
        while (!starts.isEmpty() && !starts.peekFirst().plus(WINDOW).isAfter(now)) {
            starts.removeFirst();
        }
        // After a step back of the clock nothing in the window may be trusted; start it anew.
        if (!starts.isEmpty() && starts.peekLast().isAfter(now)) {
            starts.clear();
        }
        if (closedUntil.isAfter(now)) {
            return closedUntil;
        }
        if (starts.size() >= maxPerWindow) {
            return starts.getFirst().plus(WINDOW);
        }
        starts.addLast(now);
        return now;
    }

    /** Lets nothing start before a time. */
    synchronized void closeUntil(Instant time) {
        if (time.isAfter(closedUntil)) {
            closedUntil = time;
        }
    }
}
