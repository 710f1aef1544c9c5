package io.cocoon.benchmarks.load;

import java.util.Arrays;

/** Collects durations of one caller, without boxing; merged and sorted at the end. Not thread-safe. */
final class Latencies {

    private long[] nanos = new long[1 << 12];
    private int count;

    void add(long value) {
        if (count == nanos.length) {
            nanos = Arrays.copyOf(nanos, 2 * count);
        }
        nanos[count++] = value;
    }

    void addAll(Latencies other) {
        for (int i = 0; i < other.count; i++) {
            add(other.nanos[i]);
        }
    }

    int count() {
        return count;
    }

    /** Returns the value below which {@code share} of all values lie, in milliseconds. */
    double percentileMillis(double share) {
        if (count == 0) {
            return Double.NaN;
        }
        long[] sorted = Arrays.copyOf(nanos, count);
        Arrays.sort(sorted);
        int index = (int) Math.min(count - 1L, Math.round(Math.ceil(share * count)) - 1);
        return sorted[Math.max(index, 0)] / 1e6;
    }
}
