package io.cocoon.keymanager;

import io.cocoon.ton.chain.RootState;
import java.util.concurrent.CompletionStage;

/**
 * Brings public halves to the root contract. Thread-safe; does not block.
 *
 * <p>On a real network that is a message to the contract, signed with the key manager's identity key (2026 part of the wire
 * dossier, 5.4); on a network without a chain the key is added to the root state.
 */
@FunctionalInterface
public interface NetworkKeyPublisher {

    /**
     * Publishes a key. May be called again for the same key when it failed.
     *
     * @return completes when the key is on its way; fails if it has to be tried again
     */
    CompletionStage<Void> publish(RootState.NetworkKey key);
}
