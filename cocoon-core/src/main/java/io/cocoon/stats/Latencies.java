package io.cocoon.stats;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts how long things took, in buckets of which each is a fifth wider than the one before: 100 µs to an hour, about 1 kB. Thread-safe;
 * recording takes no lock.
 */
public final class Latencies {

    static final double SHORTEST_SECONDS = 1e-4;
    static final double GROWTH = 1.2;
    static final int BUCKETS = 97;

    private final AtomicLongArray counts = new AtomicLongArray(BUCKETS);

    /** Counts one. Shorter ones than the first bucket, negative ones too, and longer ones than the last go into these. */
    public void record(Duration took) {
        counts.incrementAndGet(bucketOf(took.toSeconds() + took.getNano() * 1e-9));
    }

    static int bucketOf(double seconds) {
        if (!(seconds > SHORTEST_SECONDS)) {
            return 0;
        }
        double steps = Math.log(seconds / SHORTEST_SECONDS) / Math.log(GROWTH);
        return (int) Math.min(BUCKETS - 1, Math.ceil(steps));
    }

    /** Returns what was counted so far. Records that come meanwhile may be in it or not. */
    public Counts counts() {
        long[] copy = new long[BUCKETS];
        for (int i = 0; i < BUCKETS; i++) {
            copy[i] = counts.get(i);
        }
        return new Counts(copy);
    }

    /** What was counted until some moment. Immutable. */
    public static final class Counts {

        /** Nothing. */
        public static final Counts NONE = new Counts(new long[BUCKETS]);

        private final long[] counts;

        private Counts(long[] counts) {
            this.counts = counts;
        }

        /** Returns how many. */
        public long total() {
            long total = 0;
            for (long count : counts) {
                total += count;
            }
            return total;
        }

        /** Returns what came after {@code earlier}, which was counted by the same object before. */
        public Counts since(Counts earlier) {
            long[] later = new long[BUCKETS];
            for (int i = 0; i < BUCKETS; i++) {
                later[i] = counts[i] - earlier.counts[i];
            }
            return new Counts(later);
        }

        /**
         * Returns the time that a share of all did not exceed, in seconds; a tenth off at most, because of the buckets.
         *
         * @param share 0 to 1, 0.5 for the median
         * @return NaN if nothing was counted
         */
        public double quantile(double share) {
            if (!(share >= 0 && share <= 1)) {
                throw new IllegalArgumentException("a share is 0 to 1, got " + share);
            }
            long rank = Math.max(1, (long) Math.ceil(share * total()));
            long seen = 0;
            for (int i = 0; i < BUCKETS; i++) {
                seen += counts[i];
                if (seen >= rank) {
                    // The middle of the bucket, by ratio.
                    return SHORTEST_SECONDS * Math.pow(GROWTH, i == 0 ? 0 : i - 0.5);
                }
            }
            return Double.NaN;
        }
    }
}
