package io.cocoon.proxy;

import io.cocoon.payment.Nanoton;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.PeerIdentity;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A proxy of the network: serves clients and workers of protocol versions 0 to 4 at once.
 *
 * <p>Promises: nothing that a peer sends ends the process, slows another peer down, or takes more memory than {@link
 * ProxyLimits} allows; a query that was admitted ends exactly once, with its reservation returned and its bill charged to
 * the client and credited to the worker alike; without hash checks it does not start on anything but a test network.
 *
 * <p>Not promised: that answers are right, or that workers report usage truthfully. The bill is checked and bounded (see
 * {@code Bills}), not verified.
 *
 * <p>Thread-safe. The package documentation says which thread does what.
 */
public final class ProxyServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ProxyServer.class);
    private static final Duration SWEEP = Duration.ofSeconds(10);

    private final ProxyCore core;
    private final Admission admission;
    private final Set<WorkerHandler> workerHandlers = ConcurrentHashMap.newKeySet();
    private final boolean ownsTimer;
    private final AtomicBoolean ledgerStopped = new AtomicBoolean();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    private final Ports ports;
    private final Runnable endOfVerification;
    private volatile Runnable listening = () -> {};
    private final @Nullable ProxyOnChain onChain;

    ProxyServer(
            ProxySettings settings,
            boolean ownsTimer,
            Ports ports,
            Runnable endOfVerification,
            @Nullable ContractKeeper keeper) {
        this.endOfVerification = endOfVerification;
        this.core = new ProxyCore(settings);
        this.admission = new Admission(core);
        this.ownsTimer = ownsTimer;
        this.ports = ports;
        this.onChain = keeper == null ? null : new ProxyOnChain(this, core, keeper);
    }

    /** Returns a builder. */
    public static ProxyServerBuilder builder() {
        return new ProxyServerBuilder();
    }

    /**
     * Begins to serve. To be called once.
     *
     * @return this
     * @throws UncheckedIOException if a port cannot be bound; the proxy is closed then
     */
    public ProxyServer start() {
        ProxySettings settings = core.settings();
        ProxyLimits limits = core.limits();
        core.every(limits.ledgerFlush(), () -> watch(settings.ledger().flush()));
        core.every(limits.chainCommit(), () -> watch(settings.ledger().commit()));
        core.every(SWEEP, this::sweep);
        listening = settings.chain().onRootChange(newer -> core.later(() -> rootChanged(newer)));
        // It may have changed since the network was read, or since the ledger was opened.
        ProxyOnChain contracts = onChain;
        if (contracts == null) {
            watch(settings.ledger().proxyMoved(core.network().proxyContract()));
        } else {
            contracts.start();
            watch(settings.ledger().proxyMoved(contracts.contract()));
        }
        core.later(() -> rootChanged(settings.chain().root()));
        try {
            ports.open(acceptor(this::acceptWorker), acceptor(this::acceptClient));
        } catch (RuntimeException e) {
            close();
            throw e;
        }
        return this;
    }

    /** A ledger that has stopped stays so; the proxy leaves service with it. */
    private void watch(CompletionStage<Void> step) {
        step.whenComplete((done, failure) -> {
            if (failure != null && ledgerStopped.compareAndSet(false, true)) {
                LOG.error("the proxy leaves service: {}", failure.getMessage(), failure);
                core.later(this::disable);
            }
        });
    }

    private void sweep() {
        // A contract that nobody asks for is followed no more; a client that is here may ask at any time.
        core.clients().all().stream()
                .map(ClientHandler::anySession)
                .filter(Objects::nonNull)
                .forEach(session -> core.settings().chain().client(session.contract()));
        core.workers().sweep(core.now());
        core.payments()
                .retain(
                        Ledger.Side.WORKER,
                        core.workers().slots().stream()
                                .map(slot -> slot.contract)
                                .collect(Collectors.toSet()));
        core.payments()
                .retain(
                        Ledger.Side.CLIENT,
                        core.clients().all().stream()
                                .map(ClientHandler::anySession)
                                .filter(Objects::nonNull)
                                .map(ClientSession::contract)
                                .collect(Collectors.toSet()));
    }

    private static Function<PeerIdentity, ConnectionHandler> acceptor(Supplier<ConnectionHandler> maker) {
        return peer -> maker.get();
    }

    /** Returns where workers connect. @throws IllegalStateException if the proxy does not listen for them */
    public InetSocketAddress workerAddress() {
        return ports.workerAddress();
    }

    /** Returns where clients connect. @throws IllegalStateException if the proxy does not listen for them */
    public InetSocketAddress clientAddress() {
        return ports.clientAddress();
    }

    /** Makes the handler of a connection on the port for clients. */
    ConnectionHandler acceptClient() {
        return new ClientHandler(core, admission);
    }

    /** Makes the handler of a connection on the port for workers. */
    ConnectionHandler acceptWorker() {
        return new WorkerHandler(core, workerHandlers);
    }

    /** For tests of this package. */
    ProxyCore core() {
        return core;
    }

    /**
     * Tells that the chain has seen a client register: a long authorisation that waits for this nonce goes on. Nonces that
     * are unknown or belong to another owner are ignored.
     *
     * @param owner of the client contract whose register message was seen
     * @param nonce from that message
     */
    public void clientRegistered(Address owner, long nonce) {
        ClientHandler handler = core.clients().takeNonce(nonce, owner);
        if (handler != null) {
            handler.registered();
        }
    }

    /** A newer root state: contracts may have moved, images and models may be listed no more. On the timer thread. */
    private void rootChanged(RootState newer) {
        Network before = core.network();
        ProxyOnChain contracts = onChain;
        if (Integer.compareUnsigned(newer.version(), before.root().version()) < 0
                || (contracts != null && contracts.isEnding())) {
            return;
        }
        ProxySettings settings = core.settings();
        if (newer.params().isTest() != before.isTest()) {
            core.mode(ProxyCore.Mode.DISABLED);
            closeConnections("the network's test setting changed");
            return;
        }
        core.network(Network.of(newer, settings));
        if (Integer.compareUnsigned(
                        newer.params().version(), before.root().params().version())
                > 0) {
            Address moved = core.network().proxyContract();
            if (!moved.equals(before.proxyContract())) {
                watch(moveTo(moved, newer));
            }
            // What runs is settled with the contracts under which it began (TON dossier H46).
            retire("the network's parameters changed; contracts have new addresses", () -> {
                if (contracts != null) {
                    contracts.quiet(before.proxyContract());
                }
            });
        } else if (settings.checkHashes()) {
            for (WorkerHandler handler : workerHandlers) {
                closeIfUnlisted(handler, newer);
            }
        }
    }

    private CompletionStage<Void> moveTo(Address contract, RootState newer) {
        if (onChain != null) {
            try {
                onChain.moving(newer);
            } catch (UncheckedIOException e) {
                return CompletableFuture.failedFuture(e);
            }
        }
        return core.settings().ledger().proxyMoved(contract);
    }

    /** The reference leaves such a worker connected and never uses it (hazard H28). */
    private static void closeIfUnlisted(WorkerHandler handler, RootState root) {
        WorkerSlot slot = handler.anySlot();
        if (slot != null
                && !(WorkerHandshake.isListedImage(slot.connection.peer(), root)
                        && WorkerHandshake.isListedModel(slot.fullModel, root))) {
            handler.close("the worker's image or model is no longer listed");
        }
    }

    private void closeConnections(String reason) {
        core.clients().all().forEach(handler -> handler.close(reason));
        workerHandlers.forEach(handler -> handler.close(reason));
    }

    /**
     * Ends all queries and closes the connections that there are now: at once if nothing runs, else as soon as the workers
     * have stated what they have used, and at the latest after the grace that they have for it.
     *
     * @param then runs once afterwards; on this thread if nothing runs, else on the timer thread or that of a last piece
     */
    private void retire(String reason, Runnable then) {
        List<ClientHandler> clients = core.clients().all();
        List<WorkerHandler> workers = List.copyOf(workerHandlers);
        workers.forEach(WorkerHandler::retire);
        clients.forEach(ClientHandler::retire);
        core.queries().forEach(query -> query.stop(reason));
        AtomicBoolean over = new AtomicBoolean();
        Runnable end = () -> {
            if (over.compareAndSet(false, true)) {
                clients.forEach(handler -> handler.close(reason));
                workers.forEach(handler -> handler.close(reason));
                then.run();
            }
        };
        core.whenIdle(end);
        if (!over.get()) {
            core.after(core.limits().cancelGrace(), end);
        }
    }

    /**
     * Leaves service until {@link #enable}: refuses new connections and queries, ends the running queries with an error, and
     * closes all connections; see {@link #close} for who pays. Returns at once; connections on which a worker still owes
     * its bill close when it has come, at the latest after {@link ProxyLimits#cancelGrace}.
     */
    public void disable() {
        if (core.mode() != ProxyCore.Mode.CLOSED) {
            core.mode(ProxyCore.Mode.DISABLED);
            retire("the proxy was disabled", () -> {});
        }
    }

    /**
     * Returns to service after {@link #disable} or {@link #drain}, also while they are still at work.
     *
     * @throws IllegalStateException if its contract is closing or closed
     */
    public void enable() {
        if (onChain != null) {
            onChain.checkMayServe();
        }
        if (core.mode() != ProxyCore.Mode.CLOSED) {
            core.forgetIdleActions();
            core.mode(ProxyCore.Mode.SERVING);
        }
    }

    /**
     * Ends service in order: admits nothing more, lets running queries finish, then closes all connections. The proxy is then
     * disabled.
     *
     * @param atMost after this time what still runs is ended as by {@link #disable}
     * @return completes when the connections were closed, with whether all queries had finished by then
     */
    public CompletableFuture<Boolean> drain(Duration atMost) {
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        if (core.mode() == ProxyCore.Mode.CLOSED) {
            done.complete(core.runningQueries() == 0);
            return done;
        }
        AtomicBoolean over = new AtomicBoolean();
        Runnable end = () -> core.later(() -> {
            if (!over.compareAndSet(false, true)) {
                return;
            }
            boolean allFinished = core.runningQueries() == 0;
            if (core.mode() == ProxyCore.Mode.DRAINING) {
                core.mode(ProxyCore.Mode.DISABLED);
                retire("the proxy has left service", () -> core.later(() -> done.complete(allFinished)));
            } else {
                done.complete(allFinished);
            }
        });
        core.mode(ProxyCore.Mode.DRAINING);
        core.whenIdle(end);
        core.after(atMost, end);
        closed.thenRun(() -> done.complete(false));
        return done;
    }

    /**
     * Ends the proxy's contracts, for good: leaves service as by {@link #drain}, pays all clients back and all workers, closes
     * the contract, completes that after the network's delay, and so pays what was earned to the owner. That takes hours or a
     * day on a live network; the proxy has to run meanwhile. It is written down: a proxy that is started again goes on with it
     * by itself, and this may be called again to watch.
     *
     * @param atMost running queries may still take so long
     * @param progress is told what has changed, by the timer; it must not block
     * @return ends when all contracts are closed and everybody has what is his
     * @throws IllegalStateException if the proxy keeps no contracts, or was closed
     * @throws UncheckedIOException if the order could not be written down; nothing has changed
     */
    public CompletionStage<Void> closeContract(Duration atMost, Consumer<ProxyStatus.Chain> progress) {
        ProxyOnChain contracts = onChain;
        if (contracts == null || core.mode() == ProxyCore.Mode.CLOSED) {
            throw new IllegalStateException("this proxy " + (contracts == null ? "keeps no contracts" : "was closed"));
        }
        return contracts.end(atMost, progress);
    }

    /**
     * Asks a worker to change its model. The worker restarts itself with it; until then nothing changes here.
     *
     * @param connectionNumber as in {@link ProxyStatus.Worker#connection}
     * @param model the full name
     * @return completes when the worker says that it has changed; fails with {@link
     *     io.cocoon.transport.RemoteErrorException} if it refuses, with {@link java.util.NoSuchElementException} if no worker
     *     that is ready has this number
     */
    public CompletableFuture<Void> changeModel(long connectionNumber, String model) {
        for (WorkerHandler handler : workerHandlers) {
            Connection connection = handler.connection();
            if (connection != null && connection.number() == connectionNumber && handler.readySlot() != null) {
                return connection
                        .ask(new ProxyToWorker.ChangeModel(model), core.limits().changeModel())
                        .thenAccept(answer -> {
                            try {
                                TlReader.readWhole(answer, WorkerToProxy::readChangedModel);
                            } catch (TlException e) {
                                core.violation(connection, "a malformed answer: " + e.getMessage());
                                throw new CompletionException(e);
                            }
                        });
            }
        }
        return CompletableFuture.failedFuture(
                new java.util.NoSuchElementException("no ready worker has connection number " + connectionNumber));
    }

    /** Returns what the proxy is doing. */
    public ProxyStatus status() {
        Network network = core.network();
        Counters counters = core.counters();
        boolean waits = core.mode() == ProxyCore.Mode.SERVING
                && !core.settings().ledger().isOpen();
        return new ProxyStatus(
                waits ? "WAITING" : core.mode().name(),
                core.settings().chain().describe(),
                core.settings().key().publicKey(),
                network.proxyContract(),
                network.root(),
                core.settings().chain().rootSeenAt(),
                core.runningQueries(),
                core.heldBytes(),
                new ProxyStatus.Totals(
                        counters.admitted.sum(),
                        counters.refused.sum(),
                        counters.succeeded.sum(),
                        counters.failed.sum(),
                        counters.retried.sum(),
                        counters.cancelled.sum(),
                        counters.billedTokens.sum(),
                        new Nanoton(counters.chargedNanotons.sum()),
                        new Nanoton(counters.creditedNanotons.sum()),
                        counters.requestBytes.sum(),
                        counters.answerBytes.sum(),
                        counters.violations.sum(),
                        counters.times.counts(),
                        counters.timesToHead.counts()),
                workerStatus(),
                clientStatus(),
                Optional.ofNullable(onChain).map(ProxyOnChain::status));
    }

    private List<ProxyStatus.Worker> workerStatus() {
        return workerHandlers.stream()
                .map(WorkerHandler::readySlot)
                .filter(Objects::nonNull)
                .map(slot -> {
                    long tokens = core.settings()
                            .ledger()
                            .totals(Ledger.Side.WORKER, slot.contract)
                            .max();
                    return core.workers()
                            .read(() -> new ProxyStatus.Worker(
                                    slot.connection.number(),
                                    slot.connection.remoteAddress(),
                                    slot.connection.peer(),
                                    slot.fullModel,
                                    slot.version,
                                    slot.coefficient,
                                    slot.disabled,
                                    slot.running,
                                    slot.limit,
                                    slot.meanSeconds(),
                                    slot.speed.successRate(),
                                    tokens,
                                    slot.machine));
                })
                .sorted(java.util.Comparator.comparingLong(ProxyStatus.Worker::connection))
                .toList();
    }

    private List<ProxyStatus.Client> clientStatus() {
        Ledger ledger = core.settings().ledger();
        return core.clients().all().stream()
                .map(ClientHandler::readySession)
                .filter(Objects::nonNull)
                .map(session -> new ProxyStatus.Client(
                        session.connection().number(),
                        session.connection().remoteAddress(),
                        session.connection().peer(),
                        session.contract(),
                        session.version(),
                        session.queries().size(),
                        ledger.reserved(session.contract()),
                        ledger.totals(Ledger.Side.CLIENT, session.contract()).max(),
                        session.connection().pendingBytes()))
                .sorted(java.util.Comparator.comparingLong(ProxyStatus.Client::connection))
                .toList();
    }

    /**
     * Ends everything. {@link #drain} before it lets queries finish; what still runs ends here with an error:
     *
     * <ul>
     *   <li>a query of which the client has got nothing yet is free, and can be asked again elsewhere;
     *   <li>one whose answer has begun is cancelled at its worker, and what the worker states within {@link
     *       ProxyLimits#cancelGrace} is charged to the client and credited to the worker. So neither is the work that was
     *       delivered lost, nor is it charged again: the client is told the bill, and does not repeat such a query.
     * </ul>
     *
     * <p>Then connections close, and the ledger writes its totals down and closes. Blocks for the grace at most; not to be
     * called on an event loop, which would keep the workers' last words from being read.
     */
    @Override
    public void close() {
        if (!core.close()) {
            return;
        }
        listening.run();
        ports.close();
        CountDownLatch over = new CountDownLatch(1);
        retire("the proxy is shutting down", over::countDown);
        try {
            if (!over.await(core.limits().cancelGrace().toNanos(), TimeUnit.NANOSECONDS)) {
                core.queries().forEach(Query::giveUp);
            }
        } catch (InterruptedException e) {
            core.queries().forEach(Query::giveUp);
            Thread.currentThread().interrupt();
        }
        closeConnections("the proxy is shutting down");
        endOfVerification.run();
        closed.complete(null);
        core.stopPeriodic();
        try {
            // What it still has to save on the chain is handed over, so the contracts are closed after it.
            core.settings().ledger().close();
        } finally {
            if (onChain != null) {
                onChain.close();
            }
            if (ownsTimer) {
                core.settings().timer().shutdownNow();
            }
        }
    }
}
