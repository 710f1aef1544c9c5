package io.cocoon.tee.nvidia;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.AttestationCheck.Outcome;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Collects checks under names that are planned beforehand, so that what did not run is listed as not run. For one caller.
 */
final class CheckList {

    private final List<String> plan;
    private final Map<String, AttestationCheck> done = new LinkedHashMap<>();
    private Instant expires = Instant.MAX;

    CheckList(List<String> plan) {
        this.plan = List.copyOf(plan);
    }

    void pass(String name, String seen, String wanted, String rule) {
        add(AttestationCheck.passed(name, seen, wanted, rule));
    }

    void fail(String name, String code, String seen, String wanted, String rule, String nextStep) {
        add(AttestationCheck.failed(name, code, seen, wanted, rule, nextStep));
    }

    void fail(String name, Refusal refusal) {
        fail(name, refusal.code(), refusal.seen(), refusal.wanted(), refusal.rule(), refusal.nextStep());
    }

    void skip(String name, String why, String rule) {
        add(AttestationCheck.notApplicable(name, why, rule));
    }

    private void add(AttestationCheck check) {
        if (!plan.contains(check.name()) || done.putIfAbsent(check.name(), check) != null) {
            throw new IllegalStateException("check " + check.name() + " is not planned, or was made before");
        }
    }

    /** Notes an end of validity of something that was used. */
    void expiresAt(Instant time) {
        if (time.isBefore(expires)) {
            expires = time;
        }
    }

    Instant expires() {
        return expires;
    }

    Optional<String> firstFailure() {
        return plan.stream()
                .filter(name -> {
                    AttestationCheck check = done.get(name);
                    return check != null && check.outcome() == Outcome.FAILED;
                })
                .findFirst();
    }

    /** Returns all planned checks in their order. */
    List<AttestationCheck> finish(String rule) {
        String why = "not run: " + firstFailure().map(name -> name + " failed").orElse("nothing to check");
        List<AttestationCheck> checks = new ArrayList<>();
        for (String name : plan) {
            AttestationCheck check = done.get(name);
            checks.add(check == null ? AttestationCheck.notApplicable(name, why, rule) : check);
        }
        return checks;
    }
}
