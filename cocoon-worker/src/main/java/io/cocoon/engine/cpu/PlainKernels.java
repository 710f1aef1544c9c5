package io.cocoon.engine.cpu;

import io.cocoon.engine.file.Tensor;
import java.util.function.IntUnaryOperator;

/** Loops in plain Java: what runs everywhere, and what faster ones are compared with. */
final class PlainKernels implements Kernels {

    @Override
    public String name() {
        return "plain Java";
    }

    @Override
    public Weights load(Tensor tensor, IntUnaryOperator source) {
        return Matrix.load(tensor, source);
    }

    @Override
    public long bytes(Tensor tensor) {
        return Matrix.bytes(tensor);
    }

    @Override
    public void rmsNorm(float[] x, int xi, float[] weight, double eps, float[] out, int oi) {
        double squares = 0;
        for (int i = 0; i < weight.length; i++) {
            squares += (double) x[xi + i] * x[xi + i];
        }
        float factor = (float) (1 / Math.sqrt(squares / weight.length + eps));
        for (int i = 0; i < weight.length; i++) {
            out[oi + i] = x[xi + i] * factor * weight[i];
        }
    }

    @Override
    public void add(float[] x, float[] y, int from, int n) {
        for (int i = from; i < from + n; i++) {
            x[i] += y[i];
        }
    }

    @Override
    public void gate(float[] x, int xi, int n, boolean gelu, float[] out, int oi) {
        for (int i = 0; i < n; i++) {
            float each = x[xi + i];
            out[oi + i] = (gelu ? gelu(each) : silu(each)) * x[xi + n + i];
        }
    }

    private static float silu(float x) {
        return (float) (x / (1 + Math.exp(-x)));
    }

    private static float gelu(float x) {
        return (float) (0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
    }

    @Override
    public void scores(float[] q, int qi, int size, float[] keys, int key, float scale, float[] scores, int at) {
        // Four tokens at a time, each with a sum of its own, so that the processor need not wait for one.
        for (int t = 0; t < PAGE; t += 4) {
            float s0 = 0;
            float s1 = 0;
            float s2 = 0;
            float s3 = 0;
            for (int i = 0, k = key + t; i < size; i++, k += PAGE) {
                float each = q[qi + i];
                s0 += each * keys[k];
                s1 += each * keys[k + 1];
                s2 += each * keys[k + 2];
                s3 += each * keys[k + 3];
            }
            scores[at + t] = s0 * scale;
            scores[at + t + 1] = s1 * scale;
            scores[at + t + 2] = s2 * scale;
            scores[at + t + 3] = s3 * scale;
        }
    }

    @Override
    public void softmax(float[] scores, int from, int n) {
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

    @Override
    public void mix(
            float[] shares, int at, int count, float[] values, int value, int stride, float[] sum, int si, int size) {
        for (int t = 0; t < count; t++) {
            float share = shares[at + t];
            int from = value + t * stride;
            for (int i = 0; i < size; i++) {
                sum[si + i] += share * values[from + i];
            }
        }
    }
}
