package io.cocoon.ton.lite;

/** A connection ended, could not be made, or a query on it got no answer. The message says what was seen. */
final class AdnlException extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean broken;

    private AdnlException(String message, boolean broken) {
        super(message);
        this.broken = broken;
    }

    /** The network or the peer failed, as networks and peers do. */
    static AdnlException gone(String message) {
        return new AdnlException(message, false);
    }

    /** The peer sent what no honest program sends. */
    static AdnlException broken(String message) {
        return new AdnlException(message, true);
    }

    /** Returns whether the peer broke the rules. */
    boolean isBroken() {
        return broken;
    }
}
