package io.cocoon.engine.cuda;

import io.cocoon.engine.file.Scales;
import io.cocoon.engine.file.WeightType;

/**
 * How weights lie in device memory ({@code layout.cuh}); the order is that of the numbers there. Sizes are those of 16 rows by
 * 32 columns.
 */
enum WeightFormat {
    BF16(1024, 0, false, Kernel.PRODUCT_BF16_8, Kernel.PRODUCT_BF16_32, Kernel.PRODUCT_BF16_64),
    /** A scale for 32 weights. */
    INT8(512, 32, false, Kernel.PRODUCT_INT8_8, Kernel.PRODUCT_INT8_32, Kernel.PRODUCT_INT8_64),
    /** A scale for 16 weights. */
    INT8_BY_16(512, 16, false, Kernel.PRODUCT_INT8_BY_16_8, Kernel.PRODUCT_INT8_BY_16_32, Kernel.PRODUCT_INT8_BY_16_64),
    INT4(256, 32, false, Kernel.PRODUCT_INT4_8, Kernel.PRODUCT_INT4_32, Kernel.PRODUCT_INT4_64),
    /** A scale and a minimum for 32 weights. */
    INT4_WITH_MINIMUM(
            256,
            32,
            true,
            Kernel.PRODUCT_INT4_MINIMUM_8,
            Kernel.PRODUCT_INT4_MINIMUM_32,
            Kernel.PRODUCT_INT4_MINIMUM_64),
    /** E4M3, with a scale for 128 weights. */
    FP8(512, Scales.COLUMNS, false, Kernel.PRODUCT_FP8_8, Kernel.PRODUCT_FP8_32, Kernel.PRODUCT_FP8_64);

    /** Rows of a tile. */
    static final int TILE = 16;

    /** Columns of a unit. */
    static final int UNIT = 32;

    /** Rows that one block computes; matrices are filled up to a multiple of it. */
    static final int BLOCK_ROWS = 32;

    private final int valueBytes;
    private final int scaleColumns;
    private final boolean minima;
    private final Kernel few;
    private final Kernel many;
    private final Kernel most;

    WeightFormat(int valueBytes, int scaleColumns, boolean minima, Kernel few, Kernel many, Kernel most) {
        this.valueBytes = valueBytes;
        this.scaleColumns = scaleColumns;
        this.minima = minima;
        this.few = few;
        this.many = many;
        this.most = most;
    }

    /** The format for weights of a file as they are: floats of 32 and 16 bits become bfloat16, all others keep their value. */
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
            case FP8 -> FP8;
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

    /** How many scales a row has. */
    int scales(long columns) {
        return scaleColumns == 0 ? 0 : Math.toIntExact((columns + scaleColumns - 1) / scaleColumns);
    }

    /** How many weights of a row share a scale. */
    int scaleColumns() {
        return scaleColumns;
    }

    /** How many minima a row has. */
    int minima(long columns) {
        return minima ? Math.toIntExact(columns / UNIT) : 0;
    }

    Kernel product(int tokens) {
        return tokens <= 8 ? few : many;
    }

    Kernel largeProduct() {
        return most;
    }

    private static long tiles(long rows) {
        return (rows + BLOCK_ROWS - 1) / BLOCK_ROWS * (BLOCK_ROWS / TILE);
    }

    long valueBytes(long rows, long columns) {
        return tiles(rows) * (columns / UNIT) * valueBytes;
    }

    long scaleBytes(long rows, long columns) {
        return tiles(rows) * TILE * scales(columns) * Float.BYTES;
    }

    long minimumBytes(long rows, long columns) {
        return tiles(rows) * TILE * minima(columns) * Float.BYTES;
    }

    long bytes(long rows, long columns) {
        return valueBytes(rows, columns) + scaleBytes(rows, columns) + minimumBytes(rows, columns);
    }
}
