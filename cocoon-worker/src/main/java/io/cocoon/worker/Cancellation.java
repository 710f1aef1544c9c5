package io.cocoon.worker;

/** Says that an answer is no longer wanted: its requester cancelled, its connection is gone, or its time is up. Thread-safe. */
public interface Cancellation {

    /** Returns whether the answer is no longer wanted. */
    boolean isCancelled();

    /**
     * Runs {@code action} once when the answer is no longer wanted; at once if that is already so. Runs on the engine
     * executor, except at once. One action per query: a later call replaces an earlier one. It is not run when the answer
     * ends in order.
     */
    void onCancel(Runnable action);
}
