package io.cocoon.tee.nvidia;

import java.io.IOException;

/** Evidence, a manifest or a key set that cannot be read. The message never quotes what was read. */
public final class GpuEvidenceException extends IOException {

    private static final long serialVersionUID = 1L;

    private final String code;
    private final String seen;
    private final String wanted;
    private final String rule;

    GpuEvidenceException(String code, String seen, String wanted, String rule) {
        super(code + ": " + seen + "; wanted: " + wanted + " (" + rule + ")");
        this.code = code;
        this.seen = seen;
        this.wanted = wanted;
        this.rule = rule;
    }

    /** Returns a stable word for the kind of failure, for example {@code FORMAT}. */
    public String code() {
        return code;
    }

    /** Returns what was seen. */
    public String seen() {
        return seen;
    }

    /** Returns what the rule demands. */
    public String wanted() {
        return wanted;
    }

    /** Returns where the rule comes from. */
    public String rule() {
        return rule;
    }
}
