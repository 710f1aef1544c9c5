package io.cocoon.benchmarks.cpu;

import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Reads more memory than the caches hold with some threads, each a part of its own, and does next to nothing with it. */
final class MemoryRead implements AutoCloseable {

    private static final int LONGS = 64 << 20;
    private static final VectorSpecies<Long> SPECIES = LongVector.SPECIES_PREFERRED;

    private final int threads;
    private final ExecutorService pool;
    private final long[] memory = new long[LONGS];

    MemoryRead(int threads) {
        this.threads = threads;
        pool = Executors.newFixedThreadPool(threads);
        Arrays.setAll(memory, i -> i);
    }

    /** Returns bytes a second. */
    double bytesPerSecond() throws InterruptedException, ExecutionException {
        long start = System.nanoTime();
        long sum = 0;
        for (var part : pool.invokeAll(IntStream.range(0, threads)
                .mapToObj(i -> (Callable<Long>) () -> sum(LONGS / threads * i, LONGS / threads * (i + 1)))
                .toList())) {
            sum += part.get();
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        long read = (long) LONGS / threads * threads;
        if (sum != read * (read - 1) / 2 && LONGS % (4 * threads * SPECIES.length()) == 0) {
            throw new IllegalStateException("the sum of what was read is " + sum);
        }
        return read * (double) Long.BYTES / seconds;
    }

    private long sum(int from, int to) {
        int lanes = SPECIES.length();
        LongVector a = LongVector.zero(SPECIES);
        LongVector b = LongVector.zero(SPECIES);
        LongVector c = LongVector.zero(SPECIES);
        LongVector d = LongVector.zero(SPECIES);
        for (int i = from; i <= to - 4 * lanes; i += 4 * lanes) {
            a = a.add(LongVector.fromArray(SPECIES, memory, i));
            b = b.add(LongVector.fromArray(SPECIES, memory, i + lanes));
            c = c.add(LongVector.fromArray(SPECIES, memory, i + 2 * lanes));
            d = d.add(LongVector.fromArray(SPECIES, memory, i + 3 * lanes));
        }
        return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
    }

    @Override
    public void close() {
        pool.shutdownNow();
    }
}
