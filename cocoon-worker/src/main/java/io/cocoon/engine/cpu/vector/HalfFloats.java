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

    /** One weight of four rows at a time, with constants and in one method, see {@link Integers}; else Java 25 unrolls it too far. */
    @Override
    public void dot(int[] w, int at, int ints, float[] x, int xi, float[] out, int oi) {
        int lanes = Lanes.COUNT;
        FloatVector p0 = FloatVector.fromArray(Lanes.FLOATS, x, xi);
        FloatVector p1 = FloatVector.fromArray(Lanes.FLOATS, x, xi);
        FloatVector p2 = FloatVector.fromArray(Lanes.FLOATS, x, xi);
        FloatVector p3 = FloatVector.fromArray(Lanes.FLOATS, x, xi);
        for (int k = 0; k < 2 * ints; k++) {
            int i = at + (k >> 1) * Grid.ROWS * lanes;
            int shift = 16 - (k & 1) * 16;
            FloatVector each = FloatVector.fromArray(Lanes.FLOATS, x, xi + (k + 1) * lanes);
            IntVector w0 = IntVector.fromArray(Lanes.INTS, w, i)
                    .lanewise(VectorOperators.LSHL, shift)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(Lanes.HALF_BITS);
            p0 = each.fma(w0.reinterpretAsFloats().mul(Lanes.HALF_SCALE), p0);
            IntVector w1 = IntVector.fromArray(Lanes.INTS, w, i + lanes)
                    .lanewise(VectorOperators.LSHL, shift)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(Lanes.HALF_BITS);
            p1 = each.fma(w1.reinterpretAsFloats().mul(Lanes.HALF_SCALE), p1);
            IntVector w2 = IntVector.fromArray(Lanes.INTS, w, i + 2 * lanes)
                    .lanewise(VectorOperators.LSHL, shift)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(Lanes.HALF_BITS);
            p2 = each.fma(w2.reinterpretAsFloats().mul(Lanes.HALF_SCALE), p2);
            IntVector w3 = IntVector.fromArray(Lanes.INTS, w, i + 3 * lanes)
                    .lanewise(VectorOperators.LSHL, shift)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(Lanes.HALF_BITS);
            p3 = each.fma(w3.reinterpretAsFloats().mul(Lanes.HALF_SCALE), p3);
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
                Lanes.lowerHalves(both).intoArray(panel, to + 2 * g * step + r);
                Lanes.upperHalves(both).intoArray(panel, to + (2 * g + 1) * step + r);
            }
        }
    }
}
