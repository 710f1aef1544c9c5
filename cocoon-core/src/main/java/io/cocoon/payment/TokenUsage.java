package io.cocoon.payment;

/**
 * Tokens of text as the model server counts them, before any price factor.
 *
 * @param prompt tokens of the prompt, those from the cache included
 * @param cached tokens of the prompt that came from the cache
 * @param completion tokens of the answer, those of reasoning included
 * @param reasoning tokens of the answer that were reasoning
 */
public record TokenUsage(long prompt, long cached, long completion, long reasoning) {

    /** Nothing used. */
    public static final TokenUsage NONE = new TokenUsage(0, 0, 0, 0);
}
