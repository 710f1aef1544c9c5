package io.cocoon.engine.cpu;

/** The inner loops. The order of a sum depends on nothing but its length, so that a result does not depend on its company. */
final class FloatMath {

    private FloatMath() {}

    /** Returns the sum of products of {@code n} numbers; eight running sums, so that the processor need not wait for one. */
    static float dot(float[] a, int ai, float[] b, int bi, int n) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        float s4 = 0;
        float s5 = 0;
        float s6 = 0;
        float s7 = 0;
        int i = 0;
        for (int last = n - 7; i < last; i += 8) {
            s0 += a[ai + i] * b[bi + i];
            s1 += a[ai + i + 1] * b[bi + i + 1];
            s2 += a[ai + i + 2] * b[bi + i + 2];
            s3 += a[ai + i + 3] * b[bi + i + 3];
            s4 += a[ai + i + 4] * b[bi + i + 4];
            s5 += a[ai + i + 5] * b[bi + i + 5];
            s6 += a[ai + i + 6] * b[bi + i + 6];
            s7 += a[ai + i + 7] * b[bi + i + 7];
        }
        float sum = ((s0 + s4) + (s1 + s5)) + ((s2 + s6) + (s3 + s7));
        for (; i < n; i++) {
            sum += a[ai + i] * b[bi + i];
        }
        return sum;
    }

    /** Writes the normalised numbers times {@code weight} to {@code out}; may be done in place. */
    static void rmsNorm(float[] x, int xi, float[] weight, double eps, float[] out, int oi) {
        double squares = 0;
        for (int i = 0; i < weight.length; i++) {
            squares += (double) x[xi + i] * x[xi + i];
        }
        float factor = (float) (1 / Math.sqrt(squares / weight.length + eps));
        for (int i = 0; i < weight.length; i++) {
            out[oi + i] = x[xi + i] * factor * weight[i];
        }
    }

    /** Turns the first half of a head against the second. */
    static void rotate(float[] x, int at, float[] cos, float[] sin, int from, int half) {
        for (int i = 0; i < half; i++) {
            float a = x[at + i];
            float b = x[at + half + i];
            x[at + i] = a * cos[from + i] - b * sin[from + i];
            x[at + half + i] = b * cos[from + i] + a * sin[from + i];
        }
    }

    /** Turns scores into shares in place. */
    static void softmax(float[] scores, int from, int n) {
        float most = Float.NEGATIVE_INFINITY;
        for (int i = from; i < from + n; i++) {
            most = Math.max(most, scores[i]);
        }
        float sum = 0;
        for (int i = from; i < from + n; i++) {
            scores[i] = (float) Math.exp(scores[i] - most);
            sum += scores[i];
        }
        for (int i = from; i < from + n; i++) {
            scores[i] /= sum;
        }
    }

    /** x / (1 + e^-x). */
    static float silu(float x) {
        return (float) (x / (1 + Math.exp(-x)));
    }

    /** The Gaussian unit in its form with tanh. */
    static float gelu(float x) {
        return (float) (0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
    }
}
