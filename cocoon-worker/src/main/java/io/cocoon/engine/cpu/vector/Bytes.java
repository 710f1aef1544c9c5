package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Four weights of 8 bits in an int. */
final class Bytes extends Integers {

    private static final int[] MASKS = masks(8);

    Bytes() {
        super(8);
    }

    @Override
    public void dot(int[] w, int at, int ints, float[] x, int xi, float[] out, int oi) {
        int lanes = Lanes.COUNT;
        FloatVector p0 = FloatVector.fromArray(Lanes.FLOATS, x, xi);
        FloatVector p1 = FloatVector.fromArray(Lanes.FLOATS, x, xi);
        FloatVector p2 = FloatVector.fromArray(Lanes.FLOATS, x, xi);
        FloatVector p3 = FloatVector.fromArray(Lanes.FLOATS, x, xi);
        for (int k = 0; k < 2 * ints; k++) {
            int i = at + (k >> 1) * Grid.ROWS * lanes;
            int j = xi + (2 * k + 1) * lanes;
            int m = (k & 1) * 2 * lanes;
            FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, x, j);
            FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, x, j + lanes);
            IntVector m0 = IntVector.fromArray(Lanes.INTS, MASKS, m);
            IntVector m1 = IntVector.fromArray(Lanes.INTS, MASKS, m + lanes);
            IntVector w0 = IntVector.fromArray(Lanes.INTS, w, i);
            p0 = x0.fma((FloatVector) w0.and(m0).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p0);
            p0 = x1.fma((FloatVector) w0.and(m1).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p0);
            IntVector w1 = IntVector.fromArray(Lanes.INTS, w, i + lanes);
            p1 = x0.fma((FloatVector) w1.and(m0).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p1);
            p1 = x1.fma((FloatVector) w1.and(m1).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p1);
            IntVector w2 = IntVector.fromArray(Lanes.INTS, w, i + 2 * lanes);
            p2 = x0.fma((FloatVector) w2.and(m0).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p2);
            p2 = x1.fma((FloatVector) w2.and(m1).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p2);
            IntVector w3 = IntVector.fromArray(Lanes.INTS, w, i + 3 * lanes);
            p3 = x0.fma((FloatVector) w3.and(m0).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p3);
            p3 = x1.fma((FloatVector) w3.and(m1).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p3);
        }
        p0.intoArray(out, oi);
        p1.intoArray(out, oi + lanes);
        p2.intoArray(out, oi + 2 * lanes);
        p3.intoArray(out, oi + 3 * lanes);
    }
}
