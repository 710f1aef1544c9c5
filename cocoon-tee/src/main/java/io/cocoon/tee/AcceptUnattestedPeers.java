package io.cocoon.tee;

import io.cocoon.tl.Int256;
import io.cocoon.transport.PeerIdentity;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Accepts every peer that holds the key of its certificate, and says that nothing was proven: what the reference calls
 * {@code any}. Evidence is not looked at. Immutable.
 */
public final class AcceptUnattestedPeers implements PeerPolicy {

    private final String reason;

    private AcceptUnattestedPeers(String reason) {
        this.reason = reason;
    }

    /**
     * Makes the policy.
     *
     * @param reason why nothing needs to be proven here; stands in every report; not blank
     */
    public static AcceptUnattestedPeers because(String reason) {
        if (reason.isBlank()) {
            throw new IllegalArgumentException("say why unattested peers are acceptable here; every report shows it");
        }
        return new AcceptUnattestedPeers(reason);
    }

    @Override
    public String name() {
        return "accept-unattested";
    }

    @Override
    public CompletionStage<PolicyDecision> judge(PeerEvidence peer) {
        AttestationCheck check = AttestationCheck.notApplicable(
                "policy.evidence",
                "evidence was NOT looked at (UNATTESTED is accepted here: " + reason + ")",
                "TEE dossier 5.1, policy any");
        return CompletableFuture.completedFuture(
                PolicyDecision.accept(PeerIdentity.Kind.UNATTESTED, Int256.ZERO, List.of(check)));
    }
}
