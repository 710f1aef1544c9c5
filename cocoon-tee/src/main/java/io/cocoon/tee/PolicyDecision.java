package io.cocoon.tee;

import io.cocoon.tl.Int256;
import io.cocoon.transport.PeerIdentity;
import java.util.List;
import java.util.Optional;

/**
 * A policy's answer about one peer. Immutable.
 *
 * @param accepted what the peer was proven to be, or empty if it is refused
 * @param imageHash hash of the measured image; zero if there is none
 * @param checks what was checked, in order
 */
public record PolicyDecision(Optional<PeerIdentity.Kind> accepted, Int256 imageHash, List<AttestationCheck> checks) {

    public PolicyDecision {
        checks = List.copyOf(checks);
        boolean failed = checks.stream().anyMatch(check -> check.outcome() == AttestationCheck.Outcome.FAILED);
        if (accepted.isPresent() == failed) {
            throw new IllegalArgumentException(
                    "a peer is refused exactly if a check failed; checks: " + checks + ", accepted: " + accepted);
        }
    }

    /** Accepts a peer. */
    public static PolicyDecision accept(PeerIdentity.Kind kind, Int256 imageHash, List<AttestationCheck> checks) {
        return new PolicyDecision(Optional.of(kind), imageHash, checks);
    }

    /** Refuses a peer; at least one check has failed. */
    public static PolicyDecision refuse(List<AttestationCheck> checks) {
        return new PolicyDecision(Optional.empty(), Int256.ZERO, checks);
    }
}
