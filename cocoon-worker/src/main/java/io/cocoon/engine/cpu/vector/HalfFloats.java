package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Two half-precision weights in an int, the later one above. */
final class HalfFloats implements Coding {

    @Override
    public int perInt() {
        return 2;
    }

    private static FloatVector lower(IntVector w) {
        return Lanes.upperHalves(w.lanewise(VectorOperators.LSHL, 16));
    }

    private static FloatVector upper(IntVector w) {
        return Lanes.upperHalves(w);
    }

    @Override
    public void dot(int[] w, int at, int ints, float[] x, int xi, float[] out, int oi) {
        int lanes = Lanes.COUNT;
        int n = ints * lanes;
        for (int row = 0; row < Grid.ROWS; row += 2) {
            FloatVector p0 = FloatVector.zero(Lanes.FLOATS);
            FloatVector p1 = FloatVector.zero(Lanes.FLOATS);
            for (int g = 0; g < n; g += lanes) {
                int from = at + g * Grid.ROWS + row * lanes;
                FloatVector x0 = Lanes.load(x, xi + 2 * g + lanes);
                FloatVector x1 = Lanes.load(x, xi + 2 * g + 2 * lanes);
                IntVector w0 = Lanes.load(w, from);
                IntVector w1 = Lanes.load(w, from + lanes);
                p0 = upper(w0).fma(x1, lower(w0).fma(x0, p0));
                p1 = upper(w1).fma(x1, lower(w1).fma(x0, p1));
            }
            p0.intoArray(out, oi + row * lanes);
            p1.intoArray(out, oi + (row + 1) * lanes);
        }
    }

    @Override
    public void widen(int[] w, int at, int ints, float[] panel, int to) {
        int step = Grid.ROWS * Lanes.COUNT;
        for (int g = 0; g < ints; g++) {
            for (int r = 0; r < step; r += Lanes.COUNT) {
                IntVector both = Lanes.load(w, at + g * step + r);
                lower(both).intoArray(panel, to + 2 * g * step + r);
                upper(both).intoArray(panel, to + (2 * g + 1) * step + r);
            }
        }
    }
}
