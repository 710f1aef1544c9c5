package io.cocoon.engine.text;

import java.util.BitSet;

/** The bytes and kinds of all tokens. Not changed once built. */
final class Vocabulary {

    private final byte[] pool;
    private final int[] offsets;
    private final BitSet known;
    private final BitSet special;
    private final BitSet markers;

    /**
     * Makes one.
     *
     * @param pool the bytes of all tokens, one behind the other
     * @param offsets where each begins, and the end of the last
     */
    Vocabulary(byte[] pool, int[] offsets, BitSet known, BitSet special, BitSet markers) {
        this.pool = pool;
        this.offsets = offsets;
        this.known = known;
        this.special = special;
        this.markers = markers;
    }

    int size() {
        return offsets.length - 1;
    }

    boolean has(int id) {
        return id >= 0 && known.get(id);
    }

    boolean isSpecial(int id) {
        return special.get(id);
    }

    boolean isMarker(int id) {
        return markers.get(id);
    }

    byte[] pool() {
        return pool;
    }

    int from(int id) {
        return offsets[id];
    }

    int to(int id) {
        return offsets[id + 1];
    }
}
