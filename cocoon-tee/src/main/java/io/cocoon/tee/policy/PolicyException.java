package io.cocoon.tee.policy;

/** A policy file or an evidence bundle that cannot be read. The message says where, what was seen and what was wanted. */
public final class PolicyException extends Exception {

    private static final long serialVersionUID = 1L;

    PolicyException(String message) {
        super(message, null, false, false);
    }

    PolicyException(String place, String seen, String wanted) {
        this("at " + place + ": saw " + seen + ", wanted " + wanted);
    }
}
