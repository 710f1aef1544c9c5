package io.cocoon.engine.text;

import java.util.Arrays;

/**
 * Which two tokens become which third, and how early: a hash table without objects, since there are some 300,000 of them.
 */
final class MergeTable {

    /** Returned when two tokens do not merge. */
    static final long NONE = -1;

    private final long[] keys;
    private final long[] values;
    private final int mask;

    /** @param expected how many merges will be put in at most */
    MergeTable(int expected) {
        int size = Math.max(16, Integer.highestOneBit(Math.max(1, expected)) << 2);
        keys = new long[size];
        values = new long[size];
        mask = size - 1;
        Arrays.fill(keys, NONE);
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }

    private int slot(long key) {
        int slot = (int) (key * 0x9e3779b97f4a7c15L >>> 33) & mask;
        while (keys[slot] != key && keys[slot] != NONE) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    /** Sets what two tokens become; the last one said counts. */
    void put(int left, int right, int rank, int result) {
        long key = key(left, right);
        int slot = slot(key);
        keys[slot] = key;
        values[slot] = (long) rank << 32 | result;
    }

    /** Returns the rank in the upper half and the result in the lower, or {@link #NONE}. */
    long get(int left, int right) {
        long key = key(left, right);
        int slot = slot(key);
        return keys[slot] == key ? values[slot] : NONE;
    }
}
