package io.cocoon.ton.center;

/** Spaces requests to one server, and lets none through while the server wants none. Times are nanoseconds since one origin. Thread-safe. */
final class RequestGate {

    private final long spacing;
    private long next;
    private long closedUntil;

    /** Begins open. @param spacing between two requests, 0 or more */
    RequestGate(long spacing) {
        this.spacing = spacing;
    }

    /** Takes the next place. Returns how long to wait for it, 0 or more. */
    synchronized long book(long now) {
        long slot = Math.max(now, Math.max(next, closedUntil));
        next = slot + spacing;
        return slot - now;
    }

    /** Returns whether a place that was booked may be used; it may not while the gate was closed after it was booked. */
    synchronized boolean isOpen(long now) {
        return now >= closedUntil;
    }

    /** Lets nobody through before that time. */
    synchronized void closeUntil(long time) {
        closedUntil = Math.max(closedUntil, time);
    }
}
