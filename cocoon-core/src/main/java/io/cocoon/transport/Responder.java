package io.cocoon.transport;

import io.cocoon.tl.TlObject;

/** Takes the answer to one query. Thread-safe; only the first call counts. */
public interface Responder {

    /** Answers with an object. An answer that does not fit into a frame becomes an error. */
    void answer(TlObject answer);

    /** Answers with an error. Codes: {@link io.cocoon.protocol.ErrorCodes}. */
    void fail(int code, String message);
}
