package io.cocoon.engine.serve;

import java.util.List;

/**
 * A token of an answer.
 *
 * @param id its id
 * @param logprob natural logarithm of the probability that the model itself gave it: before bias, constraint, penalties and
 *     temperature; NaN if it was not asked for
 * @param top the likeliest tokens at this place, likeliest first, as many as were asked for
 */
public record Token(int id, double logprob, List<Share> top) {

    /**
     * A token that could have come.
     *
     * @param id its id
     * @param logprob natural logarithm of its probability
     */
    public record Share(int id, double logprob) {}

    public Token {
        top = List.copyOf(top);
    }
}
