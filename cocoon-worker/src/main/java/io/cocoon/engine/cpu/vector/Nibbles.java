package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Eight weights of 4 bits in an int. */
final class Nibbles extends Integers {

    private static final IntVector FIRST = IntVector.broadcast(Lanes.INTS, 0xf);
    private static final IntVector SECOND = IntVector.broadcast(Lanes.INTS, 0xf0);
    private static final IntVector THIRD = IntVector.broadcast(Lanes.INTS, 0xf00);
    private static final IntVector FOURTH = IntVector.broadcast(Lanes.INTS, 0xf000);

    Nibbles() {
        super(4);
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
            int j = xi + (4 * k + 1) * lanes;
            int shift = (k & 1) << 4;
            FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, x, j);
            FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, x, j + lanes);
            FloatVector x2 = FloatVector.fromArray(Lanes.FLOATS, x, j + 2 * lanes);
            FloatVector x3 = FloatVector.fromArray(Lanes.FLOATS, x, j + 3 * lanes);
            IntVector w0 = IntVector.fromArray(Lanes.INTS, w, i).lanewise(VectorOperators.LSHR, shift);
            p0 = x0.fma((FloatVector) w0.and(FIRST).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p0);
            p0 = x1.fma((FloatVector) w0.and(SECOND).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p0);
            p0 = x2.fma((FloatVector) w0.and(THIRD).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p0);
            p0 = x3.fma((FloatVector) w0.and(FOURTH).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p0);
            IntVector w1 = IntVector.fromArray(Lanes.INTS, w, i + lanes).lanewise(VectorOperators.LSHR, shift);
            p1 = x0.fma((FloatVector) w1.and(FIRST).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p1);
            p1 = x1.fma((FloatVector) w1.and(SECOND).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p1);
            p1 = x2.fma((FloatVector) w1.and(THIRD).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p1);
            p1 = x3.fma((FloatVector) w1.and(FOURTH).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p1);
            IntVector w2 = IntVector.fromArray(Lanes.INTS, w, i + 2 * lanes).lanewise(VectorOperators.LSHR, shift);
            p2 = x0.fma((FloatVector) w2.and(FIRST).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p2);
            p2 = x1.fma((FloatVector) w2.and(SECOND).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p2);
            p2 = x2.fma((FloatVector) w2.and(THIRD).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p2);
            p2 = x3.fma((FloatVector) w2.and(FOURTH).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), p2);
            IntVector w3 = IntVector.fromArray(Lanes.INTS, w, i + 3 * lanes).lanewise(VectorOperators.LSHR, shift);
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
