package io.cocoon.engine.cuda;

import java.util.Arrays;

/**
 * Weights in device memory.
 *
 * @param rows those that count; there are more, of zeros, up to a multiple of 32
 * @param columns a multiple of 32
 */
record DeviceMatrix(
        WeightFormat format, int rows, int columns, Gpu.Region values, Gpu.Region scales, Gpu.Region minima) {

    private static final int MOST_WARPS = 8;
    private static final int SUM_THREADS = 128;

    /** Of a large block ({@code product.cuh}). */
    private static final int LARGE_ROWS = 128;

    private static final int LARGE_TOKENS = 64;
    private static final int LARGE_THREADS = 256;

    /** Columns that a warp has at least, in units, before a second one is worth its share of the sum. */
    private static final int UNITS_OF_A_WARP = 4;

    /** The same where there are too few rows for a card. */
    private static final int UNITS_OF_A_CUT = 2;

    /** With so many blocks a card is busy; the largest have little more multiprocessors. */
    private static final int ENOUGH_BLOCKS = 128;

    /** Rows times cuts of a matrix whose columns are cut, at most. */
    static final int MOST_SHARES = 2 * ENOUGH_BLOCKS * WeightFormat.BLOCK_ROWS;

    /** What a product does with its sums ({@code product.cuh}); the order is that of the numbers there. */
    enum Mode {
        STORE,
        ADD,
        GATED_SILU,
        GATED_GELU
    }

    /** How many blocks its rows take. */
    int blocks() {
        return (rows + WeightFormat.BLOCK_ROWS - 1) / WeightFormat.BLOCK_ROWS;
    }

    /** How many warps share the columns of a block: by the matrix alone, because it decides in which order sums are added. */
    private int warps() {
        return Math.max(1, Math.min(MOST_WARPS, columns / WeightFormat.UNIT / UNITS_OF_A_WARP));
    }

    /** In how many cuts blocks take the columns: by the matrix alone, too. */
    int cuts() {
        int cuts = 1;
        while (blocks() * cuts < ENOUGH_BLOCKS && columns / WeightFormat.UNIT >= 2 * cuts * warps() * UNITS_OF_A_CUT) {
            cuts *= 2;
        }
        return cuts;
    }

    /**
     * Launches {@code out = matrix x}.
     *
     * @param x address of activations
     * @param out address of the first output
     * @param bias address, or 0
     * @param stride floats from one token of {@code out} to the next
     * @param shares address of room for {@link #MOST_SHARES} floats for each token
     */
    void multiply(Gpu gpu, long x, long out, long bias, int tokens, int stride, Mode mode, long shares) {
        multiply(gpu, x, out, bias, tokens, stride, mode, shares, hasLargeBlocks(tokens));
    }

    /** Whether blocks of 128 rows and 64 tokens, which read less often, would be enough for a card. */
    boolean hasLargeBlocks(int tokens) {
        return tokens >= LARGE_TOKENS && largeBlocks() * ((tokens + LARGE_TOKENS - 1) / LARGE_TOKENS) >= ENOUGH_BLOCKS;
    }

    private int largeBlocks() {
        return (rows + LARGE_ROWS - 1) / LARGE_ROWS;
    }

    /** The same with blocks of one kind or the other, which changes no bit. */
    void multiply(Gpu gpu, long x, long out, long bias, int tokens, int stride, Mode mode, long shares, boolean large) {
        // Gated matrices have rows enough.
        int cuts = mode == Mode.STORE || mode == Mode.ADD ? cuts() : 1;
        long[] fields = {
            values.address(),
            scales.address(),
            minima.address(),
            x,
            out,
            bias,
            rows,
            columns / WeightFormat.UNIT,
            tokens,
            stride,
            mode.ordinal(),
            shares
        };
        if (large) {
            gpu.launch(
                    format.largeProduct(),
                    Gpu.Grid.of(largeBlocks(), (tokens + LARGE_TOKENS - 1) / LARGE_TOKENS),
                    LARGE_THREADS,
                    largeBytes(),
                    with(fields, warps(), cuts));
            return;
        }
        int atOnce = tokens <= 8 ? 8 : 32;
        gpu.launch(
                format.product(tokens),
                new Gpu.Grid(blocks(), (tokens + atOnce - 1) / atOnce, cuts),
                warps() * 32,
                warps() * WeightFormat.BLOCK_ROWS * atOnce * Float.BYTES,
                fields);
        if (cuts > 1) {
            gpu.launch(
                    Kernel.SUM_SHARES,
                    Gpu.Grid.of((rows + SUM_THREADS - 1) / SUM_THREADS, tokens),
                    SUM_THREADS,
                    0,
                    with(fields, cuts));
        }
    }

    /** Three units on their way, and in their place the sums. */
    private int largeBytes() {
        int unit =
                LARGE_ROWS / WeightFormat.TILE * format.valueBytes() + LARGE_TOKENS * WeightFormat.UNIT * Float.BYTES;
        return Math.max(3 * unit, LARGE_ROWS * (LARGE_TOKENS + 1) * Float.BYTES);
    }

    private static long[] with(long[] fields, long... more) {
        long[] all = Arrays.copyOf(fields, fields.length + more.length);
        System.arraycopy(more, 0, all, fields.length, more.length);
        return all;
    }
}
