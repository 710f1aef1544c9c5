package io.cocoon.tee;

import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

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

    /**
     * Goes on judging a peer that was accepted, for as long as its connection is open. The default does not: a verdict that
     * depends on nothing that changes stays.
     *
     * @param peer as it was judged
     * @param lapsed told at most once, on any thread, with the refusal when the peer is no longer acceptable; the connection
     *     then closes
     * @return ends it; may be run from any thread and more than once
     */
    default Runnable watch(PeerEvidence peer, Consumer<PolicyDecision> lapsed) {
        return () -> {};
    }
}
