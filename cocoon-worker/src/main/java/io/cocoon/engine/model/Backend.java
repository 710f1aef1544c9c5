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

        /**
         * Shares a whole page of this sequence: it stays when the sequence is closed, until the page is closed too.
         *
         * @param index counted from 0; all {@link Backend#pageTokens} tokens of it have been appended
         * @throws UnsupportedOperationException if the backend shares no pages
         */
        default Page sharePage(int index) {
            throw new UnsupportedOperationException("this backend shares no pages, asked for page " + index);
        }

        /** Frees its memory; may be called more than once. */
        @Override
        void close();
    }

    /** The keys and values of a run of tokens, which several sequences may read. */
    interface Page extends AutoCloseable {

        /** Gives this reference back, once; the memory is free when no sequence and no other reference holds the page. */
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

    /** Returns how many tokens a page holds that sequences can share; 0 if this backend shares none. */
    default int pageTokens() {
        return 0;
    }

    /**
     * Begins a sequence with the tokens of shared pages. It behaves as if they had been appended to it, bit for bit.
     *
     * @param prefix in the order of the tokens; the caller keeps its references
     * @throws UnsupportedOperationException if the backend shares no pages and there are some
     */
    default Sequence newSequence(List<Page> prefix) {
        if (!prefix.isEmpty()) {
            throw new UnsupportedOperationException("this backend shares no pages, got " + prefix.size());
        }
        return newSequence();
    }

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
