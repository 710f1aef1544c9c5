package io.cocoon.proxy;

import io.cocoon.transport.PeerIdentity;

/** Rules about a peer's evidence. */
final class Peers {

    static final String REFUSED = "a peer with simulated evidence, on a network that is not a test network";

    private Peers() {}

    /** Returns whether a peer is refused whatever it wants: simulated evidence belongs to test networks. */
    static boolean isRefused(PeerIdentity peer, Network network) {
        return peer.kind() == PeerIdentity.Kind.SIMULATED && !network.isTest();
    }
}
