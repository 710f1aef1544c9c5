package io.cocoon.client;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.channel.ClientChannels;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all parts of one client share. Thread-safe. */
final class ClientContext {

    private static final Logger LOG = LoggerFactory.getLogger(ClientContext.class);

    /** This many disputes are kept; older ones are in the hands of the listener. */
    private static final int MAX_DISPUTES = 256;

    private final ClientSettings settings;
    private final SpendingGuard guard;
    private final ConcurrentHashMap<Address, ProxyAccount> accounts = new ConcurrentHashMap<>();
    private final ConcurrentLinkedDeque<Dispute> disputes = new ConcurrentLinkedDeque<>();
    private volatile Consumer<Dispute> onDispute = dispute -> {};

    ClientContext(ClientSettings settings) {
        this.settings = settings;
        this.guard = new SpendingGuard(settings.spendingLimit(), settings.spendingWindow(), settings.clock());
    }

    ClientSettings settings() {
        return settings;
    }

    SpendingGuard guard() {
        return guard;
    }

    CocoonChain chain() {
        return settings.network().chain();
    }

    RootState root() {
        return chain().root();
    }

    Clock clock() {
        return settings.clock();
    }

    SecureRandom random() {
        return settings.random();
    }

    Executor executor() {
        return settings.executor();
    }

    ScheduledExecutorService scheduler() {
        return settings.scheduler();
    }

    Int256 randomId() {
        byte[] id = new byte[Int256.BYTES];
        settings.random().nextBytes(id);
        return Int256.of(id);
    }

    Ed25519Key freshKey() {
        return Ed25519Key.generate(settings.random());
    }

    @Nullable
    Bytes secret() {
        return settings.secret();
    }

    /** Returns what opens, tops up and closes contracts; null if nothing does. */
    @Nullable
    ClientChannels channels() {
        return settings.channels();
    }

    /** Returns the account of a client contract; the first caller names its proxy. */
    ProxyAccount account(String proxy, Address proxyContract, Address clientContract, Int256 proxyKey) {
        return accounts.computeIfAbsent(
                clientContract,
                contract -> new ProxyAccount(
                        proxy,
                        proxyContract,
                        contract,
                        proxyKey,
                        settings.clock(),
                        settings.executor(),
                        this::report,
                        settings.channels()));
    }

    /** Tells the pool of every dispute; it closes the connection. */
    void whenDisputed(Consumer<Dispute> listener) {
        onDispute = listener;
    }

    /** Keeps a dispute and tells who wants to know. Called without any lock. */
    void report(Dispute dispute) {
        LOG.warn("dispute with proxy {}: {}", dispute.proxy(), dispute.claim());
        disputes.add(dispute);
        if (disputes.size() > MAX_DISPUTES) {
            disputes.poll();
        }
        onDispute.accept(dispute);
        try {
            settings.executor().execute(() -> settings.disputeListener().accept(dispute));
        } catch (RejectedExecutionException e) {
            LOG.debug("the dispute listener is not told: the client is closing");
        }
    }

    List<Dispute> disputes() {
        return List.copyOf(disputes);
    }

    /** Returns the network key to encrypt for: type 1, latest expiry, valid for at least the request's time. */
    Optional<RootState.NetworkKey> networkKey(RootState root, java.time.Duration timeout) {
        if (settings.encryption() == Encryption.NEVER) {
            return Optional.empty();
        }
        java.time.Instant until = settings.clock().instant().plus(timeout);
        return root.networkKeys().stream()
                .filter(key -> key.type() == 1 && !key.expiresAt().isBefore(until))
                .max(java.util.Comparator.comparing(RootState.NetworkKey::expiresAt));
    }
}
