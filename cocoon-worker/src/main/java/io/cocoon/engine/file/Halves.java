package io.cocoon.engine.file;

/** Half-precision numbers of both kinds; the JDK converts one of them from version 20 on. */
public final class Halves {

    private static final float SUBNORMAL = 1f / (1 << 24);

    private Halves() {}

    /** Widens an IEEE 754 half. */
    public static float toFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >> 10) & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0) {
            float value = fraction * SUBNORMAL;
            return sign == 0 ? value : -value;
        }
        if (exponent == 31) {
            return Float.intBitsToFloat(sign | 0x7f800000 | fraction << 13);
        }
        return Float.intBitsToFloat(sign | (exponent + 112) << 23 | fraction << 13);
    }

    /** Widens the upper half of a float. */
    public static float bfloat(short bits) {
        return Float.intBitsToFloat(bits << 16);
    }

    /** Rounds to the nearest bfloat16, ties to even, and widens again. */
    public static float roundToBfloat(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat((bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000);
    }

    /** Rounds to the nearest bfloat16, ties to even; returns its bits. Not for NaN. */
    public static short toBfloat(float value) {
        return (short) (Float.floatToRawIntBits(roundToBfloat(value)) >>> 16);
    }

    /** Rounds to the nearest half, ties to even, and widens again; for numbers in the normal range of halves. */
    public static float roundToHalf(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.intBitsToFloat((bits + 0xfff + ((bits >>> 13) & 1)) & 0xffffe000);
    }
}
