package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;

/** Floats as they are. */
final class Singles implements Coding {

    @Override
    public int perInt() {
        return 1;
    }

    private static FloatVector weights(int[] w, int at) {
        return Lanes.load(w, at).reinterpretAsFloats();
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
            FloatVector each = Lanes.load(x, activation + g);
            p0 = weights(w, from).fma(each, p0);
            p1 = weights(w, from + lanes).fma(each, p1);
            p2 = weights(w, from + 2 * lanes).fma(each, p2);
            p3 = weights(w, from + 3 * lanes).fma(each, p3);
        }
        p0.intoArray(out, oi);
        p1.intoArray(out, oi + lanes);
        p2.intoArray(out, oi + 2 * lanes);
        p3.intoArray(out, oi + 3 * lanes);
    }

    @Override
    public void widen(int[] w, int at, int ints, float[] panel, int to) {
        int n = ints * Grid.ROWS * Lanes.COUNT;
        for (int i = 0; i < n; i += Lanes.COUNT) {
            weights(w, at + i).intoArray(panel, to + i);
        }
    }
}
