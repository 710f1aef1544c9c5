package io.cocoon.worker;

/**
 * How busy an engine is, at one moment. Tokens are places in its cache of keys and values. Immutable.
 *
 * @param device what computes, for people
 * @param running answers being made
 * @param waiting requests that wait for a place
 * @param reservedTokens of running answers, in whole pages
 * @param keptTokens kept for beginnings of prompts that may come again; given up when the room is needed
 * @param maxTokens how many there are
 * @param weightBytes memory of the weights
 * @param tokenBytes memory of one token
 */
public record EngineLoad(
        String device,
        int running,
        int waiting,
        long reservedTokens,
        long keptTokens,
        long maxTokens,
        long weightBytes,
        long tokenBytes) {

    /** Returns the memory of weights, running answers and kept tokens, in bytes. */
    public long usedBytes() {
        return weightBytes + (reservedTokens + keptTokens) * tokenBytes;
    }
}
