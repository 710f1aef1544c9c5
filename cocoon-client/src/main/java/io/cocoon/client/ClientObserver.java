package io.cocoon.client;

/**
 * Learns of every request of a client, for metrics, logs and status pages. Given to {@link ClientBuilder#observer}.
 *
 * <p>Called on the client's executor, never by the thread of a request: an observer that is slow or fails delays and breaks
 * nothing. Calls of one observer do not overlap. What it throws is logged, the first time only.
 */
@FunctionalInterface
public interface ClientObserver {

    /** This many finished requests wait for an observer that is slow; then the oldest of them is dropped, which is logged. */
    int MAX_WAITING = 10_000;

    /**
     * A request is over and its bill is final. Called exactly once for each request that a client has begun, also for one that
     * failed, was cancelled, or was never sent; but not for one that was refused before it was begun, because it is malformed or
     * the client is closed.
     *
     * <p>Comes when both the answer and the bill have ended. The bill of a cancelled request comes later than its end: at once
     * from a proxy of this library, at the request's total deadline at the latest from one that never says what it charges.
     * An answer that nobody reads to its end or closes is given up 10 s after its total deadline. Closing the client ends all of its
     * requests, and waits up to two seconds until its observers know, fifteen if receipts are kept.
     */
    void finished(FinishedRequest request);
}
