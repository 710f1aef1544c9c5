package io.cocoon.transport;

import java.io.IOException;

/** The peer answered a query with {@code tcp.queryError}. */
public final class RemoteErrorException extends IOException {

    private static final long serialVersionUID = 1L;

    private final int code;
    private final String remoteMessage;

    /** Reports the peer's code and text. */
    public RemoteErrorException(int code, String remoteMessage) {
        super("the peer answered with error " + code + ": " + remoteMessage);
        this.code = code;
        this.remoteMessage = remoteMessage;
    }

    /** Returns the code as sent; see {@link io.cocoon.protocol.ErrorCodes}. */
    public int code() {
        return code;
    }

    /** Returns the peer's own text. */
    public String remoteMessage() {
        return remoteMessage;
    }
}
