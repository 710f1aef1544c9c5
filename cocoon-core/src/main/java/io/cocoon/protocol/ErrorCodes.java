package io.cocoon.protocol;

/** Error codes of {@code tcp.queryError} and of answers. Wire dossier 2.7. */
public final class ErrorCodes {

    /** Unspecified: a lost promise, an unparsable object, a wrong secret. */
    public static final int UNSPECIFIED = 0;

    /** Failure; a key manager says it to an unknown function. */
    public static final int FAILURE = 601;

    /** Refused by policy: low balance, version or test mode mismatch, overload. */
    public static final int ERROR = 602;

    /** Bad field values, bad request body, unknown model. */
    public static final int PROTOCOL_VIOLATION = 621;

    /** No worker, proxy disabled, connection not ready. */
    public static final int NOT_READY = 651;

    /** A deadline passed. */
    public static final int TIMEOUT = 652;

    /** The work was cancelled. */
    public static final int CANCELLED = 653;

    private ErrorCodes() {}
}
