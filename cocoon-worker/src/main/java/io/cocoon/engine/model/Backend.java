package io.cocoon.engine.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

    /** What is wanted behind the tokens of a step. The less it is, the less is computed and copied. */
    enum Wanted {
        /** Nothing: more of the prompt follows. The product with the whole vocabulary is left out. */
        NOTHING,
        /** The likeliest id behind the last token, without any logits. */
        LIKELIEST,
        /** The highest logits behind the last token; only for a backend that finds some, see {@link #mostCandidates}. */
        CANDIDATES,
        /** The logits behind the last token. */
        LAST,
        /** The logits behind each token. */
        EVERY
    }

    /** Chooses a token from candidates, and may find that they are not enough. */
    interface Chooser {

        /** Is content with any candidates, and wants no sum of powers. */
        Chooser CONTENT = new Chooser() {
            @Override
            public double temperature() {
                return 0;
            }

            @Override
            public boolean isDecided(Candidates candidates) {
                return true;
            }
        };

        /** Returns what logits are divided by in {@link Candidates#powers}; 0 if that sum is not wanted. */
        double temperature();

        /**
         * Returns whether these candidates decide which token it is. If not, the result has all logits in their place. Asked within
         * {@link Backend#compute}, by its thread; changes nothing.
         */
        boolean isDecided(Candidates candidates);
    }

    /**
     * Tokens to append to a sequence.
     *
     * @param sequence which one
     * @param tokens one or more ids
     * @param wanted what is to be given back
     * @param chooser who uses the candidates, if these are wanted
     */
    record Step(Sequence sequence, int[] tokens, Wanted wanted, Chooser chooser) {

        /** Makes a step whose candidates are enough in any case, if it wants some. */
        public Step(Sequence sequence, int[] tokens, Wanted wanted) {
            this(sequence, tokens, wanted, Chooser.CONTENT);
        }

        /** Makes a step that wants the logits behind each token, or behind the last one only. */
        public Step(Sequence sequence, int[] tokens, boolean everyPosition) {
            this(sequence, tokens, everyPosition ? Wanted.EVERY : Wanted.LAST);
        }

        /** Returns behind how many tokens, counted from the last, logits have to be computed. */
        public int rows() {
            return switch (wanted) {
                case NOTHING -> 0;
                case LIKELIEST, CANDIDATES, LAST -> 1;
                case EVERY -> tokens.length;
            };
        }
    }

    /**
     * What a step gave.
     *
     * @param logits {@code [positions][vocabulary]} for {@link Wanted#LAST} and {@link Wanted#EVERY}, and for {@link
     *     Wanted#CANDIDATES} that did not decide; else empty. The caller may change them
     * @param likeliest for {@link Wanted#LIKELIEST} the id with the highest logit, the lowest one of equals; else -1
     * @param candidates for {@link Wanted#CANDIDATES} that decided, else null
     */
    record Result(float[][] logits, int likeliest, @Nullable Candidates candidates) {

        /** Makes one without candidates. */
        public Result(float[][] logits, int likeliest) {
            this(logits, likeliest, null);
        }
    }

    /**
     * The highest logits of real tokens.
     *
     * @param ids highest first, equal ones by id; {@link #mostCandidates} of them, or all if there are fewer
     * @param logits of these
     * @param logSum what has to be taken off a logit to get the logarithm of its probability among all real tokens
     * @param powers the sum of exp((logit - highest) / temperature) over all real tokens, known up to {@link #powersError}; NaN if
     *     the chooser wants none, and where logits are no numbers
     */
    record Candidates(int[] ids, float[] logits, double logSum, double powers) {

        /**
         * Returns by how much of itself {@link #powers} may differ from the sum that adding in any other order gives, whose every
         * exponential is within 16 units in the last place.
         *
         * <p>With u = 2^-53 and n tokens: adding n positive numbers one by one is within n u. Exponents are a difference divided by a
         * temperature, or two such if it is taken to a part's highest logit first, so each is within 2 u of itself; beyond 746 there is
         * no power left, so a power is within 4 * 746 u for its exponents and 32 u for its exponential. For both sums together 2 (n +
         * 3016) u; this is twice that and more. Powers below the smallest number are lost, at most n 2^-1073 of a sum that is at least 1.
         */
        public static double powersError(int vocabulary) {
            return (vocabulary + 4096) * 0x1p-51;
        }
    }

    /** Returns the shape of the model. */
    ModelShape shape();

    /** Returns how many of the highest logits this backend finds itself; 0 if it finds none, so that they have to be asked for. */
    default int mostCandidates() {
        return 0;
    }

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
     * @return for each step its logits, {@code [positions][vocabulary]}: {@link Step#rows} of them, so that one is there for {@link
     *     Wanted#LIKELIEST} and {@link Wanted#CANDIDATES} too
     * @throws IllegalArgumentException if an id is outside the vocabulary or a sequence would outgrow the context
     */
    List<float[][]> run(List<Step> steps);

    /**
     * Appends tokens to sequences like {@link #run}, and gives back no more than each step wants. A backend with memory of its own
     * should choose the likeliest ids there, so that no logits are copied for them; here they are found in the logits.
     *
     * @param steps at most one for each sequence
     * @param vocabulary how many ids are real tokens, 1 to the model's vocabulary; no other one is likeliest
     * @return one for each step
     * @throws IllegalArgumentException as {@link #run}, or if candidates are asked of a backend that finds none
     */
    default List<Result> compute(List<Step> steps, int vocabulary) {
        if (steps.stream().anyMatch(step -> step.wanted() == Wanted.CANDIDATES)) {
            throw new IllegalArgumentException("this backend finds no candidates");
        }
        List<float[][]> logits = run(steps);
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            results.add(
                    steps.get(i).wanted() == Wanted.LIKELIEST
                            ? new Result(new float[0][], highest(logits.get(i)[0], vocabulary))
                            : new Result(logits.get(i), -1));
        }
        return results;
    }

    /** Returns the first index, below {@code limit}, of the highest number. */
    static int highest(float[] logits, int limit) {
        int best = 0;
        float most = logits[0];
        for (int i = 1; i < limit; i++) {
            if (logits[i] > most) {
                best = i;
                most = logits[i];
            }
        }
        return best;
    }

    /** Frees everything. */
    @Override
    void close();
}
