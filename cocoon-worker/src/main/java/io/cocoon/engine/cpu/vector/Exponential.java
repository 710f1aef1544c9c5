package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** e to the x and what is made of it: 2 to a whole number, times a polynomial of what is left; off by 2 units in the last place. */
final class Exponential {

    private static final FloatVector LOG2_E = constant(1.44269504f);

    /** ln 2 in two parts, the first of which times a whole number is exact; negated. */
    private static final FloatVector LN2_HIGH = constant(-0.693359375f);

    private static final FloatVector LN2_LOW = constant(2.12194440e-4f);

    /** Adding this to a number below 2^22 rounds it, and its lower bits are the whole number. */
    private static final FloatVector ROUND = constant(0x1.8p23f);

    private static final FloatVector LEAST = constant(-87);
    private static final FloatVector MOST = constant(88);

    private static final FloatVector ONE_720TH = constant(1f / 720);
    private static final FloatVector ONE_120TH = constant(1f / 120);
    private static final FloatVector ONE_24TH = constant(1f / 24);
    private static final FloatVector A_SIXTH = constant(1f / 6);
    private static final FloatVector HALF = constant(0.5f);
    private static final FloatVector ONE = constant(1);

    private static final float GELU = (float) (2 * Math.sqrt(2 / Math.PI));

    private Exponential() {}

    /** A number in an operation takes the compiler twice as much as a vector of it; see {@link Integers}. */
    private static FloatVector constant(float value) {
        return FloatVector.broadcast(Lanes.FLOATS, value);
    }

    private static FloatVector exp(FloatVector x) {
        FloatVector within = x.max(LEAST).min(MOST);
        FloatVector shifted = within.fma(LOG2_E, ROUND);
        FloatVector whole = shifted.sub(ROUND);
        FloatVector rest = whole.fma(LN2_LOW, whole.fma(LN2_HIGH, within));
        FloatVector sum = rest.fma(ONE_720TH, ONE_120TH);
        sum = rest.fma(sum, ONE_24TH);
        sum = rest.fma(sum, A_SIXTH);
        sum = rest.fma(sum, HALF);
        sum = rest.fma(sum, ONE);
        sum = rest.fma(sum, ONE);
        IntVector power = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        return sum.reinterpretAsInts().add(power).reinterpretAsFloats();
    }

    /** Replaces each number by e to the power of its difference to {@code most}. */
    static void ofDifferences(float[] x, int from, int n, float most) {
        int i = from;
        FloatVector highest = constant(most);
        for (int end = from + n - n % Lanes.COUNT; i < end; i += Lanes.COUNT) {
            exp(Lanes.load(x, i).sub(highest)).intoArray(x, i);
        }
        for (; i < from + n; i++) {
            x[i] = (float) Math.exp(x[i] - most);
        }
    }

    /** As {@link io.cocoon.engine.cpu.Kernels#gate}: both activations are x / (1 + e^-y), for y = x and for a polynomial of x. */
    static void gate(float[] x, int xi, int n, boolean gelu, float[] out, int oi) {
        int whole = n - n % Lanes.COUNT;
        float cubic = gelu ? GELU * 0.044715f : 0;
        float linear = gelu ? GELU : 1;
        FloatVector third = constant(-cubic);
        FloatVector first = constant(-linear);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            FloatVector each = Lanes.load(x, xi + i);
            FloatVector negated = each.mul(each).fma(third, first).mul(each);
            each.div(exp(negated).add(ONE)).mul(Lanes.load(x, xi + n + i)).intoArray(out, oi + i);
        }
        for (int i = whole; i < n; i++) {
            float each = x[xi + i];
            float y = (each * each * cubic + linear) * each;
            out[oi + i] = (float) (each / (1 + Math.exp(-y))) * x[xi + n + i];
        }
    }
}
