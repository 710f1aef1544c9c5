package io.cocoon.tee.guest;

import java.io.IOException;

/** Evidence that the platform did not give. Says what was tried, seen and wanted, and what to do next. */
public final class GuestException extends IOException {

    private static final long serialVersionUID = 1L;

    /** What kind of failure it is. */
    public enum Reason {
        /** This is no TEE, or its kernel does not have the interface that is needed. */
        ABSENT,
        /** It is a TEE, and not of the kind that the method is for. */
        WRONG_KIND,
        /** The interface is there, and this process may not use it. */
        DENIED,
        /** The kernel or the host answered with an error. */
        FAILED,
        /** It needs an ioctl or a vsock socket, which pure Java 17 does not have; see {@link GuestDevice}. */
        NEEDS_NATIVE,
        /** The certificate of the key that signs reports could not be had, or did not sign this report. */
        NO_CERTIFICATE,
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

    /** Makes one; for implementations of {@link GuestDevice}. */
    public GuestException(Reason reason, String tried, String seen, String wanted, String nextStep) {
        super(tried + ": saw " + seen + ", wanted " + wanted + ". Next: " + nextStep);
        this.reason = reason;
    }

    /** The kind of failure. */
    public Reason reason() {
        return reason;
    }
}
