package io.cocoon.inference;

import io.cocoon.protocol.ErrorCodes;

/** A request that is refused. The message is meant for the application and quotes no encrypted content. */
public final class RequestException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int code;

    /**
     * Makes one.
     *
     * @param code one of {@link ErrorCodes}: 0, 602 or 621
     */
    public RequestException(int code, String message) {
        super(message);
        this.code = code;
    }

    static RequestException invalid(String message) {
        return new RequestException(ErrorCodes.PROTOCOL_VIOLATION, message);
    }

    static RequestException refused(String message) {
        return new RequestException(ErrorCodes.ERROR, message);
    }

    static RequestException unspecified(String message) {
        return new RequestException(ErrorCodes.UNSPECIFIED, message);
    }

    /** Returns the error code that a peer or application sees. */
    public int code() {
        return code;
    }
}
