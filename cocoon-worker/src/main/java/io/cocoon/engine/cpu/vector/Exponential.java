package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** e to the x and what is made of it: 2 to a whole number, times a polynomial of what is left; off by 2 units in the last place. */
final class Exponential {

    private static final float LOG2_E = 1.44269504f;
    /** ln 2 in two parts, the first of which times a whole number is exact. */
    private static final float LN2_HIGH = 0.693359375f;

    private static final float LN2_LOW = -2.12194440e-4f;

    /** Adding this to a number below 2^22 rounds it, and its lower bits are the whole number. */
    private static final float ROUND = 0x1.8p23f;

    private static final float LEAST = -87;
    private static final float MOST = 88;

    private static final float GELU = (float) (2 * Math.sqrt(2 / Math.PI));

    private Exponential() {}

    private static FloatVector exp(FloatVector x) {
        FloatVector within = x.max(LEAST).min(MOST);
        FloatVector shifted = within.mul(LOG2_E).add(ROUND);
        FloatVector whole = shifted.sub(ROUND);
        FloatVector rest = within.sub(whole.mul(LN2_HIGH)).sub(whole.mul(LN2_LOW));
        FloatVector sum = rest.mul(1f / 720).add(1f / 120);
        sum = sum.mul(rest).add(1f / 24);
        sum = sum.mul(rest).add(1f / 6);
        sum = sum.mul(rest).add(0.5f);
        sum = sum.mul(rest).add(1);
        sum = sum.mul(rest).add(1);
        IntVector power = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
        return sum.reinterpretAsInts().add(power).reinterpretAsFloats();
    }

    /** Replaces each number by e to the power of its difference to {@code most}. */
    static void ofDifferences(float[] x, int from, int n, float most) {
        int i = from;
        for (int end = from + n - n % Lanes.COUNT; i < end; i += Lanes.COUNT) {
            exp(Lanes.load(x, i).sub(most)).intoArray(x, i);
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
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            FloatVector each = Lanes.load(x, xi + i);
            FloatVector y = each.mul(each).mul(cubic).add(linear).mul(each);
            each.div(exp(y.neg()).add(1)).mul(Lanes.load(x, xi + n + i)).intoArray(out, oi + i);
        }
        for (int i = whole; i < n; i++) {
            float each = x[xi + i];
            float y = (each * each * cubic + linear) * each;
            out[oi + i] = (float) (each / (1 + Math.exp(-y))) * x[xi + n + i];
        }
    }
}
