package io.cocoon.engine.serve;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/**
 * What an answer is asked for.
 *
 * @param prompt one or more ids
 * @param maxTokens the longest choice, 1 or more; cut to what the context leaves
 * @param choices how many answers to the same prompt, 1 or more; each draws with numbers of its own
 * @param options how tokens are chosen
 * @param topLogprobs if there, the log-probability of every token is given, with those of so many of the likeliest ones
 * @param cacheKey requests that state the same text share the keys and values of equal beginnings; without one, only the
 *     choices of this request do
 * @param constraint makes for each choice what limits its tokens
 * @param caller with whom it shares its turns while it waits
 */
public record GenerationRequest(
        int[] prompt,
        int maxTokens,
        int choices,
        SamplingOptions options,
        OptionalInt topLogprobs,
        Optional<String> cacheKey,
        Optional<Supplier<Constraint>> constraint,
        Caller caller) {

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException naming what is out of its range
     */
    public GenerationRequest {
        prompt = prompt.clone();
        if (prompt.length == 0 || maxTokens < 1 || choices < 1) {
            throw new IllegalArgumentException("a prompt, an answer and a choice at least, got " + prompt.length
                    + " tokens, up to " + maxTokens + " tokens and " + choices + " choices");
        }
    }

    /** Makes one for a single choice without further wishes. */
    public static GenerationRequest of(int[] prompt, int maxTokens, SamplingOptions options) {
        return new GenerationRequest(
                prompt, maxTokens, 1, options, OptionalInt.empty(), Optional.empty(), Optional.empty(), Caller.UNKNOWN);
    }

    /** Returns the same with several choices. */
    public GenerationRequest withChoices(int value) {
        return new GenerationRequest(prompt, maxTokens, value, options, topLogprobs, cacheKey, constraint, caller);
    }

    /** Returns the same with log-probabilities. */
    public GenerationRequest withTopLogprobs(int count) {
        return new GenerationRequest(
                prompt, maxTokens, choices, options, OptionalInt.of(count), cacheKey, constraint, caller);
    }

    /** Returns the same with a key of the cache. */
    public GenerationRequest withCacheKey(String key) {
        return new GenerationRequest(
                prompt, maxTokens, choices, options, topLogprobs, Optional.of(key), constraint, caller);
    }

    /** Returns the same with a constraint on each choice. */
    public GenerationRequest withConstraint(Supplier<Constraint> each) {
        return new GenerationRequest(
                prompt, maxTokens, choices, options, topLogprobs, cacheKey, Optional.of(each), caller);
    }

    /** Returns the same from a caller. */
    public GenerationRequest withCaller(Caller value) {
        return new GenerationRequest(prompt, maxTokens, choices, options, topLogprobs, cacheKey, constraint, value);
    }
}
