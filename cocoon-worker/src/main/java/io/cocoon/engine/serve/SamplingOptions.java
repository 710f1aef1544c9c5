package io.cocoon.engine.serve;

import java.util.Map;

/**
 * How the next token is chosen. Immutable.
 *
 * @param temperature 0 takes the likeliest token; 1 leaves the model's own distribution; at most 2 in OpenAI's API
 * @param topP the smallest set of likeliest tokens that has this much of the probability; above 0, at most 1
 * @param topK how many of the likeliest tokens count; 0 for all
 * @param minP tokens below this share of the likeliest one's probability do not count; 0 to 1
 * @param frequencyPenalty taken off a token's logit for each time that it was generated
 * @param presencePenalty taken off once if it was generated at all
 * @param repetitionPenalty divides positive logits and multiplies negative ones of tokens in prompt or answer; 1 for none
 * @param bias added to the logits of single tokens
 * @param seed of the draws
 */
public record SamplingOptions(
        double temperature,
        double topP,
        int topK,
        double minP,
        double frequencyPenalty,
        double presencePenalty,
        double repetitionPenalty,
        Map<Integer, Double> bias,
        long seed) {

    /** Always the likeliest token. */
    public static final SamplingOptions GREEDY = new SamplingOptions(0, 1, 0, 0, 0, 0, 1, Map.of(), 0);

    /**
     * Checks the ranges.
     *
     * @throws IllegalArgumentException naming the option that is out of its range
     */
    public SamplingOptions {
        bias = Map.copyOf(bias);
        range("temperature", temperature, 0, 100);
        range("top_p", topP, Double.MIN_NORMAL, 1);
        range("top_k", topK, 0, Integer.MAX_VALUE);
        range("min_p", minP, 0, 1);
        range("frequency_penalty", frequencyPenalty, -2, 2);
        range("presence_penalty", presencePenalty, -2, 2);
        range("repetition_penalty", repetitionPenalty, 0.01, 100);
    }

    private static void range(String name, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException(name + " is " + value + "; wanted " + least + " to " + most);
        }
    }

    /** Returns the same options with another seed. */
    public SamplingOptions withSeed(long newSeed) {
        return new SamplingOptions(
                temperature, topP, topK, minP, frequencyPenalty, presencePenalty, repetitionPenalty, bias, newSeed);
    }
}
