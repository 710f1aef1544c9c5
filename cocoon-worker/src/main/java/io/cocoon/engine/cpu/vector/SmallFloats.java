package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Four weights in E4M3 in an int.
 *
 * <p>Exponent and fraction of a weight move to where a float has them, and 120 is added to the exponent, because it counts from 7
 * there and from 127 here. That is right for all but subnormal weights, whose fraction now follows a one that they do not have.
 * Of a number g so made, 2g - 2^-6 is the right one for these, and smaller; for others it is larger or equal. So the smaller one of
 * both is taken. Moving it to a subnormal float would be simpler, but many processors multiply those a hundred times as slowly.
 *
 * <p>One weight of two rows at a time, so that the compiler still inlines the methods that are called, see {@link Integers}.
 */
final class SmallFloats implements Coding {

    private static final int SIGN = 0x80000000;
    private static final int SIZE = 0x07f00000;
    private static final int EXPONENT = 120 << 23;
    private static final float LEAST_NORMAL = 0x1p-6f;

    @Override
    public int perInt() {
        return 4;
    }

    /** Widens the upper bytes. */
    private static FloatVector upper(IntVector w) {
        IntVector size = w.lanewise(VectorOperators.LSHR, 4).and(SIZE).add(EXPONENT);
        IntVector subnormal = size.reinterpretAsFloats().fma(2, -LEAST_NORMAL).reinterpretAsInts();
        // Positive floats have the order of their bits, and the smaller one of whole numbers is one instruction.
        return size.min(subnormal).or(w.and(SIGN)).reinterpretAsFloats();
    }

    @Override
    public void dot(int[] w, int at, int ints, float[] x, int xi, float[] out, int oi) {
        int lanes = Lanes.COUNT;
        for (int row = 0; row < Grid.ROWS; row += 2) {
            FloatVector p0 = Lanes.load(x, xi);
            FloatVector p1 = Lanes.load(x, xi);
            for (int k = 0; k < 4 * ints; k++) {
                int i = at + ((k >> 2) * Grid.ROWS + row) * lanes;
                int shift = 24 - (k & 3) * 8;
                FloatVector each = Lanes.load(x, xi + (k + 1) * lanes);
                IntVector w0 = Lanes.load(w, i).lanewise(VectorOperators.LSHL, shift);
                IntVector w1 = Lanes.load(w, i + lanes).lanewise(VectorOperators.LSHL, shift);
                p0 = upper(w0).fma(each, p0);
                p1 = upper(w1).fma(each, p1);
            }
            p0.intoArray(out, oi + row * lanes);
            p1.intoArray(out, oi + (row + 1) * lanes);
        }
    }

    @Override
    public void widen(int[] w, int at, int ints, float[] panel, int to) {
        int out = to;
        for (int k = 0; k < 4 * ints; k++) {
            int i = at + (k >> 2) * Grid.ROWS * Lanes.COUNT;
            int shift = 24 - (k & 3) * 8;
            for (int r = 0; r < Grid.ROWS; r++, out += Lanes.COUNT) {
                upper(Lanes.load(w, i + r * Lanes.COUNT).lanewise(VectorOperators.LSHL, shift))
                        .intoArray(panel, out);
            }
        }
    }
}
