package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Two weights in bfloat16 in an int, the later one above. */
final class Bfloats implements Coding {

    private static final int UPPER = 0xffff0000;

    @Override
    public int perInt() {
        return 2;
    }

    private static FloatVector lower(IntVector w) {
        return w.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
    }

    private static FloatVector upper(IntVector w) {
        return w.and(UPPER).reinterpretAsFloats();
    }

    @Override
    public void dot(int[] w, int at, int ints, float[] x, int xi, float[] out, int oi) {
        int lanes = Lanes.COUNT;
        FloatVector p0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector p1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector p2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector p3 = FloatVector.zero(Lanes.FLOATS);
        int n = ints * lanes;
        int activation = xi + lanes;
        for (int g = 0; g < n; g += lanes) {
            int from = at + g * Grid.ROWS;
            FloatVector x0 = Lanes.load(x, activation + 2 * g);
            FloatVector x1 = Lanes.load(x, activation + 2 * g + lanes);
            IntVector w0 = Lanes.load(w, from);
            IntVector w1 = Lanes.load(w, from + lanes);
            IntVector w2 = Lanes.load(w, from + 2 * lanes);
            IntVector w3 = Lanes.load(w, from + 3 * lanes);
            p0 = upper(w0).fma(x1, lower(w0).fma(x0, p0));
            p1 = upper(w1).fma(x1, lower(w1).fma(x0, p1));
            p2 = upper(w2).fma(x1, lower(w2).fma(x0, p2));
            p3 = upper(w3).fma(x1, lower(w3).fma(x0, p3));
        }
        p0.intoArray(out, oi);
        p1.intoArray(out, oi + lanes);
        p2.intoArray(out, oi + 2 * lanes);
        p3.intoArray(out, oi + 3 * lanes);
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
