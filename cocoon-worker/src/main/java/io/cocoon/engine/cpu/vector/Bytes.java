package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Four weights of 8 bits in an int. */
final class Bytes extends Integers {

    private static final IntVector FIRST = IntVector.broadcast(Lanes.INTS, 0xff);
    private static final IntVector SECOND = IntVector.broadcast(Lanes.INTS, 0xff00);
    private static final IntVector THIRD = IntVector.broadcast(Lanes.INTS, 0xff0000);
    private static final IntVector FOURTH = IntVector.broadcast(Lanes.INTS, 0xff000000);

    Bytes() {
        super(8);
    }

    @Override
    public void dot(int[] w, int at, int ints, float[] x, int xi, float[] out, int oi) {
        int lanes = Lanes.COUNT;
        int n = ints * lanes;
        FloatVector p0 = FloatVector.fromArray(Lanes.FLOATS, x, xi);
        FloatVector p1 = FloatVector.fromArray(Lanes.FLOATS, x, xi);
        FloatVector p2 = FloatVector.fromArray(Lanes.FLOATS, x, xi);
        FloatVector p3 = FloatVector.fromArray(Lanes.FLOATS, x, xi);
        for (int k = 0; k < n; k += lanes) {
            int i = at + k * Grid.ROWS;
            int j = xi + lanes + 4 * k;
            FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, x, j);
            FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, x, j + lanes);
            FloatVector x2 = FloatVector.fromArray(Lanes.FLOATS, x, j + 2 * lanes);
            FloatVector x3 = FloatVector.fromArray(Lanes.FLOATS, x, j + 3 * lanes);
            IntVector w0 = IntVector.fromArray(Lanes.INTS, w, i);
            p0 = x0.fma((FloatVector) w0.and(FIRST).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p0);
            p0 = x1.fma((FloatVector) w0.and(SECOND).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p0);
            p0 = x2.fma((FloatVector) w0.and(THIRD).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p0);
            p0 = x3.fma((FloatVector) w0.and(FOURTH).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p0);
            IntVector w1 = IntVector.fromArray(Lanes.INTS, w, i + lanes);
            p1 = x0.fma((FloatVector) w1.and(FIRST).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p1);
            p1 = x1.fma((FloatVector) w1.and(SECOND).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p1);
            p1 = x2.fma((FloatVector) w1.and(THIRD).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p1);
            p1 = x3.fma((FloatVector) w1.and(FOURTH).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p1);
            IntVector w2 = IntVector.fromArray(Lanes.INTS, w, i + 2 * lanes);
            p2 = x0.fma((FloatVector) w2.and(FIRST).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p2);
            p2 = x1.fma((FloatVector) w2.and(SECOND).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p2);
            p2 = x2.fma((FloatVector) w2.and(THIRD).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p2);
            p2 = x3.fma((FloatVector) w2.and(FOURTH).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p2);
            IntVector w3 = IntVector.fromArray(Lanes.INTS, w, i + 3 * lanes);
            p3 = x0.fma((FloatVector) w3.and(FIRST).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p3);
            p3 = x1.fma((FloatVector) w3.and(SECOND).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p3);
            p3 = x2.fma((FloatVector) w3.and(THIRD).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p3);
            p3 = x3.fma((FloatVector) w3.and(FOURTH).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p3);
        }
        p0.intoArray(out, oi);
        p1.intoArray(out, oi + lanes);
        p2.intoArray(out, oi + 2 * lanes);
        p3.intoArray(out, oi + 3 * lanes);
    }
}
