package io.cocoon.http;

import io.cocoon.stats.Latencies;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Counts what went through the port, as the reference's status pages have it: of each thing the total since the start, then the
 * rates per second, decaying exponentially over six times. Wire dossier 3.3. Thread-safe.
 */
final class Traffic {

    private static final double[] SECONDS = {1, 10, 60, 600, 3600, 86_400};

    /** What is counted, under the reference's names. */
    enum Kind {
        QUERIES("queries"),
        SUCCESS("success"),
        FAILED("failed"),
        BYTES_RECEIVED("bytes_received"),
        BYTES_SENT("bytes_sent"),
        TIME("time");

        private final String key;

        Kind(String key) {
            this.key = key;
        }

        String key() {
            return key;
        }
    }

    private final LongSupplier nanos;
    private final Map<Kind, double[]> counters = new EnumMap<>(Kind.class);
    private final Latencies times = new Latencies();
    private final Latencies timesToHead = new Latencies();
    private long last;

    Traffic(LongSupplier nanos) {
        this.nanos = nanos;
        this.last = nanos.getAsLong();
        for (Kind kind : Kind.values()) {
            counters.put(kind, new double[1 + SECONDS.length]);
        }
    }

    synchronized void add(Kind kind, double amount) {
        decay();
        double[] counter = java.util.Objects.requireNonNull(counters.get(kind));
        counter[0] += amount;
        for (int i = 0; i < SECONDS.length; i++) {
            counter[i + 1] += amount / SECONDS[i];
        }
    }

    /** How long requests took to their end. */
    Latencies times() {
        return times;
    }

    /** How long they took to the head of their answer, if they got one. */
    Latencies timesToHead() {
        return timesToHead;
    }

    synchronized Map<String, double[]> snapshot() {
        decay();
        Map<String, double[]> all = new LinkedHashMap<>();
        counters.forEach((kind, counter) -> all.put(kind.key, counter.clone()));
        return all;
    }

    private void decay() {
        long now = nanos.getAsLong();
        double passed = (now - last) * 1e-9;
        last = now;
        for (int i = 0; i < SECONDS.length; i++) {
            double factor = Math.exp(-passed / SECONDS[i]);
            for (double[] counter : counters.values()) {
                counter[i + 1] *= factor;
            }
        }
    }
}
