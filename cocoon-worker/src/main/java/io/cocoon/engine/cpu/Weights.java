package io.cocoon.engine.cpu;

import io.cocoon.engine.file.WeightType;

/**
 * A matrix in memory, in the order that the loops which made it read best. Immutable; may be read by many threads.
 */
public interface Weights {

    /** Returns how the weights were stored in the file. */
    WeightType type();

    /** Returns the number of rows. */
    int rows();

    /** Returns the number of weights in a row. */
    int columns();

    /** Returns how many rows are computed together; threads share them out in multiples of this, which is a power of two. */
    int rowsTogether();

    /** Writes the values of a row to the front of {@code out}. */
    void widen(int row, float[] out);

    /** Returns how many floats the activations of one token take when they are arranged. */
    int width();

    /** Returns how many whole numbers they take. */
    int wholeWidth();

    /** Returns whether activations that were arranged for the other matrix are arranged for this one. */
    boolean arrangedAs(Weights other);

    /**
     * Puts the activations of one token into the order of the weights.
     *
     * @param x {@link #columns} numbers from {@code xi} on
     * @param out gets the numbers of token {@code token}, behind those of the ones before
     */
    void arrange(float[] x, int xi, Arranged out, int token);

    /**
     * Multiplies some rows with the activations of all tokens. A result does not depend on how many rows or tokens there are, bit
     * for bit.
     *
     * @param from first row, a multiple of {@link #rowsTogether}
     * @param to last row, exclusive
     * @param x arranged activations
     * @param out gets row {@code r} of token {@code t} at {@code t * stride + at + r}
     * @param scratch for the thread's own use
     */
    void multiply(int from, int to, Arranged x, int tokens, float[] out, int at, int stride, Scratch scratch);
}
