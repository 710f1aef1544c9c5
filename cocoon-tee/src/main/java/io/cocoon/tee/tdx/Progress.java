package io.cocoon.tee.tdx;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The checks that were made so far. Confined to one verification. */
final class Progress {

    private final List<AttestationCheck> checks = new ArrayList<>(Step.values().length);
    private Step current;
    private Instant expires = Instant.MAX;

    Progress(Step first) {
        this.current = first;
    }

    void begin(Step step) {
        current = step;
    }

    void passed(String seen) {
        checks.add(AttestationCheck.passed(current.check(), seen, current.wanted(), current.rule()));
    }

    void notApplicable(Step step, String why) {
        checks.add(AttestationCheck.notApplicable(step.check(), why, step.rule()));
    }

    /** Takes over what another verification checked. */
    void addAll(List<AttestationCheck> made) {
        checks.addAll(made);
    }

    /** Notes an end of validity. */
    void until(Instant end) {
        if (end.isBefore(expires)) {
            expires = end;
        }
    }

    List<AttestationCheck> checks() {
        return List.copyOf(checks);
    }

    <T> Verification<T> verified(T result) {
        return new Verification<>(Optional.of(result), checks, expires);
    }

    /** Ends with a failure of the current check; everything up to the last one did not run. */
    <T> Verification<T> failed(TdxRefusal refusal, Step last) {
        TdxError error = refusal.error();
        checks.add(AttestationCheck.failed(
                current.check(), error.name(), refusal.seen(), refusal.wanted(), current.rule(), error.nextStep()));
        for (Step step : Step.values()) {
            if (step.compareTo(current) > 0 && step.compareTo(last) <= 0) {
                checks.add(AttestationCheck.notApplicable(
                        step.check(), "not run: " + current.check() + " failed", step.rule()));
            }
        }
        return new Verification<>(Optional.empty(), checks, expires);
    }
}
