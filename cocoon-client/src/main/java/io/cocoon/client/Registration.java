package io.cocoon.client;

import io.cocoon.ton.cell.Address;

/**
 * Proves on the chain who opened a connection: the long authorisation, needed when a proxy does not know the client's secret
 * yet (wire dossier 5.2, step 3).
 */
@FunctionalInterface
public interface Registration {

    /**
     * Begins to send the register message with this nonce to the client's contract. Must not block: it is called on an event
     * loop. The proxy answers when it has seen the message on the chain.
     */
    void register(Address clientContract, long nonce);
}
