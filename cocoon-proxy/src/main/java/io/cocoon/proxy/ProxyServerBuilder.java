package io.cocoon.proxy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.keymanager.NetworkKeys;
import io.cocoon.tee.IdentitySource;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tee.policy.AttestedPeers;
import io.cocoon.tee.policy.NetworkAttestation;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.transport.ListenLimits;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Collects what a proxy needs. Not thread-safe. */
public final class ProxyServerBuilder {
    private @Nullable CocoonChain chain;
    private @Nullable Ed25519Key key;
    private @Nullable Address owner;
    private boolean checkHashes = true;
    private boolean allowEmptySecrets;
    private ProxyLimits limits = ProxyLimits.DEFAULT;
    private Clock clock = Clock.systemUTC();
    private SecureRandom secure = new SecureRandom();
    private @Nullable RandomGenerator chance;
    private LedgerSource ledger = new LedgerSource.Default();
    private @Nullable ProxyContracts contracts;
    private NetworkKeys networkKeys = NetworkKeys.NONE;
    private @Nullable ScheduledExecutorService timer;
    private final Ports ports = new Ports();
    private @Nullable Function<CocoonChain, Runnable> attestedWorkers;

    ProxyServerBuilder() {}

    /** Sets what listens; the caller closes it. Required for a port. */
    public ProxyServerBuilder transport(Transport value) {
        ports.transport(value);
        return this;
    }

    /** Sets where workers connect: directly, or through a router on this host. */
    public ProxyServerBuilder listenForWorkers(InetSocketAddress bind, ListenMode mode) {
        attestedWorkers = null;
        ports.workers(bind, mode);
        return this;
    }

    /**
     * Sets where workers connect directly, and verifies their evidence, by Intel's root key, against the root contract's list
     * of images of workers: {@link NetworkAttestation}. A worker that is refused sees its connection end, not why.
     * The proxy judges anew while connections are open, and ends that when it closes. Clients are not asked for evidence:
     * theirs is the listener of {@link #listenForClients}, which has to show the same identity.
     *
     * @param identity what we show: with evidence, or no worker of a live network takes us
     * @param collateral what Intel has published about platforms; stays the caller's
     * @param powDifficulty of the proof of work in bits, 0 to 64; the network has 20, and the network's diallers refuse more than 28
     */
    public ProxyServerBuilder listenForAttestedWorkers(
            InetSocketAddress bind, IdentitySource identity, CollateralSource collateral, int powDifficulty) {
        attestedWorkers = network -> verify(
                bind, identity, NetworkAttestation.of(network, collateral).clock(clock), powDifficulty);
        return this;
    }

    /**
     * Does the same with demands of yours: another policy, other collateral, other roots in tests. The images are still
     * those of the root contract that {@code demands} was made with, which has to be the proxy's.
     *
     * @param identity what we show: with evidence, or no worker of a live network takes us
     * @param demands of workers; its clock and executor are used too
     * @param powDifficulty of the proof of work in bits, 0 to 64; the network has 20, and the network's diallers refuse more than 28
     */
    public ProxyServerBuilder listenForAttestedWorkers(
            InetSocketAddress bind, IdentitySource identity, NetworkAttestation demands, int powDifficulty) {
        attestedWorkers = network -> verify(bind, identity, demands, powDifficulty);
        return this;
    }

    private Runnable verify(
            InetSocketAddress bind, IdentitySource identity, NetworkAttestation demands, int powDifficulty) {
        AttestedPeers peers = demands.ofWorkers();
        try {
            RaTls tls = RaTls.builder()
                    .identity(identity)
                    .policy(peers)
                    .clock(clock)
                    .build();
            ports.workers(bind, new ListenMode.Direct(tls, powDifficulty));
            return peers::close;
        } catch (RuntimeException e) {
            peers.close();
            throw e;
        }
    }

    /** Sets where clients connect: directly, or through a router on this host. */
    public ProxyServerBuilder listenForClients(InetSocketAddress bind, ListenMode mode) {
        ports.clients(bind, mode);
        return this;
    }

    /** Sets the bounds of both listeners. */
    public ProxyServerBuilder listenLimits(ListenLimits value) {
        ports.limits(value);
        return this;
    }

    /** Sets the network. Required; the caller closes it. */
    public ProxyServerBuilder chain(CocoonChain value) {
        chain = value;
        return this;
    }

    /** Sets the machine key, which names the proxy and signs payments. Required. */
    public ProxyServerBuilder key(Ed25519Key value) {
        key = value;
        return this;
    }

    /** Sets the owner of the proxy's contract. Required. */
    public ProxyServerBuilder owner(Address value) {
        owner = value;
        return this;
    }

    /** Lets workers with any image and any model in. Refused by {@link #build} unless the network is a test network. */
    public ProxyServerBuilder withoutHashChecks() {
        checkHashes = false;
        return this;
    }

    /**
     * Lets clients authorise with the empty secret on a real network. Whoever reads a client's address on the chain can
     * then spend its balance (hazard H12); the reference's template for clients sets no secret.
     */
    public ProxyServerBuilder allowEmptyClientSecrets() {
        allowEmptySecrets = true;
        return this;
    }

    /** Sets the bounds. */
    public ProxyServerBuilder limits(ProxyLimits value) {
        limits = value;
        return this;
    }

    /** Sets the clock for times and deadlines. */
    public ProxyServerBuilder clock(Clock value) {
        clock = value;
        return this;
    }

    /** Sets where nonces and ids come from. */
    public ProxyServerBuilder secureRandom(SecureRandom value) {
        secure = value;
        return this;
    }

    /** Sets chance in the choice of workers. */
    public ProxyServerBuilder random(RandomGenerator value) {
        chance = value;
        return this;
    }

    /**
     * Sets the ledger; the proxy closes it. In the mode without a chain the default is an {@link InMemoryLedger}: a restart
     * forgets what was done. On a chain there is no default.
     */
    public ProxyServerBuilder ledger(Ledger value) {
        ledger = new LedgerSource.Given(value);
        return this;
    }

    /**
     * Keeps the ledger in a folder, so that totals survive the process. For the mode without a chain: nothing finds out that
     * the folder is an old copy.
     *
     * @param folder for its files; is made if it is not there. One process at a time; for this machine key, owner and root
     *     contract only
     */
    public ProxyServerBuilder ledger(Path folder) {
        ledger = new LedgerSource.Folder(folder, null);
        return this;
    }

    /**
     * Keeps the ledger in a folder, and lets the chain order its states: {@link #build} refuses a folder that is older than
     * what the chain has seen, and the proxy admits nothing until its own start was seen, and nothing more when a second proxy
     * with this key is.
     *
     * @param folder as in {@link #ledger(Path)}; never restore or delete it lightly, clients and workers hold payments that it
     *     knows
     * @param saver the chain; the caller closes it, after the proxy. One save_state is sent each {@link ProxyLimits#chainCommit}, if
     *     anything was earned
     */
    public ProxyServerBuilder ledger(Path folder, StateSaver saver) {
        ledger = new LedgerSource.Folder(folder, saver);
        return this;
    }

    /**
     * Lets the proxy keep its contracts on the chain: {@link #chain} has to show contracts of the same one. The ledger is
     * then in the same folder, and the chain orders its states; what was set with {@code ledger} is not used.
     */
    public ProxyServerBuilder contracts(ProxyContracts value) {
        contracts = value;
        return this;
    }

    /** Sets where private halves of network keys come from; by default encrypted requests are refused. */
    public ProxyServerBuilder networkKeys(NetworkKeys value) {
        networkKeys = value;
        return this;
    }

    /** Sets the executor for deadlines; the caller shuts it down, after the proxy. By default the proxy has its own. */
    public ProxyServerBuilder timer(ScheduledExecutorService value) {
        timer = value;
        return this;
    }

    /**
     * Makes the proxy; {@link ProxyServer#start} lets it serve.
     *
     * @throws IllegalStateException if something required is missing, or hash checks are off and the network is not a
     *     test network, or the ledger does not fit the network
     * @throws UncheckedIOException if the ledger or the contracts in the folder cannot be opened: it is open elsewhere, damaged, another
     *     proxy's, or the chain cannot be read; nothing was changed then
     * @throws LedgerStoppedException if the ledger in the folder is older than what the chain has seen
     */
    public ProxyServer build() {
        CocoonChain network = require("chain", chain);
        if (!checkHashes && !network.root().params().isTest()) {
            throw new IllegalStateException(
                    "hash checks are off, and " + network.describe() + " is not a test network; leave them on");
        }
        LedgerSource.Owner self = new LedgerSource.Owner(network, require("key", key), require("owner", owner), secure);
        ScheduledExecutorService given = timer;
        Deque<Runnable> undo = new ArrayDeque<>();
        try {
            ScheduledExecutorService used = given == null ? ownTimer() : given;
            if (given == null) {
                undo.push(used::shutdownNow);
            }
            ContractKeeper keeper = openContracts(self, used, undo);
            Ledger opened = keeper == null ? openLedger(self, undo) : keeper.ledger();
            Function<CocoonChain, Runnable> verification = attestedWorkers;
            Runnable end = verification == null ? () -> {} : verification.apply(network);
            undo.push(end);
            ProxySettings settings = new ProxySettings(
                    network,
                    self.key(),
                    self.owner(),
                    checkHashes,
                    allowEmptySecrets,
                    limits,
                    clock,
                    secure,
                    chance == null ? new java.util.SplittableRandom() : chance,
                    opened,
                    networkKeys,
                    used);
            return new ProxyServer(settings, given == null, ports, end, keeper);
        } catch (RuntimeException e) {
            undo.forEach(Runnable::run);
            throw e;
        }
    }

    private @Nullable ContractKeeper openContracts(
            LedgerSource.Owner self, ScheduledExecutorService used, Deque<Runnable> undo) {
        ProxyContracts wanted = contracts;
        if (wanted == null) {
            return null;
        }
        try {
            ContractKeeper keeper = ContractKeeper.open(wanted, self, clock, used);
            undo.push(keeper.ledger()::close);
            undo.push(keeper::close);
            return keeper;
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private Ledger openLedger(LedgerSource.Owner of, Deque<Runnable> undo) {
        try {
            Ledger opened = ledger.open(of);
            if (!(ledger instanceof LedgerSource.Given)) {
                undo.push(opened::close);
            }
            return opened;
        } catch (IOException e) {
            throw new UncheckedIOException(e.getMessage(), e);
        }
    }

    private static ScheduledExecutorService ownTimer() {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "cocoon-proxy-timer");
            thread.setDaemon(true);
            return thread;
        });
        // Most deadlines are cancelled long before they come; kept, they would hold their queries in memory.
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    private static <T> T require(String name, @Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("a proxy needs its " + name);
        }
        return value;
    }
}
