package io.cocoon.keymanager;

import static io.cocoon.protocol.ErrorCodes.ERROR;
import static io.cocoon.protocol.ErrorCodes.FAILURE;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.protocol.PrivateKey;
import io.cocoon.protocol.PrivateKeys;
import io.cocoon.protocol.ToKeyManager;
import io.cocoon.tee.IdentitySource;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tee.policy.AttestedPeers;
import io.cocoon.tee.policy.NetworkAttestation;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Listener;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.Responder;
import io.cocoon.transport.Transport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes network keys and hands their private halves to attested proxies and workers of the network.
 *
 * <p>A key of type 1 is made when there is none or the newest is {@link #PERIOD} old; it is valid for {@link #VALIDITY}. A key
 * is stored before it is published, and published before anybody can have used it. Only peers whose evidence was verified
 * and whose image the root contract lists get an answer; without hash checks, which only a test network allows, everybody
 * does. As in the reference a caller gets all keys of every type, whatever its role (hazard N20): proxies and workers run
 * images of one network, and a proxy needs every half that it passes on. Old constructor ids get 601.
 *
 * <p>Private halves are never logged. Thread-safe; one timer thread of its own unless one is given.
 */
public final class KeyManagerServer implements AutoCloseable {

    /** A new key is made this long after the one before. */
    public static final Duration PERIOD = Duration.ofSeconds(3600);

    /** How long a key is valid. */
    public static final Duration VALIDITY = Duration.ofSeconds(86_400);

    /** More connections are closed right after the hello. */
    public static final int MAX_CONNECTIONS = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(KeyManagerServer.class);
    private static final Duration TICK = Duration.ofSeconds(1);

    /** The fixed pair that every test network without hash checks shares with the reference. Publicly known. */
    private static final Int256 TEST_SEED =
            Int256.of(Base64.getDecoder().decode("BwrYLmEy2rMgZ/tyCv0AYFVaZPkFu+wNwoSQiJUbOmM="));

    private static final Instant TEST_KEY_END = Instant.ofEpochSecond(2_000_000_000);

    private final CocoonChain chain;
    private final KeyStore store;
    private final NetworkKeyPublisher publisher;
    private final boolean checkHashes;
    private final Clock clock;
    private final SecureRandom random;
    private final ScheduledExecutorService timer;
    private final boolean ownsTimer;
    private final AtomicInteger connections = new AtomicInteger();
    private final Set<Connection> callers = ConcurrentHashMap.newKeySet();
    private final LongAdder answered = new LongAdder();
    private final LongAdder refused = new LongAdder();

    // Touched by the timer thread only, once the constructor is done.
    private final Map<Int256, NetworkKeyPair> keys = new LinkedHashMap<>();
    private int storedRootVersion = -1;

    private final Set<Int256> toPublish = ConcurrentHashMap.newKeySet();

    /** What event loops see: they never wait for the store. */
    private volatile List<NetworkKeyPair> served = List.of();

    private volatile boolean closed;
    private volatile Runnable endOfVerification = () -> {};
    private volatile @Nullable Listener listener;
    private volatile @Nullable Future<?> ticking;

    private KeyManagerServer(Builder from, CocoonChain chain, ScheduledExecutorService timer) throws IOException {
        this.chain = chain;
        this.store = from.store;
        this.publisher = from.publisher;
        this.checkHashes = from.checkHashes;
        this.clock = from.clock;
        this.random = from.random;
        this.timer = timer;
        this.ownsTimer = from.timer == null;
        Instant now = clock.instant();
        for (NetworkKeyPair key : store.load(chain.root().version())) {
            if (key.isValidAt(now)) {
                keys.put(key.publicKey(), key);
                toPublish.add(key.publicKey());
            }
        }
        if (from.testKey) {
            Ed25519Key pair = Ed25519Key.fromSeed(TEST_SEED);
            keys.put(
                    pair.publicKey(),
                    new NetworkKeyPair(
                            pair,
                            NetworkKeyPair.TYPE_FOR_CLIENTS,
                            chain.root().version(),
                            Instant.EPOCH,
                            TEST_KEY_END));
        }
    }

    /** Returns a builder. */
    public static Builder builder() {
        return new Builder();
    }

    private void begin(@Nullable Transport transport, @Nullable InetSocketAddress bind, @Nullable ListenMode mode) {
        tick();
        if (transport != null && bind != null && mode != null) {
            listener = transport.listen(bind, mode, peer -> accept());
        }
        ticking = timer.scheduleWithFixedDelay(this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Deletes what has expired and makes what is missing. On the timer thread; at the start on the builder's. */
    void tick() {
        try {
            Instant now = clock.instant();
            noteRootVersion();
            dropExpired(now);
            Instant newest = keys.values().stream()
                    .filter(key -> key.type() == NetworkKeyPair.TYPE_FOR_CLIENTS)
                    .map(NetworkKeyPair::validSince)
                    .max(Comparator.naturalOrder())
                    .orElse(Instant.MIN);
            if (newest.equals(Instant.MIN) || !now.isBefore(newest.plus(PERIOD))) {
                make(NetworkKeyPair.TYPE_FOR_CLIENTS, now);
            }
            served = List.copyOf(keys.values());
            publishMissing();
        } catch (IOException e) {
            LOG.error("the key store failed; keys that are not stored are not used, the next try is in {}", TICK, e);
        } catch (RuntimeException e) {
            LOG.error("a round of the key manager failed; the next is in {}", TICK, e);
        }
    }

    private void noteRootVersion() throws IOException {
        int version = chain.root().version();
        if (version != storedRootVersion) {
            store.rootVersion(version);
            storedRootVersion = version;
        }
    }

    private void dropExpired(Instant now) throws IOException {
        for (NetworkKeyPair key : List.copyOf(keys.values())) {
            if (!key.isValidAt(now)) {
                keys.remove(key.publicKey());
                toPublish.remove(key.publicKey());
                store.remove(key.publicKey());
            }
        }
    }

    private void make(int type, Instant now) throws IOException {
        Instant since = Instant.ofEpochSecond(now.getEpochSecond());
        NetworkKeyPair key = new NetworkKeyPair(
                Ed25519Key.generate(random), type, chain.root().version(), since, since.plus(VALIDITY));
        store.add(key);
        keys.put(key.publicKey(), key);
        toPublish.add(key.publicKey());
        LOG.info(
                "made network key {} of type {}, valid until {}",
                key.publicKey().toHex(),
                type,
                key.validUntil());
    }

    private void publishMissing() {
        Set<Int256> listed = new HashSet<>();
        chain.root().networkKeys().forEach(key -> listed.add(key.publicKey()));
        toPublish.removeAll(listed);
        for (Int256 publicKey : List.copyOf(toPublish)) {
            NetworkKeyPair key = keys.get(publicKey);
            toPublish.remove(publicKey);
            if (key != null) {
                publish(new RootState.NetworkKey(publicKey, key.type(), key.validUntil()))
                        .whenComplete((done, failure) -> {
                            if (failure != null) {
                                LOG.warn(
                                        "network key {} was not published, it is tried again",
                                        publicKey.toHex(),
                                        failure);
                                toPublish.add(publicKey);
                            }
                        });
            }
        }
    }

    /** What a publisher throws counts like what it reports: the key has to be tried again. */
    private CompletionStage<Void> publish(RootState.NetworkKey key) {
        try {
            return publisher.publish(key);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** Returns where callers connect. @throws IllegalStateException if it does not listen */
    public InetSocketAddress address() {
        Listener open = listener;
        if (open == null) {
            throw new IllegalStateException("the key manager does not listen");
        }
        return open.address();
    }

    /** Returns the public halves that are valid now, oldest first. */
    public List<RootState.NetworkKey> publicKeys() {
        Instant now = clock.instant();
        return served.stream()
                .filter(key -> key.isValidAt(now))
                .map(key -> new RootState.NetworkKey(key.publicKey(), key.type(), key.validUntil()))
                .toList();
    }

    /** Returns how it is doing, for people and status pages; waits for nothing. */
    public KeyManagerStatus status() {
        RootState root = chain.root();
        Set<Int256> listed = new HashSet<>();
        root.networkKeys().forEach(key -> listed.add(key.publicKey()));
        return new KeyManagerStatus(
                root,
                chain.rootSeenAt(),
                publicKeys().stream()
                        .map(key -> new KeyManagerStatus.Key(key, listed.contains(key.publicKey())))
                        .toList(),
                answered.sum(),
                refused.sum(),
                connections.get(),
                callers.stream()
                        .limit(KeyManagerStatus.MAX_PEERS)
                        .map(Connection::peer)
                        .toList());
    }

    private PrivateKeys answer() {
        Instant now = clock.instant();
        List<PrivateKey> list = new ArrayList<>();
        for (NetworkKeyPair key : closed ? List.<NetworkKeyPair>of() : served) {
            if (key.isValidAt(now)) {
                list.add(new PrivateKey(
                        (int) key.validUntil().getEpochSecond(), key.pair().seed()));
            }
        }
        return new PrivateKeys(list);
    }

    /** Makes the handler of a connection. */
    ConnectionHandler accept() {
        return new Handler();
    }

    private boolean isListed(PeerIdentity peer, boolean proxy) {
        if (!checkHashes) {
            return true;
        }
        RootState root = chain.root();
        boolean measured = peer.isAttested()
                || (peer.kind() == PeerIdentity.Kind.SIMULATED && root.params().isTest());
        return measured && (proxy ? root.proxyHashes() : root.workerHashes()).contains(peer.imageHash());
    }

    private final class Handler implements ConnectionHandler {

        @Override
        public void connected(Connection connection) {
            if (connections.incrementAndGet() > MAX_CONNECTIONS) {
                connection.close("too many connections: " + MAX_CONNECTIONS);
            } else {
                callers.add(connection);
            }
        }

        @Override
        public void message(Connection connection, Bytes message) {
            // No message is known here; the reference drops them too.
        }

        @Override
        public void query(Connection connection, Bytes query, Responder responder) {
            // The argument is a version that is always 0; the reference answers even without one.
            int id = query.length() < 4 ? 0 : query.intLeAt(0);
            boolean proxy = id == ToKeyManager.GetProxyPrivateKeys.ID;
            if (!proxy && id != ToKeyManager.GetWorkerPrivateKeys.ID) {
                refused.increment();
                responder.fail(FAILURE, "unknown query magic");
            } else if (!isListed(connection.peer(), proxy)) {
                refused.increment();
                responder.fail(ERROR, proxy ? "unknown proxy hash" : "unknown worker hash");
            } else {
                answered.increment();
                responder.answer(answer());
            }
        }

        @Override
        public void closed(Connection connection, CloseReason reason) {
            connections.decrementAndGet();
            callers.remove(connection);
        }
    }

    /** Ends the making of keys and answers with none from then on. Stored keys stay. */
    @Override
    public void close() {
        // A round of the timer may still be running and set the list again.
        closed = true;
        Listener open = listener;
        if (open != null) {
            open.close();
        }
        endOfVerification.run();
        Future<?> task = ticking;
        if (task != null) {
            task.cancel(false);
        }
        if (ownsTimer) {
            timer.shutdownNow();
        }
        served = List.of();
    }

    /** Collects what a key manager needs. Not thread-safe. */
    public static final class Builder {
        private @Nullable CocoonChain chain;
        private KeyStore store = KeyStore.NONE;
        private NetworkKeyPublisher publisher = key -> CompletableFuture.completedFuture(null);
        private boolean checkHashes = true;
        private boolean testKey;
        private Clock clock = Clock.systemUTC();
        private SecureRandom random = new SecureRandom();
        private @Nullable ScheduledExecutorService timer;

        private @Nullable Function<CocoonChain, Runnable> attested;
        private @Nullable Transport transport;
        private @Nullable InetSocketAddress bind;
        private @Nullable ListenMode mode;

        private Builder() {}

        /** Sets what listens, and where; the caller closes the transport. */
        public Builder listen(Transport through, InetSocketAddress on, ListenMode how) {
            attested = null;
            transport = through;
            bind = on;
            mode = how;
            return this;
        }

        /**
         * Sets what listens, and where, and verifies the evidence of callers, by Intel's root key, against the root contract's
         * lists of images of proxies and workers: {@link NetworkAttestation}. A caller that is refused sees its connection end,
         * not why. The key manager judges anew while connections are open, and ends that when it closes.
         *
         * @param identity what we show: with evidence, or no caller of a live network takes us
         * @param collateral what Intel has published about platforms; stays the caller's
         * @param powDifficulty of the proof of work in bits, 0 to 64; the network has 20, and the network's diallers refuse more than 28
         */
        public Builder listenAttested(
                Transport through,
                InetSocketAddress on,
                IdentitySource identity,
                CollateralSource collateral,
                int powDifficulty) {
            transport = through;
            bind = on;
            attested = network ->
                    verify(identity, NetworkAttestation.of(network, collateral).clock(clock), powDifficulty);
            return this;
        }

        /**
         * Does the same with demands of yours: another policy, other collateral, other roots in tests. The images are still
         * those of the root contract that {@code demands} was made with, which has to be the key manager's.
         *
         * @param identity what we show: with evidence, or no caller of a live network takes us
         * @param demands of callers; its clock and executor are used too
         * @param powDifficulty of the proof of work in bits, 0 to 64; the network has 20, and the network's diallers refuse more than 28
         */
        public Builder listenAttested(
                Transport through,
                InetSocketAddress on,
                IdentitySource identity,
                NetworkAttestation demands,
                int powDifficulty) {
            transport = through;
            bind = on;
            attested = network -> verify(identity, demands, powDifficulty);
            return this;
        }

        private Runnable verify(IdentitySource identity, NetworkAttestation demands, int powDifficulty) {
            AttestedPeers peers = demands.ofProxiesAndWorkers();
            try {
                RaTls tls = RaTls.builder()
                        .identity(identity)
                        .policy(peers)
                        .clock(clock)
                        .build();
                mode = new ListenMode.Direct(tls, powDifficulty);
                return peers::close;
            } catch (RuntimeException e) {
                peers.close();
                throw e;
            }
        }

        /** Sets the network. Required; the caller closes it. */
        public Builder chain(CocoonChain value) {
            chain = value;
            return this;
        }

        /** Sets where keys are kept; by default they end with the process. */
        public Builder store(KeyStore value) {
            store = value;
            return this;
        }

        /** Sets how public halves come to the root contract; by default they do not. */
        public Builder publisher(NetworkKeyPublisher value) {
            publisher = value;
            return this;
        }

        /** Hands keys to everybody. Refused by {@link #build} unless the network is a test network. */
        public Builder withoutHashChecks() {
            checkHashes = false;
            return this;
        }

        /** Adds the reference's fixed test key, which everybody knows. Needs {@link #withoutHashChecks}. */
        public Builder withPublicTestKey() {
            testKey = true;
            return this;
        }

        /** Sets the clock. */
        public Builder clock(Clock value) {
            clock = value;
            return this;
        }

        /** Sets where keys come from. */
        public Builder secureRandom(SecureRandom value) {
            random = value;
            return this;
        }

        /** Sets the executor; the caller shuts it down. */
        public Builder timer(ScheduledExecutorService value) {
            timer = value;
            return this;
        }

        /**
         * Makes the key manager and its first key, and listens.
         *
         * @throws IllegalStateException if something is missing, or hash checks are off on a real network
         * @throws java.io.UncheckedIOException if the port cannot be bound; nothing stays behind then
         * @throws IOException if the store cannot be read or was tampered with
         */
        public KeyManagerServer build() throws IOException {
            CocoonChain network = chain;
            if (network == null) {
                throw new IllegalStateException("a key manager needs its chain");
            }
            if (!checkHashes && !network.root().params().isTest()) {
                throw new IllegalStateException(
                        "hash checks are off, and " + network.describe() + " is not a test network; leave them on");
            }
            if (testKey && checkHashes) {
                throw new IllegalStateException("the public test key goes only with hash checks off");
            }
            ScheduledExecutorService given = timer;
            KeyManagerServer server = new KeyManagerServer(this, network, given == null ? ownTimer() : given);
            Function<CocoonChain, Runnable> verification = attested;
            try {
                if (verification != null) {
                    server.endOfVerification = verification.apply(network);
                }
                server.begin(transport, bind, mode);
                return server;
            } catch (RuntimeException e) {
                server.close();
                throw e;
            }
        }

        private static ScheduledExecutorService ownTimer() {
            return new ScheduledThreadPoolExecutor(1, task -> {
                Thread thread = new Thread(task, "cocoon-key-manager");
                thread.setDaemon(true);
                return thread;
            });
        }
    }
}
