package io.cocoon.tee;

import java.util.concurrent.CompletionStage;

/**
 * What may a peer be? Called once for every connection, on the verification executor, after the peer has proven
 * possession of its key. Implementations are thread-safe.
 *
 * <p>A verifier that has to wait (for collateral, say) returns a stage that completes later. A stage that fails, a thrown
 * exception and null all refuse the peer.
 */
public interface PeerPolicy {

    /** Returns a short name for reports, for example {@code simulated-tdx}. */
    String name();

    /** Judges one peer. */
    CompletionStage<PolicyDecision> judge(PeerEvidence peer);
}
