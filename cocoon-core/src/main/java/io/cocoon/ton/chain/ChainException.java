package io.cocoon.ton.chain;

/** The chain could not be read or written. The message says what was tried, of whom, what was seen, and what was wanted. */
public final class ChainException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** Nobody answered in time; trying again later may help. */
        UNREACHABLE,
        /** Everybody who answered is further behind than the setting allows. */
        STALE,
        /** An answer is wrong or not proven; who gave it is not asked again soon. */
        WRONG_ANSWER,
        /** Nobody who answered has transactions that old. */
        HISTORY_MISSING,
        /** A message was refused: the destination's code does not accept it now, or it is no message. */
        REFUSED,
        /** This access was closed. */
        CLOSED
    }

    private final Reason reason;

    public ChainException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public ChainException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** Returns why. */
    public Reason reason() {
        return reason;
    }
}
