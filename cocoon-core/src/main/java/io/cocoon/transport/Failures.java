package io.cocoon.transport;

import io.cocoon.tl.TlException;
import io.netty.handler.codec.CodecException;
import java.io.IOException;

/** Turns what went wrong into the reason that is told. */
final class Failures {

    private Failures() {}

    static ConnectionClosedException closed(CloseReason.Cause cause, String detail) {
        return new ConnectionClosedException(new CloseReason(cause, detail));
    }

    /** Says what ended a connection in {@code step}. */
    static CloseReason reason(Throwable failure, String step) {
        Throwable cause = failure;
        while ((cause instanceof CodecException || cause instanceof java.util.concurrent.CompletionException)
                && cause.getCause() != null) {
            cause = cause.getCause();
        }
        if (cause instanceof ConnectionClosedException closed) {
            return closed.reason();
        }
        String detail =
                step + ": " + (cause.getMessage() == null ? cause.getClass().getName() : cause.getMessage());
        if (cause instanceof TlException) {
            return new CloseReason(CloseReason.Cause.PROTOCOL, detail);
        }
        if (cause instanceof IOException) {
            return new CloseReason(CloseReason.Cause.NETWORK, detail);
        }
        return new CloseReason(CloseReason.Cause.INTERNAL, step + ": " + cause);
    }
}
