package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Eight weights of 4 bits in an int. */
final class Nibbles extends Integers {

    Nibbles() {
        super(4);
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
                for (int k = 0; k < grid.weights() / 4; k++) {
                    int i = from + ((k >> 1) * Grid.ROWS + row) * stride;
                    int j = activation + (4 * k + 1) * lanes;
                    int shift = (k & 1) << 4;
                    IntVector w0 = Lanes.load(w, i).lanewise(VectorOperators.LSHR, shift);
                    IntVector w1 = Lanes.load(w, i + stride).lanewise(VectorOperators.LSHR, shift);
                    FloatVector x0 = Lanes.load(x, j);
                    FloatVector x1 = Lanes.load(x, j + lanes);
                    FloatVector x2 = Lanes.load(x, j + 2 * lanes);
                    FloatVector x3 = Lanes.load(x, j + 3 * lanes);
                    p0 = step(w0, 0xf000, x3, step(w0, 0xf00, x2, step(w0, 0xf0, x1, step(w0, 0xf, x0, p0))));
                    p1 = step(w1, 0xf000, x3, step(w1, 0xf00, x2, step(w1, 0xf0, x1, step(w1, 0xf, x0, p1))));
                }
                int s = (g * Grid.ROWS + row) * lanes;
                add(p0, scales, s, out, row * lanes);
                add(p1, scales, s + lanes, out, (row + 1) * lanes);
            }
            from += Grid.ROWS * stride * grid.ints();
            activation += (grid.weights() + 1) * lanes;
        }
    }
}
