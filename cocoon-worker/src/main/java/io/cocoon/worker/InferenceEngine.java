package io.cocoon.worker;

import java.util.Optional;

/**
 * What makes the answers of a worker.
 *
 * <p>Called from many threads at once, at most {@link WorkerRuntimeBuilder#maxActiveRequests} of them. Each call runs on
 * a thread of the worker's engine executor, never on an event loop, so it may block.
 *
 * <p>For a chat model with an interface of its own, {@link ChatEngine} does the OpenAI side.
 */
@FunctionalInterface
public interface InferenceEngine extends AutoCloseable {

    /**
     * Answers one request: calls {@link AnswerSink#head} once, {@link AnswerSink#write} for each piece as soon as it is
     * there, and {@link AnswerSink#complete}; or {@link AnswerSink#fail} at any point.
     *
     * <p>A blocking engine does all of this before it returns. An engine with threads of its own may return at once and
     * use the sink later. A sink that is never finished is ended by the query's deadline.
     *
     * @param request what to answer; already validated and, if it was encrypted, decrypted
     * @param sink takes the answer; thread-safe
     * @param cancellation says that nobody waits for the answer any more; an engine should then stop its work soon
     * @throws EngineException with a code and a text that the requester may see
     * @throws Exception any other one becomes an error without its message, which may contain parts of a prompt
     */
    void answer(InferenceRequest request, AnswerSink sink, Cancellation cancellation) throws Exception;

    /**
     * Returns whether requests can be answered now. Called every one to two seconds on the engine executor; may block. The
     * worker tells its proxies when the value changes.
     */
    default boolean isAvailable() {
        return true;
    }

    /** Returns how busy it is; empty if it cannot tell. Called for status pages, from any thread; must not block. */
    default Optional<EngineLoad> currentLoad() {
        return Optional.empty();
    }

    /** Returns what it computes and how fast; empty if it cannot tell. Called from any thread; must not block. */
    default Optional<ModelCard> card() {
        return Optional.empty();
    }

    /** Ends the engine; called once, after the last answer. */
    @Override
    default void close() {}
}
