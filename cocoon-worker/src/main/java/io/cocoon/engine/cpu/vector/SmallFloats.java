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
 * <p>One weight of two rows at a time, for the reasons that {@link Integers} has.
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
    public void dot(int[] w, int at, Grid grid, float[] x, int xi, float[] scales, float[] out) {
        int lanes = Lanes.COUNT;
        int from = at;
        int activation = xi;
        for (int g = 0; g < grid.groups(); g++) {
            int stride = grid.stride(g);
            for (int row = 0; row < Grid.ROWS; row += 2) {
                FloatVector p0 = Lanes.load(x, activation);
                FloatVector p1 = Lanes.load(x, activation);
                for (int k = 0; k < grid.weights(); k++) {
                    int i = from + ((k >> 2) * Grid.ROWS + row) * stride;
                    int shift = 24 - (k & 3) * 8;
                    FloatVector each = Lanes.load(x, activation + (k + 1) * lanes);
                    IntVector w0 = Lanes.load(w, i).lanewise(VectorOperators.LSHL, shift);
                    IntVector w1 = Lanes.load(w, i + stride).lanewise(VectorOperators.LSHL, shift);
                    p0 = upper(w0).fma(each, p0);
                    p1 = upper(w1).fma(each, p1);
                }
                int s = (g * Grid.ROWS + row) * lanes;
                Integers.add(p0, scales, s, out, row * lanes);
                Integers.add(p1, scales, s + lanes, out, (row + 1) * lanes);
            }
            from += Grid.ROWS * stride * grid.ints();
            activation += (grid.weights() + 1) * lanes;
        }
    }

    @Override
    public void widen(int[] w, int at, Grid grid, float[] panel, int to) {
        int out = to;
        int from = at;
        for (int g = 0; g < grid.groups(); g++) {
            int stride = grid.stride(g);
            for (int k = 0; k < grid.weights(); k++) {
                int i = from + (k >> 2) * Grid.ROWS * stride;
                int shift = 24 - (k & 3) * 8;
                for (int r = 0; r < Grid.ROWS; r++, out += Lanes.COUNT) {
                    upper(Lanes.load(w, i + r * stride).lanewise(VectorOperators.LSHL, shift))
                            .intoArray(panel, out);
                }
            }
            from += Grid.ROWS * stride * grid.ints();
        }
    }
}
