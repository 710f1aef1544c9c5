package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Weights of 8 or 4 bits. Four of them are converted where they stand in an int, so activations are divided by the power of two
 * that this multiplies with. They are stored without a sign, half their range too high, which the first summand takes away; but
 * the fourth byte has its sign.
 *
 * <p>Two rows at a time and not four, because Java 17 gives up in the middle of a loop that is much longer than these, and keeps
 * no vector in a register from an outer loop to an inner one.
 */
final class Integers implements Coding {

    private final int bits;

    Integers(int bits) {
        this.bits = bits;
    }

    @Override
    public int perInt() {
        return Integer.SIZE / bits;
    }

    private static FloatVector step(IntVector w, int mask, FloatVector x, FloatVector sum) {
        return Lanes.toFloat(w.and(mask)).fma(x, sum);
    }

    @Override
    public void dot(int[] w, int at, Grid grid, float[] x, int xi, float[] scales, float[] out) {
        int lanes = Lanes.COUNT;
        int from = at;
        int activation = xi;
        for (int g = 0; g < grid.groups(); g++) {
            int stride = grid.stride(g);
            int si = g * Grid.ROWS * lanes;
            if (bits == 8) {
                bytes(w, from, stride, grid.ints(), x, activation, scales, si, out, 0);
                bytes(w, from + 2 * stride, stride, grid.ints(), x, activation, scales, si, out, 2 * lanes);
            } else {
                nibbles(w, from, stride, grid.ints(), x, activation, scales, si, out, 0);
                nibbles(w, from + 2 * stride, stride, grid.ints(), x, activation, scales, si, out, 2 * lanes);
            }
            from += Grid.ROWS * stride * grid.ints();
            activation += (grid.weights() + 1) * lanes;
        }
    }

    private static void bytes(
            int[] w, int at, int stride, int ints, float[] x, int xi, float[] scales, int si, float[] out, int to) {
        int lanes = Lanes.COUNT;
        FloatVector p0 = Lanes.load(x, xi);
        FloatVector p1 = Lanes.load(x, xi);
        int activation = xi + lanes;
        for (int k = 0; k < ints; k++) {
            int from = at + k * Grid.ROWS * stride;
            IntVector w0 = Lanes.load(w, from);
            IntVector w1 = Lanes.load(w, from + stride);
            FloatVector x0 = Lanes.load(x, activation + 4 * k * lanes);
            FloatVector x1 = Lanes.load(x, activation + (4 * k + 1) * lanes);
            FloatVector x2 = Lanes.load(x, activation + (4 * k + 2) * lanes);
            FloatVector x3 = Lanes.load(x, activation + (4 * k + 3) * lanes);
            p0 = step(w0, 0xff000000, x3, step(w0, 0xff0000, x2, step(w0, 0xff00, x1, step(w0, 0xff, x0, p0))));
            p1 = step(w1, 0xff000000, x3, step(w1, 0xff0000, x2, step(w1, 0xff00, x1, step(w1, 0xff, x0, p1))));
        }
        add(p0, scales, si + to, out, to);
        add(p1, scales, si + to + lanes, out, to + lanes);
    }

    private static void nibbles(
            int[] w, int at, int stride, int ints, float[] x, int xi, float[] scales, int si, float[] out, int to) {
        int lanes = Lanes.COUNT;
        FloatVector p0 = Lanes.load(x, xi);
        FloatVector p1 = Lanes.load(x, xi);
        int activation = xi + lanes;
        for (int k = 0; k < 2 * ints; k++) {
            int from = at + (k >> 1) * Grid.ROWS * stride;
            int shift = (k & 1) << 4;
            IntVector w0 = Lanes.load(w, from).lanewise(VectorOperators.LSHR, shift);
            IntVector w1 = Lanes.load(w, from + stride).lanewise(VectorOperators.LSHR, shift);
            FloatVector x0 = Lanes.load(x, activation + 4 * k * lanes);
            FloatVector x1 = Lanes.load(x, activation + (4 * k + 1) * lanes);
            FloatVector x2 = Lanes.load(x, activation + (4 * k + 2) * lanes);
            FloatVector x3 = Lanes.load(x, activation + (4 * k + 3) * lanes);
            p0 = step(w0, 0xf000, x3, step(w0, 0xf00, x2, step(w0, 0xf0, x1, step(w0, 0xf, x0, p0))));
            p1 = step(w1, 0xf000, x3, step(w1, 0xf00, x2, step(w1, 0xf0, x1, step(w1, 0xf, x0, p1))));
        }
        add(p0, scales, si + to, out, to);
        add(p1, scales, si + to + lanes, out, to + lanes);
    }

    private static void add(FloatVector sum, float[] scales, int si, float[] out, int at) {
        sum.fma(Lanes.load(scales, si), Lanes.load(out, at)).intoArray(out, at);
    }

    @Override
    public void widen(int[] w, int at, Grid grid, float[] panel, int to) {
        int step = Grid.ROWS * Lanes.COUNT;
        int perInt = perInt();
        int lowest = (1 << bits) - 1;
        int from = at;
        int out = to;
        for (int g = 0; g < grid.groups(); g++) {
            int stride = grid.stride(g);
            for (int m = 0; m < grid.ints(); m++) {
                for (int i = 0; i < perInt; i++, out += step) {
                    int shift = i / 4 * 16;
                    int mask = lowest << bits * (i % 4);
                    for (int r = 0; r < Grid.ROWS; r++) {
                        IntVector ints = Lanes.load(w, from + r * stride);
                        Lanes.toFloat(ints.lanewise(VectorOperators.LSHR, shift).and(mask))
                                .intoArray(panel, out + r * Lanes.COUNT);
                    }
                }
                from += Grid.ROWS * stride;
            }
        }
    }
}
