package io.cocoon.worker;

/** Takes the text of one answer. Confined to the thread that {@link ChatModel#reply} runs on. */
public interface TokenSink {

    /**
     * Passes on a piece of text, as a rule one token. Waits while the requester's connection takes nothing.
     *
     * @return false when the answer is no longer wanted; the model should then return
     * @throws InterruptedException if the thread is interrupted
     */
    boolean emit(String text) throws InterruptedException;

    /**
     * States the tokens for the bill. Without it every emitted piece counts as one token, and the prompt as one token for
     * every four characters.
     *
     * @param prompt tokens of the prompt, those from a cache included
     * @param cached tokens of the prompt that came from a cache
     * @param completion tokens of the answer, those of reasoning included
     * @param reasoning tokens of the answer that were reasoning
     */
    void usage(long prompt, long cached, long completion, long reasoning);

    /** States why the answer ends, {@code stop} if not called; the other common one is {@code length}. */
    void finishReason(String reason);
}
