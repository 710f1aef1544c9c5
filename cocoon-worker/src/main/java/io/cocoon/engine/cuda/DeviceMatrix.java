package io.cocoon.engine.cuda;

/**
 * Weights in device memory.
 *
 * @param rows those that count; there are more, of zeros, up to a multiple of 32
 * @param columns a multiple of 32
 */
record DeviceMatrix(
        WeightFormat format, int rows, int columns, Gpu.Region values, Gpu.Region scales, Gpu.Region minima) {

    private static final int MOST_WARPS = 8;

    /** Columns that a warp has at least, in units, before a second one is worth its share of the sum. */
    private static final int UNITS_OF_A_WARP = 4;

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

    /**
     * Launches {@code out = matrix x}.
     *
     * @param x address of activations
     * @param out address of the first output
     * @param bias address, or 0
     * @param stride floats from one token of {@code out} to the next
     */
    void multiply(Gpu gpu, long x, long out, long bias, int tokens, int stride, Mode mode) {
        int atOnce = tokens <= 8 ? 8 : 32;
        gpu.launch(
                format.product(tokens),
                Gpu.Grid.of(blocks(), (tokens + atOnce - 1) / atOnce),
                warps() * 32,
                warps() * WeightFormat.BLOCK_ROWS * atOnce * Float.BYTES,
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
                mode.ordinal());
    }
}
