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
        int atOnce = tokens <= 8 ? 8 : 32;
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
        gpu.launch(
                format.product(tokens),
                new Gpu.Grid(blocks(), (tokens + atOnce - 1) / atOnce, cuts),
                warps() * 32,
                warps() * WeightFormat.BLOCK_ROWS * atOnce * Float.BYTES,
                fields);
        if (cuts > 1) {
            long[] sum = Arrays.copyOf(fields, fields.length + 1);
            sum[fields.length] = cuts;
            gpu.launch(
                    Kernel.SUM_SHARES,
                    Gpu.Grid.of((rows + SUM_THREADS - 1) / SUM_THREADS, tokens),
                    SUM_THREADS,
                    0,
                    sum);
        }
    }
}
