package io.cocoon.engine.cuda;

import java.util.Locale;

/** The kernels, and how many 8-byte fields the structure of each has ({@code src/main/cuda/kernels.cu}). */
enum Kernel {
    EMBED(8),
    NORM(6),
    ADD_NORMED(6),
    ANGLES(4),
    HEADS_FLOAT(14),
    HEADS_BF16(14),
    ATTEND_FLOAT_16(17),
    ATTEND_FLOAT_32(17),
    ATTEND_BF16_16(17),
    ATTEND_BF16_32(17),
    MERGE(18),
    SUM_SHARES(13),
    HIGHEST(4),
    CANDIDATES(9),
    READ_ALL(3),
    PRODUCT_BF16_8(12),
    PRODUCT_BF16_32(12),
    PRODUCT_BF16_64(14),
    PRODUCT_INT8_8(12),
    PRODUCT_INT8_32(12),
    PRODUCT_INT8_64(14),
    PRODUCT_INT8_BY_16_8(12),
    PRODUCT_INT8_BY_16_32(12),
    PRODUCT_INT8_BY_16_64(14),
    PRODUCT_INT4_8(12),
    PRODUCT_INT4_32(12),
    PRODUCT_INT4_64(14),
    PRODUCT_INT4_MINIMUM_8(12),
    PRODUCT_INT4_MINIMUM_32(12),
    PRODUCT_INT4_MINIMUM_64(14),
    PRODUCT_FP8_8(12),
    PRODUCT_FP8_32(12),
    PRODUCT_FP8_64(14);

    private final int fields;

    Kernel(int fields) {
        this.fields = fields;
    }

    /** Its name in the compiled module. */
    String symbol() {
        return "cocoon_" + name().toLowerCase(Locale.ROOT);
    }

    int fields() {
        return fields;
    }
}
