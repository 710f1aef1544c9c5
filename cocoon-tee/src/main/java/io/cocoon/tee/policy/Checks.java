package io.cocoon.tee.policy;

import io.cocoon.tee.AttestationCheck;
import java.util.ArrayList;
import java.util.List;

/** Collects the checks of one judgement, in order. Confined to one thread. */
final class Checks {

    private final List<AttestationCheck> all = new ArrayList<>();
    private boolean failed;

    boolean failed() {
        return failed;
    }

    List<AttestationCheck> all() {
        return List.copyOf(all);
    }

    void add(List<AttestationCheck> made) {
        made.forEach(this::add);
    }

    void add(AttestationCheck made) {
        failed |= made.outcome() == AttestationCheck.Outcome.FAILED;
        all.add(made);
    }

    /** Adds a check with its outcome; the code and the next step count only if it failed. */
    boolean check(String name, boolean good, String code, String seen, String wanted, String rule, String nextStep) {
        add(
                good
                        ? AttestationCheck.passed(name, seen, wanted, rule)
                        : AttestationCheck.failed(name, code, seen, wanted, rule, nextStep));
        return good;
    }

    void notApplicable(String name, String why, String rule) {
        add(AttestationCheck.notApplicable(name, why, rule));
    }

    /** Names what was left out because an earlier check failed: it is never 'passed'. */
    void notRun(List<String> names, String rule) {
        names.forEach(name -> notApplicable(name, "not run: an earlier check failed", rule));
    }
}
