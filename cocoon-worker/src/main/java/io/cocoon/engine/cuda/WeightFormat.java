package io.cocoon.engine.cuda;

import io.cocoon.engine.file.WeightType;

/**
 * How weights lie in device memory ({@code layout.cuh}); the order is that of the numbers there. Sizes are those of 16 rows by
 * 32 columns.
 */
enum WeightFormat {
    BF16(1024, 0, 0, Kernel.PRODUCT_BF16_8, Kernel.PRODUCT_BF16_32, Kernel.PRODUCT_BF16_64),
    /** A scale for 32 weights. */
    INT8(512, 16, 0, Kernel.PRODUCT_INT8_8, Kernel.PRODUCT_INT8_32, Kernel.PRODUCT_INT8_64),
    /** A scale for 16 weights. */
    INT8_BY_16(512, 32, 0, Kernel.PRODUCT_INT8_BY_16_8, Kernel.PRODUCT_INT8_BY_16_32, Kernel.PRODUCT_INT8_BY_16_64),
    INT4(256, 16, 0, Kernel.PRODUCT_INT4_8, Kernel.PRODUCT_INT4_32, Kernel.PRODUCT_INT4_64),
    /** A scale and a minimum for 32 weights. */
    INT4_WITH_MINIMUM(
            256, 16, 16, Kernel.PRODUCT_INT4_MINIMUM_8, Kernel.PRODUCT_INT4_MINIMUM_32, Kernel.PRODUCT_INT4_MINIMUM_64);

    /** Rows of a tile. */
    static final int TILE = 16;

    /** Columns of a unit. */
    static final int UNIT = 32;

    /** Rows that one block computes; matrices are filled up to a multiple of it. */
    static final int BLOCK_ROWS = 32;

    private final int valueBytes;
    private final int scales;
    private final int minima;
    private final Kernel few;
    private final Kernel many;
    private final Kernel most;

    WeightFormat(int valueBytes, int scales, int minima, Kernel few, Kernel many, Kernel most) {
        this.valueBytes = valueBytes;
        this.scales = scales;
        this.minima = minima;
        this.few = few;
        this.many = many;
        this.most = most;
    }

    /** The format for weights of a file as they are: floats of all kinds are rounded to bfloat16, all others keep their value. */
    static WeightFormat of(WeightType type) {
        return of(type, WeightPrecision.STORED);
    }

    /** The format for weights of a file if floats may be made smaller. */
    static WeightFormat of(WeightType type, WeightPrecision precision) {
        return switch (type) {
            case F32, F16, BF16 ->
                switch (precision) {
                    case STORED -> BF16;
                    case EIGHT_BITS -> INT8;
                    case FOUR_BITS -> INT4;
                };
            case Q8_0 -> INT8;
            case Q6_K -> INT8_BY_16;
            case Q4_0 -> INT4;
            case Q4_K -> INT4_WITH_MINIMUM;
        };
    }

    /** The same for the embedding and the head, whose errors go into every logit. */
    static WeightFormat ofVocabulary(WeightType type, WeightPrecision precision) {
        return of(type, precision == WeightPrecision.FOUR_BITS ? WeightPrecision.EIGHT_BITS : precision);
    }

    /** The format of a gate and what it lets through, which lie in one matrix. */
    static WeightFormat ofPair(WeightType one, WeightType other, WeightPrecision precision) {
        return one == other ? of(one, precision) : BF16;
    }

    int valueBytes() {
        return valueBytes;
    }

    int scales() {
        return scales;
    }

    int minima() {
        return minima;
    }

    Kernel product(int tokens) {
        return tokens <= 8 ? few : many;
    }

    Kernel largeProduct() {
        return most;
    }

    private static long units(long rows, long columns) {
        return (rows + BLOCK_ROWS - 1) / BLOCK_ROWS * (BLOCK_ROWS / TILE) * (columns / UNIT);
    }

    long valueBytes(long rows, long columns) {
        return units(rows, columns) * valueBytes;
    }

    long scaleBytes(long rows, long columns) {
        return units(rows, columns) * scales * Float.BYTES;
    }

    long minimumBytes(long rows, long columns) {
        return units(rows, columns) * minima * Float.BYTES;
    }

    long bytes(long rows, long columns) {
        return valueBytes(rows, columns) + scaleBytes(rows, columns) + minimumBytes(rows, columns);
    }
}
