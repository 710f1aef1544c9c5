package io.cocoon.worker;

import io.cocoon.protocol.HttpHeader;
import io.cocoon.tl.Bytes;
import java.util.List;

/**
 * Takes one answer, in the shape of an HTTP response, and passes each piece on at once.
 *
 * <p>Thread-safe; no method but {@link #awaitWritable} blocks. After the end, and after a cancellation, calls have no
 * effect, so an engine need not check at every step. Tokens are counted from the answer's own {@code usage} objects.
 */
public interface AnswerSink {

    /**
     * Begins the answer. Must be the first call, once.
     *
     * @param status HTTP status, 100 to 999
     * @param headers of the answer; lengths, encodings and connection headers are left out by the worker
     * @throws IllegalStateException if the answer has begun already
     */
    void head(int status, List<HttpHeader> headers);

    /**
     * Passes on a piece of the body.
     *
     * @throws IllegalStateException if {@link #head} was not called
     */
    void write(Bytes piece);

    /**
     * Ends the answer.
     *
     * @throws IllegalStateException if {@link #head} was not called
     */
    void complete();

    /** A whole answer at once; cheaper than the three calls because its end travels with the body. */
    void answer(int status, List<HttpHeader> headers, Bytes body);

    /**
     * Ends the answer with an error, before or after the head. A body that breaks off has to end so, never with {@link
     * #complete} (hazards H17 and N22).
     *
     * @param code one of {@link io.cocoon.protocol.ErrorCodes}
     * @param message for the requester, who may be anyone: no content, no internals
     */
    void fail(int code, String message);

    /** Returns whether the proxy's connection takes more now. */
    boolean isWritable();

    /**
     * Waits until the proxy's connection takes more, or the query is over. Called before reading the next piece from
     * wherever the answer comes from, it lets a slow proxy slow that source down and bounds what is buffered.
     *
     * @throws InterruptedException if the thread is interrupted
     */
    void awaitWritable() throws InterruptedException;
}
