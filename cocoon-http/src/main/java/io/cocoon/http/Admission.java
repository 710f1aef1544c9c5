package io.cocoon.http;

import java.util.HashMap;
import java.util.Map;

/** Counts running requests. Thread-safe. */
final class Admission {

    enum Verdict {
        ADMITTED,
        TOO_MANY,
        TOO_MANY_OF_CALLER
    }

    private final int most;
    private final int mostPerCaller;
    private final Map<String, Integer> running = new HashMap<>();
    private int total;

    Admission(int most, int mostPerCaller) {
        this.most = most;
        this.mostPerCaller = mostPerCaller;
    }

    /** Counts a request in if there is room; {@link #leave} has to follow if there was. */
    synchronized Verdict enter(String caller) {
        if (running.getOrDefault(caller, 0) >= mostPerCaller) {
            return Verdict.TOO_MANY_OF_CALLER;
        }
        if (total >= most) {
            return Verdict.TOO_MANY;
        }
        total++;
        running.merge(caller, 1, Integer::sum);
        return Verdict.ADMITTED;
    }

    synchronized void leave(String caller) {
        total--;
        running.computeIfPresent(caller, (name, count) -> count == 1 ? null : count - 1);
    }

    synchronized int running() {
        return total;
    }
}
