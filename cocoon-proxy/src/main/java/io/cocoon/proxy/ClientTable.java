package io.cocoon.proxy;

import io.cocoon.ton.cell.Address;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The client connections, and the nonces that wait for the chain. One monitor, held for single look-ups.
 *
 * <p>Nonces are from a cryptographic generator, never 0, unique, and leave with their connection or their use (hazard H13).
 */
final class ClientTable {

    private final Set<ClientHandler> handlers = new HashSet<>();
    private final Map<Long, ClientHandler> nonces = new HashMap<>();
    private final SecureRandom random;

    ClientTable(SecureRandom random) {
        this.random = random;
    }

    /** Adds a connection, unless there are too many. */
    synchronized boolean add(ClientHandler handler, int most) {
        return handlers.size() < most && handlers.add(handler);
    }

    synchronized void remove(ClientHandler handler) {
        handlers.remove(handler);
        nonces.values().remove(handler);
    }

    synchronized List<ClientHandler> all() {
        return List.copyOf(handlers);
    }

    /** Hands out a nonce for a connection. */
    synchronized long newNonce(ClientHandler handler) {
        long nonce;
        do {
            nonce = random.nextLong();
        } while (nonce == 0 || nonces.containsKey(nonce));
        nonces.put(nonce, handler);
        return nonce;
    }

    /** Returns whose nonce it is and forgets it, if the connection is that owner's. */
    synchronized @Nullable ClientHandler takeNonce(long nonce, Address owner) {
        ClientHandler handler = nonces.get(nonce);
        if (handler == null || !handler.isOf(owner)) {
            return null;
        }
        return nonces.remove(nonce);
    }

    synchronized int waitingNonces() {
        return nonces.size();
    }
}
