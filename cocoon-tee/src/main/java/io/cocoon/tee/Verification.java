package io.cocoon.tee;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What verifying one piece of evidence found, before any policy judged it: signatures, chains, revocation and dates.
 * Immutable.
 *
 * <p>It says that the evidence is genuine, not that it is good enough: whether a TCB status, an attribute or an image is
 * acceptable is a policy's decision.
 *
 * @param result what the evidence proves; empty exactly if a check failed
 * @param checks in the order in which they were made
 * @param expires the earliest end of validity of all certificates, lists and documents that were used; the result may not
 *     be used after it. {@link Instant#MAX} if there was none, as when the evidence could not be read
 * @param <T> what the kind of evidence proves
 */
public record Verification<T>(Optional<T> result, List<AttestationCheck> checks, Instant expires) {

    public Verification {
        checks = List.copyOf(checks);
        boolean failed = checks.stream().anyMatch(check -> check.outcome() == AttestationCheck.Outcome.FAILED);
        boolean nothingRan = checks.stream().noneMatch(check -> check.outcome() == AttestationCheck.Outcome.PASSED);
        if (result.isPresent() == failed || (result.isPresent() && nothingRan)) {
            throw new IllegalArgumentException(
                    "evidence is verified exactly if checks ran and none failed; checks: " + checks);
        }
    }

    /** Returns the first check that failed. */
    public Optional<AttestationCheck> firstFailure() {
        return checks.stream()
                .filter(check -> check.outcome() == AttestationCheck.Outcome.FAILED)
                .findFirst();
    }
}
