package io.cocoon.tee.nvidia;

/** A rule that does not hold. Becomes a failed check; never leaves the package. */
final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;

    private final String code;
    private final String seen;
    private final String wanted;
    private final String rule;
    private final String nextStep;

    Refusal(String code, String seen, String wanted, String rule, String nextStep) {
        // Hostile input causes it, so that a stack trace would only cost time.
        super(code + ": " + seen + "; wanted: " + wanted, null, false, false);
        this.code = code;
        this.seen = seen;
        this.wanted = wanted;
        this.rule = rule;
        this.nextStep = nextStep;
    }

    static Refusal of(GpuEvidenceException e, String nextStep) {
        return new Refusal(e.code(), e.seen(), e.wanted(), e.rule(), nextStep);
    }

    String code() {
        return code;
    }

    String seen() {
        return seen;
    }

    String wanted() {
        return wanted;
    }

    String rule() {
        return rule;
    }

    String nextStep() {
        return nextStep;
    }
}
