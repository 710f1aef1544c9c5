package io.cocoon.engine.cuda;

import io.cocoon.engine.cuda.Gpu.Grid;
import io.cocoon.engine.model.Backend;
import java.nio.ByteBuffer;

/** Finds the highest logits on the device, and copies only these ({@code candidates.cuh}). */
final class CandidateFinder {

    /** How many are kept of a row. */
    static final int MOST = 64;

    private static final int CHUNK = 4096;
    private static final int THREADS = 256;

    /** What is given of a chunk: its highest logit, and the sums of powers for temperature 1 and for that of the row. */
    private static final int SUMS = 3;

    private final Gpu gpu;
    private final Gpu.Region keys;
    private final Gpu.Region others;
    private final Gpu.Region sums;
    private final Gpu.Region temperatures;
    private final ByteBuffer hostKeys;
    private final ByteBuffer hostSums;
    private final ByteBuffer hostTemperatures;

    /** @param limit ids from here on are no tokens */
    CandidateFinder(Gpu gpu, int rows, int limit) {
        this.gpu = gpu;
        long chunks = chunks(limit);
        keys = gpu.allocate(keyBytes(rows, chunks));
        others = gpu.allocate(keyBytes(rows, chunks(chunks * MOST)));
        sums = gpu.allocate(sumBytes(rows, chunks));
        temperatures = gpu.allocate((long) rows * Double.BYTES);
        hostKeys = Gpu.direct(rows * MOST * Long.BYTES);
        hostSums = Gpu.direct(Math.toIntExact(sums.bytes()));
        hostTemperatures = Gpu.direct(rows * Double.BYTES);
    }

    private static long chunks(long count) {
        return (count + CHUNK - 1) / CHUNK;
    }

    private static long keyBytes(int rows, long chunks) {
        return rows * chunks * MOST * Long.BYTES;
    }

    private static long sumBytes(int rows, long chunks) {
        return rows * chunks * SUMS * Double.BYTES;
    }

    /** How many bytes of the device it takes. */
    static long bytes(int rows, int limit) {
        long chunks = chunks(limit);
        return keyBytes(rows, chunks)
                + keyBytes(rows, chunks(chunks * MOST))
                + sumBytes(rows, chunks)
                + (long) rows * Double.BYTES;
    }

    /**
     * Finds them in rows of logits.
     *
     * @param stride floats from one row to the next
     * @param temperatures one for each row, as many as were said at most; 0 for a row whose powers are not wanted
     * @param count how many ids are real tokens, up to the limit
     */
    Backend.Candidates[] find(Gpu.Region logits, int stride, double[] temperatures, int count) {
        int rows = temperatures.length;
        hostTemperatures.asDoubleBuffer().put(temperatures);
        gpu.upload(this.temperatures, 0, hostTemperatures, (long) rows * Double.BYTES);
        int chunks = Math.toIntExact(chunks(count));
        sort(rows, chunks, logits.address(), 0, keys, sums.address(), stride, count);
        Gpu.Region from = keys;
        Gpu.Region to = others;
        for (int left = chunks; left > 1; ) {
            int found = left * MOST;
            left = Math.toIntExact(chunks(found));
            sort(rows, left, 0, from.address(), to, 0, found, found);
            Gpu.Region swapped = from;
            from = to;
            to = swapped;
        }
        gpu.download(from, 0, hostKeys, (long) rows * MOST * Long.BYTES);
        gpu.download(sums, 0, hostSums, sumBytes(rows, chunks));
        Backend.Candidates[] all = new Backend.Candidates[rows];
        for (int row = 0; row < rows; row++) {
            all[row] = found(row, Math.min(MOST, count), chunks, temperatures[row]);
        }
        return all;
    }

    private void sort(int rows, int chunks, long logits, long from, Gpu.Region to, long sumsTo, int stride, int count) {
        int most = Math.min(CHUNK, Integer.highestOneBit(Math.max(count, MOST) - 1) * 2);
        gpu.launch(
                Kernel.CANDIDATES,
                Grid.of(chunks, rows),
                THREADS,
                Math.max(most, THREADS) * Long.BYTES,
                logits,
                from,
                to.address(),
                sumsTo,
                temperatures.address(),
                stride,
                count,
                MOST,
                most);
    }

    private Backend.Candidates found(int row, int count, int chunks, double temperature) {
        int[] ids = new int[count];
        float[] logits = new float[count];
        for (int i = 0; i < count; i++) {
            long key = hostKeys.getLong((row * MOST + i) * Long.BYTES);
            ids[i] = (int) key;
            int rising = ~(int) (key >>> 32);
            logits[i] = Float.intBitsToFloat(rising < 0 ? rising ^ 0x80000000 : ~rising);
        }
        double most = Double.NEGATIVE_INFINITY;
        for (int chunk = 0; chunk < chunks; chunk++) {
            most = Math.max(most, sum(row, chunks, chunk, 0));
        }
        double logSum = most + Math.log(sum(row, chunks, 1, most, 1));
        double powers = temperature == 0 ? Double.NaN : sum(row, chunks, 2, most, temperature);
        return new Backend.Candidates(ids, logits, logSum, powers);
    }

    /** Adds the chunks' sums, each of which is relative to its own highest logit. */
    private double sum(int row, int chunks, int which, double most, double temperature) {
        double sum = 0;
        for (int chunk = 0; chunk < chunks; chunk++) {
            double own = sum(row, chunks, chunk, which);
            sum += own == 0 ? 0 : own * Math.exp((sum(row, chunks, chunk, 0) - most) / temperature);
        }
        return sum;
    }

    private double sum(int row, int chunks, int chunk, int which) {
        return hostSums.getDouble(((row * chunks + chunk) * SUMS + which) * Double.BYTES);
    }
}
