package io.cocoon.tee.guest;

import java.io.IOException;

/** Evidence that the platform did not give. Says what was tried, seen and wanted, and what to do next. */
public final class GuestException extends IOException {

    private static final long serialVersionUID = 1L;

    /** What kind of failure it is. */
    public enum Reason {
        /** This is no TEE, or its kernel does not offer what is needed. */
        ABSENT,
        /** Others kept the interface busy for as long as we were ready to wait. */
        BUSY,
        /** No answer in time. */
        LATE,
        /** Another request came between ours. */
        RACE,
        /** An answer that is not what was asked for. */
        WRONG_ANSWER
    }

    private final Reason reason;

    GuestException(Reason reason, String tried, String seen, String wanted, String nextStep) {
        super(tried + ": saw " + seen + ", wanted " + wanted + ". Next: " + nextStep);
        this.reason = reason;
    }

    /** The kind of failure. */
    public Reason reason() {
        return reason;
    }
}
