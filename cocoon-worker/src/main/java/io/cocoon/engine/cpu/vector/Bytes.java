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
    public void dot(
            int[] w, int at, int ints, int groups, float[] x, int xi, float[] scales, int si, float[] out, int oi) {
        int lanes = Lanes.COUNT;
        int n = ints * lanes;
        for (int g = 0; g < groups; g++) {
            int from = at + g * Grid.ROWS * n;
            int activation = xi + g * (4 * n + lanes);
            FloatVector p0 = FloatVector.fromArray(Lanes.FLOATS, x, activation);
            FloatVector p1 = p0;
            FloatVector p2 = p0;
            FloatVector p3 = p0;
            for (int k = 0; k < n; k += lanes) {
                int i = from + k * Grid.ROWS;
                int j = activation + lanes + 4 * k;
                FloatVector x0 = FloatVector.fromArray(Lanes.FLOATS, x, j);
                FloatVector x1 = FloatVector.fromArray(Lanes.FLOATS, x, j + lanes);
                FloatVector x2 = FloatVector.fromArray(Lanes.FLOATS, x, j + 2 * lanes);
                FloatVector x3 = FloatVector.fromArray(Lanes.FLOATS, x, j + 3 * lanes);
                IntVector w0 = IntVector.fromArray(Lanes.INTS, w, i);
                p0 = ((FloatVector) w0.and(FIRST).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x0, p0);
                p0 = ((FloatVector) w0.and(SECOND).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x1, p0);
                p0 = ((FloatVector) w0.and(THIRD).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x2, p0);
                p0 = ((FloatVector) w0.and(FOURTH).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x3, p0);
                IntVector w1 = IntVector.fromArray(Lanes.INTS, w, i + lanes);
                p1 = ((FloatVector) w1.and(FIRST).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x0, p1);
                p1 = ((FloatVector) w1.and(SECOND).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x1, p1);
                p1 = ((FloatVector) w1.and(THIRD).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x2, p1);
                p1 = ((FloatVector) w1.and(FOURTH).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x3, p1);
                IntVector w2 = IntVector.fromArray(Lanes.INTS, w, i + 2 * lanes);
                p2 = ((FloatVector) w2.and(FIRST).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x0, p2);
                p2 = ((FloatVector) w2.and(SECOND).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x1, p2);
                p2 = ((FloatVector) w2.and(THIRD).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x2, p2);
                p2 = ((FloatVector) w2.and(FOURTH).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x3, p2);
                IntVector w3 = IntVector.fromArray(Lanes.INTS, w, i + 3 * lanes);
                p3 = ((FloatVector) w3.and(FIRST).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x0, p3);
                p3 = ((FloatVector) w3.and(SECOND).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x1, p3);
                p3 = ((FloatVector) w3.and(THIRD).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x2, p3);
                p3 = ((FloatVector) w3.and(FOURTH).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0)).fma(x3, p3);
            }
            int s = si + g * Grid.ROWS * lanes;
            p0.fma(FloatVector.fromArray(Lanes.FLOATS, scales, s), FloatVector.fromArray(Lanes.FLOATS, out, oi))
                    .intoArray(out, oi);
            p1.fma(
                            FloatVector.fromArray(Lanes.FLOATS, scales, s + lanes),
                            FloatVector.fromArray(Lanes.FLOATS, out, oi + lanes))
                    .intoArray(out, oi + lanes);
            p2.fma(
                            FloatVector.fromArray(Lanes.FLOATS, scales, s + 2 * lanes),
                            FloatVector.fromArray(Lanes.FLOATS, out, oi + 2 * lanes))
                    .intoArray(out, oi + 2 * lanes);
            p3.fma(
                            FloatVector.fromArray(Lanes.FLOATS, scales, s + 3 * lanes),
                            FloatVector.fromArray(Lanes.FLOATS, out, oi + 3 * lanes))
                    .intoArray(out, oi + 3 * lanes);
        }
    }
}
