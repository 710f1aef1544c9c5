package io.cocoon.engine.cpu;

import io.cocoon.engine.file.WeightType;

/**
 * A matrix in memory, in the order that the loops which made it read best. Immutable; may be read by many threads.
 */
public interface Weights {

    /** Rows are shared out to threads in multiples of this. */
    int ROWS = 4;

    /** Returns how the weights were stored in the file. */
    WeightType type();

    /** Returns the number of rows. */
    int rows();

    /** Returns the number of weights in a row. */
    int columns();

    /** Writes the values of a row to the front of {@code out}. */
    void widen(int row, float[] out);

    /** Returns how many floats the activations of one token take when they are arranged; at least {@link #columns}. */
    int width();

    /** Returns whether activations that were arranged for the other matrix are arranged for this one. */
    boolean arrangedAs(Weights other);

    /**
     * Puts the activations of one token into the order of the weights.
     *
     * @param x {@link #columns} numbers from {@code xi} on
     * @param out gets {@link #width} numbers from {@code oi} on
     */
    void arrange(float[] x, int xi, float[] out, int oi);

    /**
     * Multiplies some rows with the activations of all tokens. A result does not depend on how many rows or tokens there are, bit
     * for bit.
     *
     * @param from first row, a multiple of {@link #ROWS}
     * @param to last row, exclusive
     * @param x arranged activations, {@code [tokens][width]}, from {@code xi} on
     * @param out gets row {@code r} of token {@code t} at {@code t * stride + at + r}
     * @param scratch for the thread's own use
     */
    void multiply(int from, int to, float[] x, int xi, int tokens, float[] out, int at, int stride, Scratch scratch);
}
