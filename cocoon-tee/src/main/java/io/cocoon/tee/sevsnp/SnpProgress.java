package io.cocoon.tee.sevsnp;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The checks that were made so far. Confined to one verification. */
final class SnpProgress {

    private final List<AttestationCheck> checks = new ArrayList<>(SnpStep.values().length);
    private final Set<SnpStep> wanted;
    private SnpStep step;
    private Instant expires = Instant.MAX;

    /** Begins a verification of these checks. */
    SnpProgress(Set<SnpStep> wanted, SnpStep first) {
        this.wanted = wanted;
        this.step = first;
    }

    void begin(SnpStep next) {
        step = next;
    }

    void passed(String seen, String wantedValue) {
        checks.add(AttestationCheck.passed(step.check(), seen, wantedValue, step.rule()));
    }

    void notApplicable(String why) {
        checks.add(AttestationCheck.notApplicable(step.check(), why, step.rule()));
    }

    /** Notes an end of validity. */
    void until(Instant end) {
        if (end.isBefore(expires)) {
            expires = end;
        }
    }

    Instant expires() {
        return expires;
    }

    <T> Verification<T> verified(T result) {
        return new Verification<>(Optional.of(result), checks, expires);
    }

    /** Ends with a failure of the current check; those behind it did not run. */
    <T> Verification<T> failed(SnpException e) {
        checks.add(AttestationCheck.failed(step.check(), e.code(), e.seen(), e.wanted(), step.rule(), step.nextStep()));
        for (SnpStep each : SnpStep.values()) {
            if (each.compareTo(step) > 0 && wanted.contains(each)) {
                checks.add(AttestationCheck.notApplicable(
                        each.check(), "not run: " + step.check() + " failed", each.rule()));
            }
        }
        return new Verification<>(Optional.empty(), checks, expires);
    }
}
