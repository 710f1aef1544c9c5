package io.cocoon.keymanager;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.protocol.PrivateKey;
import io.cocoon.protocol.PrivateKeys;
import io.cocoon.protocol.ToKeyManager;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.DialTarget;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.Responder;
import io.cocoon.transport.Transport;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches private halves of network keys from the key manager that the root contract names: every 5 to 10 s, and at once
 * when the root contract changes, since that is how a new key or another key manager becomes known.
 *
 * <p>The key manager has to prove the image that the root contract names; without hash checks, which only a test network
 * allows, nobody has to prove anything. Keys stay until they expire, also when the key manager is gone or no longer lists
 * them, so a key manager that is down does not stop a proxy. Thread-safe. Source: 2026 part of the wire dossier, 5.3.
 */
public final class NetworkKeyClient implements NetworkKeys, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(NetworkKeyClient.class);

    private static final Duration ASK_TIMEOUT = Duration.ofSeconds(60);
    private static final int LEAST_PAUSE_MILLIS = 5_000;
    private static final int MOST_PAUSE_MILLIS = 10_000;

    /** More keys than this are not taken: about 24 are valid at a time. */
    static final int MAX_KEYS = 4096;

    private final CocoonChain chain;
    private final BiConsumer<HostPort, ConnectionHandler> dialer;
    private final boolean checkHashes;
    private final Clock clock;
    private final RandomGenerator random;
    private final ScheduledExecutorService timer;

    // Guarded by this.
    private final Map<Int256, Entry> keys = new HashMap<>();
    private @Nullable HostPort target;
    private @Nullable Connection connection;
    private boolean dialling;
    private boolean closed;
    private @Nullable Future<?> next;
    private Runnable stopListening = () -> {};

    private record Entry(Int256 seed, Instant validUntil) {}

    /**
     * Makes a client that has not begun.
     *
     * @param dialer opens a connection; tells its handler nothing if that fails, or {@code closed}
     */
    NetworkKeyClient(
            CocoonChain chain,
            BiConsumer<HostPort, ConnectionHandler> dialer,
            boolean checkHashes,
            Clock clock,
            RandomGenerator random,
            ScheduledExecutorService timer) {
        if (!checkHashes && !chain.root().params().isTest()) {
            throw new IllegalStateException(
                    "hash checks are off, and " + chain.describe() + " is not a test network; leave them on");
        }
        this.chain = chain;
        this.dialer = dialer;
        this.checkHashes = checkHashes;
        this.clock = clock;
        this.random = random;
        this.timer = timer;
    }

    /**
     * Begins to fetch.
     *
     * @param chain names the key manager; stays the caller's, like the transport and the timer
     * @param route how a key manager's address is dialled: directly or through a router
     * @param checkHashes whether the key manager has to prove its image; false only on a test network
     * @throws IllegalStateException if checks are off on a network that is not a test network
     */
    public static NetworkKeyClient start(
            CocoonChain chain,
            Transport transport,
            Function<HostPort, DialTarget> route,
            boolean checkHashes,
            Clock clock,
            RandomGenerator random,
            ScheduledExecutorService timer) {
        NetworkKeyClient[] client = new NetworkKeyClient[1];
        BiConsumer<HostPort, ConnectionHandler> dialer = (address, handler) -> transport
                .dial(route.apply(address), handler)
                .whenComplete((connection, failure) -> {
                    if (failure != null) {
                        LOG.info("the key manager at {} cannot be reached: {}", address, failure.toString());
                        client[0].lost(address, null);
                    }
                });
        client[0] = new NetworkKeyClient(chain, dialer, checkHashes, clock, random, timer);
        client[0].begin();
        return client[0];
    }

    /** Begins to fetch. */
    void begin() {
        Runnable stop = chain.onRootChange(newer -> plan(0));
        synchronized (this) {
            stopListening = stop;
        }
        plan(0);
    }

    /** Plans the next round, in the place of one that is planned already. */
    private synchronized void plan(int millis) {
        if (closed) {
            return;
        }
        if (next != null) {
            next.cancel(false);
        }
        next = timer.schedule(this::round, millis, TimeUnit.MILLISECONDS);
    }

    private void round() {
        // First, so that a change of the root contract that comes now puts it forward.
        plan(random.nextInt(LEAST_PAUSE_MILLIS, MOST_PAUSE_MILLIS + 1));
        try {
            step();
        } catch (RuntimeException e) {
            LOG.error("asking the key manager failed; it is tried again", e);
        }
    }

    /** One round: expire, follow the root contract, dial or ask. */
    void step() {
        HostPort dial = null;
        Connection ask = null;
        Connection drop = null;
        synchronized (this) {
            Instant now = clock.instant();
            keys.values().removeIf(entry -> !now.isBefore(entry.validUntil));
            HostPort wanted =
                    chain.root().keyManager().map(RootState.KeyManager::address).orElse(null);
            if (!java.util.Objects.equals(wanted, target)) {
                target = wanted;
                drop = connection;
                connection = null;
                dialling = false;
            }
            if (wanted != null && !closed) {
                ask = connection;
                if (ask == null && !dialling) {
                    dialling = true;
                    dial = wanted;
                }
            }
        }
        if (drop != null) {
            drop.close("the root contract names another key manager");
        }
        if (dial != null) {
            dialer.accept(dial, new Handler(dial));
        } else if (ask != null) {
            ask(ask);
        }
    }

    private void ask(Connection from) {
        from.ask(new ToKeyManager.GetProxyPrivateKeys(0), ASK_TIMEOUT).whenComplete((answer, failure) -> {
            if (failure != null) {
                LOG.warn("the key manager at {} did not answer: {}", from.remoteAddress(), failure.toString());
                return;
            }
            try {
                take(from, TlReader.readWhole(answer, PrivateKeys::readBoxed));
            } catch (TlException e) {
                from.close("a malformed answer of the key manager: " + e.getMessage());
            }
        });
    }

    private void take(Connection from, PrivateKeys answer) {
        if (answer.keys().size() > MAX_KEYS) {
            from.close(
                    "the key manager sent " + answer.keys().size() + " keys; more than " + MAX_KEYS + " are not taken");
            return;
        }
        Instant now = clock.instant();
        Set<Int256> known = new HashSet<>();
        synchronized (this) {
            keys.values().forEach(entry -> known.add(entry.seed));
        }
        // Public halves are computed outside the lock, and once: queries wait for it on event loops.
        Map<Int256, Entry> news = new HashMap<>();
        for (PrivateKey each : answer.keys()) {
            Instant validUntil = Instant.ofEpochSecond(Integer.toUnsignedLong(each.validUntilUtime()));
            if (now.isBefore(validUntil) && known.add(each.privateKey())) {
                news.put(Ed25519Key.fromSeed(each.privateKey()).publicKey(), new Entry(each.privateKey(), validUntil));
            }
        }
        synchronized (this) {
            if (closed) {
                return;
            }
            news.forEach((publicKey, entry) -> {
                if (keys.size() < MAX_KEYS) {
                    keys.putIfAbsent(publicKey, entry);
                }
            });
        }
    }

    /** Returns how many keys are held, expired ones that were not yet dropped included. */
    synchronized int held() {
        return keys.size();
    }

    @Override
    public synchronized Optional<Int256> privateHalf(Int256 publicKey) {
        Entry entry = keys.get(publicKey);
        return entry == null || !clock.instant().isBefore(entry.validUntil)
                ? Optional.empty()
                : Optional.of(entry.seed);
    }

    private boolean isKeyManager(PeerIdentity peer) {
        if (!checkHashes) {
            return true;
        }
        RootState root = chain.root();
        boolean measured = peer.isAttested()
                || (peer.kind() == PeerIdentity.Kind.SIMULATED && root.params().isTest());
        return measured
                && root.keyManager()
                        .filter(manager -> manager.imageHash().equals(peer.imageHash()))
                        .isPresent();
    }

    private final class Handler implements ConnectionHandler {
        private final HostPort address;

        private Handler(HostPort address) {
            this.address = address;
        }

        @Override
        public void connected(Connection opened) {
            if (!isKeyManager(opened.peer())) {
                opened.close("the key manager has not proven the image that the root contract names");
                return;
            }
            boolean wanted;
            synchronized (NetworkKeyClient.this) {
                wanted = !closed && address.equals(target);
                if (wanted) {
                    connection = opened;
                    dialling = false;
                }
            }
            if (wanted) {
                ask(opened);
            } else {
                opened.close("the root contract names another key manager");
            }
        }

        @Override
        public void message(Connection from, Bytes message) {
            // A key manager sends none.
        }

        @Override
        public void query(Connection from, Bytes query, Responder responder) {
            responder.fail(io.cocoon.protocol.ErrorCodes.FAILURE, "unknown query magic");
        }

        @Override
        public void closed(Connection gone, CloseReason reason) {
            LOG.debug("the connection to the key manager at {} ended: {}", address, reason);
            lost(address, gone);
        }
    }

    /** A dial failed or a connection ended: the next round tries again. */
    synchronized void lost(HostPort address, @Nullable Connection gone) {
        if (address.equals(target)) {
            dialling = false;
        }
        if (gone != null && gone == connection) {
            connection = null;
        }
    }

    /** Ends the polling and forgets the keys. */
    @Override
    public void close() {
        Connection open;
        Runnable stop;
        synchronized (this) {
            closed = true;
            keys.clear();
            open = connection;
            connection = null;
            stop = stopListening;
            if (next != null) {
                next.cancel(false);
            }
        }
        stop.run();
        if (open != null) {
            open.close("the proxy stops");
        }
    }
}
