package io.cocoon.engine.file;

import java.nio.ByteBuffer;

/**
 * Floats of 8 bits: a sign, 4 bits of exponent and 3 of fraction, without infinities. The largest is 448, the smallest above zero
 * 2^-9, and {@code 0x7f} and {@code 0xff} are no numbers. Safetensors calls them F8_E4M3, the OCP specification E4M3, others E4M3FN.
 */
public final class E4m3 {

    /** What the exponent counts from. */
    private static final int BIAS = 7;

    private static final float[] VALUES = new float[256];

    static {
        for (int bits = 0; bits < VALUES.length; bits++) {
            int exponent = bits >> 3 & 15;
            int fraction = bits & 7;
            float value = exponent == 0
                    ? Math.scalb((float) fraction, 1 - BIAS - 3)
                    : Math.scalb(8f + fraction, exponent - BIAS - 3);
            VALUES[bits] = (bits & 0x7f) == 0x7f ? Float.NaN : bits < 128 ? value : -value;
        }
    }

    private E4m3() {}

    /** Widens a number, exactly. */
    public static float toFloat(byte bits) {
        return VALUES[bits & 0xff];
    }

    /** Returns where the first one lies that is no number, or -1. Reads to the limit and leaves the position. */
    static int firstNaN(ByteBuffer from) {
        int at = from.position();
        // A byte of 0x7f without its sign is the only one that reaches its upper bit when 1 is added.
        while (at + Long.BYTES <= from.limit()
                && ((from.getLong(at) & 0x7f7f7f7f7f7f7f7fL) + 0x0101010101010101L & 0x8080808080808080L) == 0) {
            at += Long.BYTES;
        }
        for (; at < from.limit(); at++) {
            if ((from.get(at) & 0x7f) == 0x7f) {
                return at;
            }
        }
        return -1;
    }
}
