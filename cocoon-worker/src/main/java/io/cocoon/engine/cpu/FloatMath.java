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

    /** Turns the first half of a head against the second, by {@code half} cosines and as many sines. */
    static void rotate(float[] x, int at, float[] turns, int from, int half) {
        for (int i = 0; i < half; i++) {
            float a = x[at + i];
            float b = x[at + half + i];
            float cos = turns[from + i];
            float sin = turns[from + half + i];
            x[at + i] = a * cos - b * sin;
            x[at + half + i] = b * cos + a * sin;
        }
    }
}
