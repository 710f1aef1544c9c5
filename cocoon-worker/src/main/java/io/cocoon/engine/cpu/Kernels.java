package io.cocoon.engine.cpu;

import io.cocoon.engine.file.Tensor;
import java.util.function.IntUnaryOperator;

/** The inner loops of the processor backend. Thread-safe. Sums have an order that depends on their length only. */
public interface Kernels {

    /** Tokens on a page of keys and values. */
    int PAGE = 16;

    /** Returns what computes, for the log. */
    String name();

    /**
     * Returns loops that round activations to 8 bits where that is faster; these ones if it is so nowhere, or if they do already.
     */
    default Kernels rounding() {
        return this;
    }

    /**
     * Copies a matrix out of its file.
     *
     * @param source for each row of the result the row of the file
     */
    Weights load(Tensor tensor, IntUnaryOperator source);

    /** Returns how many bytes of memory {@link #load} takes for a matrix. */
    long bytes(Tensor tensor);

    /** Writes {@code weight.length} normalised numbers times {@code weight} to {@code out}; may be done in place. */
    void rmsNorm(float[] x, int xi, float[] weight, double eps, float[] out, int oi);

    /** Adds {@code n} numbers to {@code x}. */
    void add(float[] x, float[] y, int from, int n);

    /**
     * Multiplies the activation of {@code n} numbers with the {@code n} numbers behind them.
     *
     * @param gelu whether it is the Gaussian unit in its form with tanh, and not x / (1 + e^-x)
     * @param out gets the products from {@code oi} on
     */
    void gate(float[] x, int xi, int n, boolean gelu, float[] out, int oi);

    /**
     * Compares a query with the keys of a page.
     *
     * @param keys {@code [size][PAGE]}, from {@code key} on
     * @param scores gets {@link #PAGE} products times {@code scale} from {@code at} on
     */
    void scores(float[] q, int qi, int size, float[] keys, int key, float scale, float[] scores, int at);

    /** Turns {@code n} scores into shares in place. */
    void softmax(float[] scores, int from, int n);

    /**
     * Adds {@code count} values, each times its share, to {@code sum}.
     *
     * @param values a row of {@code size} numbers each {@code stride} numbers, from {@code value} on
     */
    void mix(float[] shares, int at, int count, float[] values, int value, int stride, float[] sum, int si, int size);
}
