package io.cocoon.transport;

import java.io.IOException;

/** The connection closed before the answer came, or could not be opened. */
public final class ConnectionClosedException extends IOException {

    private static final long serialVersionUID = 1L;

    private final transient CloseReason reason;

    /** Reports that the connection ended for {@code reason}. */
    public ConnectionClosedException(CloseReason reason) {
        super(reason.toString());
        this.reason = reason;
    }

    /** Returns why. */
    public CloseReason reason() {
        return reason;
    }
}
