package io.cocoon.engine.serve;

/**
 * Says which tokens may come next in one answer, for example so that it becomes JSON of a certain form. Used by the
 * scheduler's thread only.
 */
public interface Constraint {

    /**
     * Sets the logits of all tokens that must not come next to minus infinity.
     *
     * @param logits one for each row of the model's embedding
     */
    void mask(float[] logits);

    /** Takes the token that was chosen, one that {@link #mask} left. */
    void accept(int id);

    /** Returns whether the answer is whole and nothing can follow. */
    boolean isComplete();
}
