package io.cocoon.tee.sevsnp;

/**
 * A report, an endorsement certificate or a chain that breaks a rule. Carries the stable code of the rule, what was seen and
 * what the rule wants; never the input.
 */
public final class SnpException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String code;
    private final String seen;
    private final String wanted;

    SnpException(String code, String seen, String wanted) {
        // Hostile input causes it, so that a stack trace would only cost time.
        super(code + ": seen " + seen + "; wanted " + wanted, null, false, false);
        this.code = code;
        this.seen = seen;
        this.wanted = wanted;
    }

    /** Returns the code of the rule, for example {@code RESERVED_NOT_ZERO}. 2026 part of the TEE dossier, 8.9. */
    public String code() {
        return code;
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
