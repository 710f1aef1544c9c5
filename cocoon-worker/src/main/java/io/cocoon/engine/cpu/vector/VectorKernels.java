package io.cocoon.engine.cpu.vector;

import io.cocoon.engine.cpu.Activations;
import io.cocoon.engine.cpu.Kernels;
import io.cocoon.engine.cpu.Weights;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.WeightType;
import java.util.function.IntUnaryOperator;
import jdk.incubator.vector.FloatVector;

/** Loops with the widest vectors of this machine, of 4 to 16 floats. */
public final class VectorKernels implements Kernels {

    private final Activations activations;

    /**
     * Loops that leave activations as they are.
     *
     * @throws IllegalStateException if the vectors of this machine have another length
     */
    public VectorKernels() {
        this(Activations.EXACT);
    }

    private VectorKernels(Activations activations) {
        if (Lanes.COUNT != 4 && Lanes.COUNT != 8 && Lanes.COUNT != PAGE) {
            throw new IllegalStateException("vectors hold " + Lanes.COUNT + " floats here; wanted 4, 8 or 16");
        }
        this.activations = activations;
    }

    @Override
    public String name() {
        return "vectors of " + Lanes.COUNT + " floats"
                + (activations == Activations.ROUNDED ? ", 8 bits of activations for weights of 4" : "");
    }

    @Override
    public Kernels rounding() {
        return activations == Activations.ROUNDED ? this : new VectorKernels(Activations.ROUNDED);
    }

    @Override
    public Weights load(Tensor tensor, IntUnaryOperator source) {
        if (activations.areRoundedFor(tensor.type())) {
            return RoundedMatrix.load(tensor, source);
        }
        return Loader.load(tensor, source);
    }

    @Override
    public long bytes(Tensor tensor) {
        if (activations.areRoundedFor(tensor.type())) {
            return RoundedMatrix.bytes(tensor);
        }
        Packing packing = new Packing(tensor.type(), Math.toIntExact(tensor.columns()));
        long row = (long) packing.grid().tileInts() / Grid.ROWS * Integer.BYTES;
        return tensor.rows() * (row + (tensor.type() == WeightType.Q4_K ? (long) packing.parts() * Float.BYTES : 0));
    }

    @Override
    public void rmsNorm(float[] x, int xi, float[] weight, double eps, float[] out, int oi) {
        int n = weight.length;
        int whole = n - n % Lanes.COUNT;
        float squares = 0;
        if (whole > 0) {
            FloatVector sum = FloatVector.zero(Lanes.FLOATS);
            for (int i = 0; i < whole; i += Lanes.COUNT) {
                FloatVector each = Lanes.load(x, xi + i);
                sum = each.fma(each, sum);
            }
            // Not reduceLanes: its order is another before and after a method is compiled.
            float[] lanes = new float[Lanes.COUNT];
            sum.intoArray(lanes, 0);
            Lanes.sum(lanes, 1);
            squares = lanes[0];
        }
        for (int i = whole; i < n; i++) {
            squares += x[xi + i] * x[xi + i];
        }
        float factor = (float) (1 / Math.sqrt((double) squares / n + eps));
        FloatVector factors = FloatVector.broadcast(Lanes.FLOATS, factor);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            Lanes.load(x, xi + i).mul(factors).mul(Lanes.load(weight, i)).intoArray(out, oi + i);
        }
        for (int i = whole; i < n; i++) {
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
        Exponential.gate(x, xi, n, gelu, out, oi);
    }

    @Override
    public void scores(float[] q, int qi, int size, float[] keys, int key, float scale, float[] scores, int at) {
        for (int t = 0; t < PAGE; t += Lanes.COUNT) {
            FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
            FloatVector s1 = FloatVector.zero(Lanes.FLOATS);
            for (int i = 0; i < size; i += 2) {
                int from = key + t + i * PAGE;
                s0 = Lanes.load(keys, from).fma(FloatVector.broadcast(Lanes.FLOATS, q[qi + i]), s0);
                s1 = Lanes.load(keys, from + PAGE).fma(FloatVector.broadcast(Lanes.FLOATS, q[qi + i + 1]), s1);
            }
            s0.add(s1).mul(scale).intoArray(scores, at + t);
        }
    }

    @Override
    public void softmax(float[] scores, int from, int n) {
        float most = Float.NEGATIVE_INFINITY;
        for (int i = from; i < from + n; i++) {
            most = Math.max(most, scores[i]);
        }
        Exponential.ofDifferences(scores, from, n, most);
        float sum = 0;
        for (int i = from; i < from + n; i++) {
            sum += scores[i];
        }
        float share = 1 / sum;
        for (int i = from; i < from + n; i++) {
            scores[i] *= share;
        }
    }

    @Override
    public void mix(
            float[] shares, int at, int count, float[] values, int value, int stride, float[] sum, int si, int size) {
        int whole = size - size % Lanes.COUNT;
        int i4 = 0;
        // Four sums at a time: one alone waits for each of its additions.
        for (; i4 + 4 * Lanes.COUNT <= whole; i4 += 4 * Lanes.COUNT) {
            four(shares, at, count, values, value + i4, stride, sum, si + i4);
        }
        for (int i = i4; i < whole; i += Lanes.COUNT) {
            FloatVector all = Lanes.load(sum, si + i);
            for (int t = 0; t < count; t++) {
                all = Lanes.load(values, value + t * stride + i)
                        .fma(FloatVector.broadcast(Lanes.FLOATS, shares[at + t]), all);
            }
            all.intoArray(sum, si + i);
        }
        for (int t = 0; t < count; t++) {
            for (int i = whole; i < size; i++) {
                sum[si + i] += shares[at + t] * values[value + t * stride + i];
            }
        }
    }

    private static void four(
            float[] shares, int at, int count, float[] values, int value, int stride, float[] sum, int si) {
        int lanes = Lanes.COUNT;
        FloatVector s0 = Lanes.load(sum, si);
        FloatVector s1 = Lanes.load(sum, si + lanes);
        FloatVector s2 = Lanes.load(sum, si + 2 * lanes);
        FloatVector s3 = Lanes.load(sum, si + 3 * lanes);
        for (int t = 0; t < count; t++) {
            FloatVector share = FloatVector.broadcast(Lanes.FLOATS, shares[at + t]);
            int from = value + t * stride;
            s0 = Lanes.load(values, from).fma(share, s0);
            s1 = Lanes.load(values, from + lanes).fma(share, s1);
            s2 = Lanes.load(values, from + 2 * lanes).fma(share, s2);
            s3 = Lanes.load(values, from + 3 * lanes).fma(share, s3);
        }
        s0.intoArray(sum, si);
        s1.intoArray(sum, si + lanes);
        s2.intoArray(sum, si + 2 * lanes);
        s3.intoArray(sum, si + 3 * lanes);
    }
}
