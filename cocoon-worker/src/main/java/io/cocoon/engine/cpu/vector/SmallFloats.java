package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Four weights in E4M3 in an int, in groups that share a scale.
 *
 * <p>A weight is moved to where a float has sign, exponent and fraction, and is then {@link #POWER} squared too small, subnormal
 * ones included: the activations and the scales are {@code POWER} larger instead. All of that is exact.
 */
final class SmallFloats implements Coding {

    /** What activations and scales are multiplied with; squared, what the exponents of E4M3 and float count from is apart. */
    static final float POWER = 0x1p60f;

    /** Sign, exponent and fraction, four lower than their byte, but for the sign. */
    private static final int BITS = 0x87f00000;

    @Override
    public int perInt() {
        return 4;
    }

    private static FloatVector upper(IntVector w) {
        return w.lanewise(VectorOperators.ASHR, 4).and(BITS).reinterpretAsFloats();
    }

    private static FloatVector weights(IntVector w, int shift) {
        return upper(w.lanewise(VectorOperators.LSHL, shift));
    }

    @Override
    public void dot(int[] w, int at, Grid grid, float[] x, int xi, float[] scales, float[] out) {
        int lanes = Lanes.COUNT;
        int from = at;
        int activation = xi;
        for (int g = 0; g < grid.groups(); g++) {
            for (int row = 0; row < Grid.ROWS; row += 2) {
                FloatVector p0 = FloatVector.zero(Lanes.FLOATS);
                FloatVector p1 = FloatVector.zero(Lanes.FLOATS);
                for (int k = 0; k < grid.ints(); k++) {
                    int i = from + (k * Grid.ROWS + row) * lanes;
                    int j = activation + (4 * k + 1) * lanes;
                    IntVector w0 = Lanes.load(w, i);
                    IntVector w1 = Lanes.load(w, i + lanes);
                    FloatVector x0 = Lanes.load(x, j);
                    FloatVector x1 = Lanes.load(x, j + lanes);
                    FloatVector x2 = Lanes.load(x, j + 2 * lanes);
                    FloatVector x3 = Lanes.load(x, j + 3 * lanes);
                    p0 = weights(w0, 24).fma(x0, p0);
                    p1 = weights(w1, 24).fma(x0, p1);
                    p0 = weights(w0, 16).fma(x1, p0);
                    p1 = weights(w1, 16).fma(x1, p1);
                    p0 = weights(w0, 8).fma(x2, p0);
                    p1 = weights(w1, 8).fma(x2, p1);
                    p0 = upper(w0).fma(x3, p0);
                    p1 = upper(w1).fma(x3, p1);
                }
                int s = (g * Grid.ROWS + row) * lanes;
                Integers.add(p0, scales, s, out, row * lanes);
                Integers.add(p1, scales, s + lanes, out, (row + 1) * lanes);
            }
            from += Grid.ROWS * lanes * grid.ints();
            activation += (grid.weights() + 1) * lanes;
        }
    }

    @Override
    public void widen(int[] w, int at, Grid grid, float[] panel, int to) {
        int step = Grid.ROWS * Lanes.COUNT;
        for (int i = 0; i < grid.groups() * grid.ints(); i++) {
            for (int r = 0; r < step; r += Lanes.COUNT) {
                IntVector ints = Lanes.load(w, at + i * step + r);
                int first = to + 4 * i * step + r;
                weights(ints, 24).intoArray(panel, first);
                weights(ints, 16).intoArray(panel, first + step);
                weights(ints, 8).intoArray(panel, first + 2 * step);
                upper(ints).intoArray(panel, first + 3 * step);
            }
        }
    }
}
