package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * Weights of 8 or 4 bits. Each is converted where it stands in its int, so activations are divided by the power of two that this
 * multiplies with. The highest has a sign; the others are stored without, half their range too high, and the first summand
 * takes that away.
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
            group(w, from, stride, grid.weights(), x, activation, scales, g * Grid.ROWS * lanes, out);
            from += Grid.ROWS * stride * grid.ints();
            activation += (grid.weights() + 1) * lanes;
        }
    }

    /** One loop with vectors in variables, because Java 17 keeps no vector in a register from an outer to an inner one. */
    private void group(
            int[] w, int at, int stride, int weights, float[] x, int xi, float[] scales, int si, float[] out) {
        int lanes = Lanes.COUNT;
        int shift = bits == 8 ? 2 : 3;
        int lowest = (1 << bits) - 1;
        FloatVector p0 = Lanes.load(x, xi);
        FloatVector p1 = Lanes.load(x, xi);
        FloatVector p2 = Lanes.load(x, xi);
        FloatVector p3 = Lanes.load(x, xi);
        for (int k = 0; k < weights; k += 2) {
            int mask = lowest << bits * (k & (1 << shift) - 1);
            int next = mask << bits;
            int from = at + (k >> shift) * Grid.ROWS * stride;
            FloatVector x0 = Lanes.load(x, xi + (k + 1) * lanes);
            FloatVector x1 = Lanes.load(x, xi + (k + 2) * lanes);
            IntVector w0 = Lanes.load(w, from);
            IntVector w1 = Lanes.load(w, from + stride);
            IntVector w2 = Lanes.load(w, from + 2 * stride);
            IntVector w3 = Lanes.load(w, from + 3 * stride);
            p0 = step(w0, next, x1, step(w0, mask, x0, p0));
            p1 = step(w1, next, x1, step(w1, mask, x0, p1));
            p2 = step(w2, next, x1, step(w2, mask, x0, p2));
            p3 = step(w3, next, x1, step(w3, mask, x0, p3));
        }
        add(p0, scales, si, out, 0);
        add(p1, scales, si + lanes, out, lanes);
        add(p2, scales, si + 2 * lanes, out, 2 * lanes);
        add(p3, scales, si + 3 * lanes, out, 3 * lanes);
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
                    int mask = lowest << bits * i;
                    for (int r = 0; r < Grid.ROWS; r++) {
                        Lanes.toFloat(Lanes.load(w, from + r * stride).and(mask))
                                .intoArray(panel, out + r * Lanes.COUNT);
                    }
                }
                from += Grid.ROWS * stride;
            }
        }
    }
}
