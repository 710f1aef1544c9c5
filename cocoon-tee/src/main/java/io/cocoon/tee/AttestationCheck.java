package io.cocoon.tee;

/**
 * One named check of a report. Immutable.
 *
 * @param name stable, for example {@code ratls.certificate.validity}
 * @param outcome what came of it
 * @param code stable word for the kind of failure, for example {@code EVIDENCE_MISSING}; empty unless it failed
 * @param seen what the peer showed; never a secret
 * @param wanted what the rule demands
 * @param rule where the rule comes from
 * @param nextStep what the reader can do; empty if nothing
 */
public record AttestationCheck(
        String name, Outcome outcome, String code, String seen, String wanted, String rule, String nextStep) {

    /** What came of a check. One that did not run is never {@link #PASSED}. */
    public enum Outcome {
        /** It ran and the rule holds. */
        PASSED,
        /** It ran and the rule does not hold. */
        FAILED,
        /** It did not run: the rule has nothing to say here, or an earlier check failed. */
        NOT_APPLICABLE
    }

    /** Makes a check that passed. */
    public static AttestationCheck passed(String name, String seen, String wanted, String rule) {
        return new AttestationCheck(name, Outcome.PASSED, "", seen, wanted, rule, "");
    }

    /** Makes a check that failed. */
    public static AttestationCheck failed(
            String name, String code, String seen, String wanted, String rule, String nextStep) {
        return new AttestationCheck(name, Outcome.FAILED, code, seen, wanted, rule, nextStep);
    }

    /** Makes a check that did not run. */
    public static AttestationCheck notApplicable(String name, String why, String rule) {
        return new AttestationCheck(name, Outcome.NOT_APPLICABLE, "", why, "", rule, "");
    }
}
