package io.cocoon.tee.internal;

/** An encoding that breaks a rule of DER, X.509 or PEM. Carries what was seen and what the rule wants, never the input. */
public final class DerException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String seen;
    private final String wanted;

    /** Makes one; both texts become part of a check. */
    public DerException(String seen, String wanted) {
        // Hostile input causes it, so that a stack trace would only cost time.
        super("seen " + seen + "; wanted " + wanted, null, false, false);
        this.seen = seen;
        this.wanted = wanted;
    }

    /** Returns what the input shows. */
    public String seen() {
        return seen;
    }

    /** Returns what the rule demands. */
    public String wanted() {
        return wanted;
    }
}
