package io.cocoon.worker;

/** An engine could not answer. The message goes to the requester: no content, no internals. */
public final class EngineException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int code;

    /**
     * Reports a failure.
     *
     * @param code one of {@link io.cocoon.protocol.ErrorCodes}
     * @param message for the requester
     */
    public EngineException(int code, String message) {
        super(message);
        this.code = code;
    }

    /** Reports a failure with its cause, which stays in this process. */
    public EngineException(int code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** Returns the code. */
    public int code() {
        return code;
    }
}
