package io.cocoon.worker;

/** A chat model of one's own. {@link ChatEngine} puts the OpenAI API around it. */
@FunctionalInterface
public interface ChatModel {

    /**
     * Answers; may be called from many threads at once and may block.
     *
     * @param request what was asked
     * @param out takes the answer, piece by piece; returning from this method ends the answer
     * @throws EngineException with a code and a text that the requester may see
     * @throws Exception any other one becomes an error without its message
     */
    void reply(ChatRequest request, TokenSink out) throws Exception;
}
