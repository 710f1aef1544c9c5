package io.cocoon.engine.file;

/** How weights are stored. Values of the block formats: engine dossier 1. */
public enum WeightType {
    F32(1, 4),
    F16(1, 2),
    BF16(1, 2),
    /** {@link E4m3}, with factors beside: {@link Scales}. */
    FP8(1, 1),
    /** 32 weights: a half-precision scale and 16 bytes of nibbles. */
    Q4_0(32, 18),
    /** 32 weights: a half-precision scale and 32 signed bytes. */
    Q8_0(32, 34),
    /** 256 weights in 8 parts, each with a 6-bit scale and minimum. */
    Q4_K(256, 144),
    /** 256 weights in 16 parts, each with an 8-bit scale. */
    Q6_K(256, 210);

    private final int weights;
    private final int bytes;

    WeightType(int weights, int bytes) {
        this.weights = weights;
        this.bytes = bytes;
    }

    /** Returns how many weights one block holds; 1 for plain numbers. */
    public int blockWeights() {
        return weights;
    }

    /** Returns how many bytes one block takes. */
    public int blockBytes() {
        return bytes;
    }

    /**
     * Returns how many bytes a row takes.
     *
     * @param columns a whole number of blocks
     */
    public long rowBytes(long columns) {
        return Math.multiplyExact(columns / weights, (long) bytes);
    }
}
