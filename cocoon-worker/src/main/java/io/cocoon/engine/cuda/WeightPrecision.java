package io.cocoon.engine.cuda;

/**
 * As what weights lie in device memory that a file has as BF16, F16 or F32. Weights of block formats and FP8 keep what they are.
 * What it costs in accuracy was measured: docs/gpu.md.
 */
public enum WeightPrecision {
    /** BF16; those of 16 and 32 bits are rounded to it. */
    STORED,
    /** Whole numbers of 8 bits with a scale for 32 of them: 9 bits a weight. */
    EIGHT_BITS,
    /** Whole numbers of 4 bits with a scale for 32 of them: 5 bits a weight. Embedding and head get 8. */
    FOUR_BITS
}
