package io.cocoon.engine.model;

import java.util.List;

/**
 * Computes a model. Used by one thread at a time; sequences belong to the backend that made them.
 *
 * <p>What a step gives for a sequence does not depend on which other sequences are in it, nor on how its tokens are cut into
 * steps: results are equal bit for bit.
 */
public interface Backend extends AutoCloseable {

    /** A running sequence: the keys and values of its tokens so far. Closed when it is not needed any more. */
    interface Sequence extends AutoCloseable {

        /** Returns how many tokens it holds. */
        int length();

        /** Forgets all tokens from {@code length} on. */
        void truncate(int length);

        /** Frees its memory; may be called more than once. */
        @Override
        void close();
    }

    /**
     * Tokens to append to a sequence.
     *
     * @param sequence which one
     * @param tokens one or more ids
     * @param everyPosition whether logits are wanted for each token, or for the last one only
     */
    record Step(Sequence sequence, int[] tokens, boolean everyPosition) {}

    /** Returns the shape of the model. */
    ModelShape shape();

    /** Begins a sequence without tokens. */
    Sequence newSequence();

    /**
     * Appends tokens to sequences, all at once.
     *
     * @param steps at most one for each sequence
     * @return for each step the logits, {@code [positions][vocabulary]}
     * @throws IllegalArgumentException if an id is outside the vocabulary or a sequence would outgrow the context
     */
    List<float[][]> run(List<Step> steps);

    /** Frees everything. */
    @Override
    void close();
}
