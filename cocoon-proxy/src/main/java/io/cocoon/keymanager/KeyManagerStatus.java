package io.cocoon.keymanager;

import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.PeerIdentity;
import java.time.Instant;
import java.util.List;

/**
 * A key manager at one moment. Immutable; holds no private half.
 *
 * @param root the root contract as it was read last
 * @param rootSeenAt when the chain last showed it
 * @param keys the public halves that are valid now, oldest first
 * @param served queries of proxies and workers that got the keys, since the start
 * @param refused queries that did not
 * @param connections how many callers are connected
 * @param peers who they are, at most {@value #MAX_PEERS} of them
 */
public record KeyManagerStatus(
        RootState root,
        Instant rootSeenAt,
        List<Key> keys,
        long served,
        long refused,
        int connections,
        List<PeerIdentity> peers) {

    /** More connections are counted and not described. */
    public static final int MAX_PEERS = 200;

    public KeyManagerStatus {
        keys = List.copyOf(keys);
        peers = List.copyOf(peers);
    }

    /**
     * A public half.
     *
     * @param key with its type and end
     * @param listed whether the root contract lists it, so that clients use it
     */
    public record Key(RootState.NetworkKey key, boolean listed) {}
}
