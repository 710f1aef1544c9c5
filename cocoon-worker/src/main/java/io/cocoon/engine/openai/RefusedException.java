package io.cocoon.engine.openai;

/** A request asks for what cannot be done. The message is for the requester and says what to do instead. */
public final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Refuses. */
    public RefusedException(String message) {
        super(message);
    }

    /** Refuses because of something else, which stays in this process. */
    public RefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
