package io.cocoon.engine.serve;

import java.util.List;

/**
 * Looks for texts that end an answer, also where they cross the borders of tokens: what may be the beginning of one is held
 * back. For one thread.
 */
public final class StopTexts {

    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean found;

    /**
     * @param stops none of them empty
     */
    public StopTexts(List<String> stops) {
        this.stops = List.copyOf(stops);
        if (stops.contains("")) {
            throw new IllegalArgumentException("a stop text is empty, it would end every answer");
        }
    }

    /** Takes a piece of the answer and returns what can be passed on now. After the end nothing more comes out. */
    public String add(String piece) {
        if (found) {
            return "";
        }
        held.append(piece);
        int first = Integer.MAX_VALUE;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            if (at >= 0) {
                first = Math.min(first, at);
            }
        }
        if (first != Integer.MAX_VALUE) {
            found = true;
            return held.substring(0, first);
        }
        int keep = 0;
        for (String stop : stops) {
            keep = Math.max(keep, overlap(stop));
        }
        String out = held.substring(0, held.length() - keep);
        held.delete(0, held.length() - keep);
        return out;
    }

    /** Returns how many characters at the end of what is held are a beginning of {@code stop}. */
    private int overlap(String stop) {
        for (int n = Math.min(stop.length() - 1, held.length()); n > 0; n--) {
            if (stop.startsWith(held.substring(held.length() - n))) {
                return n;
            }
        }
        return 0;
    }

    /** Returns whether a stop text came. */
    public boolean isFound() {
        return found;
    }

    /** Returns what is still held back when the answer has ended. */
    public String rest() {
        String rest = found ? "" : held.toString();
        held.setLength(0);
        return rest;
    }
}
