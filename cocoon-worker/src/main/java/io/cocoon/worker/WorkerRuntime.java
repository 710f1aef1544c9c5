package io.cocoon.worker;

import io.cocoon.store.StateFolder;
import io.cocoon.ton.chain.RootState;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A worker: serves one model at a time to the clients of several proxies and is paid for it.
 *
 * <pre>{@code
 * try (WorkerRuntime worker = WorkerRuntime.builder()
 *         .chain(chain)
 *         .owner(payoutAddress)
 *         .model("Qwen/Qwen3-32B@<commit>:<hash>")
 *         .engine(HttpEngine.builder().baseUrl(URI.create("http://127.0.0.1:8000")).build())
 *         .direct(transport, tls)
 *         .build()) {
 *     worker.start();
 *     ...
 *     worker.drain(Duration.ofMinutes(2)).join();
 * }
 * }</pre>
 *
 * <p>Thread-safe. The worker owns its engine and its threads and ends them in {@link #close}; an executor, a transport and
 * a chain that were given to it stay open.
 */
public final class WorkerRuntime implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WorkerRuntime.class);
    private static final Duration DRAIN_LOOK = Duration.ofMillis(20);
    private static final Duration MONEY_ENDS_WITHIN = Duration.ofSeconds(5);

    private final WorkerCore core;
    private final List<ProxyLink> links;
    private final ModelChanges changes;
    private final Optional<ExecutorService> ownExecutor;
    private final ScheduledThreadPoolExecutor timer;
    private final Optional<Payouts> payouts;
    private final ScheduledThreadPoolExecutor moneyThread;
    private final Optional<StateFolder> state;
    private final Runnable endOfVerification;
    private boolean started;
    private boolean closed;
    private Runnable listening = () -> {};
    private int paramsVersion;

    WorkerRuntime(
            WorkerCore core,
            List<ProxyLink> links,
            ModelChanges changes,
            Optional<ExecutorService> ownExecutor,
            ScheduledThreadPoolExecutor timer,
            Optional<Payouts> payouts,
            ScheduledThreadPoolExecutor moneyThread,
            Optional<StateFolder> state,
            Runnable endOfVerification) {
        this.payouts = payouts;
        this.moneyThread = moneyThread;
        this.state = state;
        this.endOfVerification = endOfVerification;
        this.core = core;
        this.links = links;
        this.changes = changes;
        this.ownExecutor = ownExecutor;
        this.timer = timer;
    }

    /** Returns a new builder. */
    public static WorkerRuntimeBuilder builder() {
        return new WorkerRuntimeBuilder();
    }

    /**
     * Begins: asks the engine whether it is available, then connects to the proxies and keeps connected. Returns at once.
     *
     * @throws IllegalStateException if it was started or closed before
     */
    public synchronized void start() {
        if (started || closed) {
            throw new IllegalStateException(closed ? "this worker is closed" : "this worker was started before");
        }
        started = true;
        paramsVersion = core.root().params().version();
        listening = core.settings().chain().onRootChange(this::rootChanged);
        payouts.ifPresent(Payouts::start);
        core.executor().execute(() -> {
            probe();
            links.forEach(ProxyLink::start);
        });
    }

    // The engine's availability.

    private void probe() {
        boolean available;
        try {
            available = core.served().engine().isAvailable();
        } catch (RuntimeException e) {
            LOG.warn("the engine failed to say whether it is available: {}", e.toString());
            available = false;
        }
        if (core.engineAvailable(available)) {
            LOG.info("the engine is {}", available ? "available" : "not available");
            stateChanged();
        }
        core.later(core.between(core.limits().probeMin(), core.limits().probeMax()), this::probeOnExecutor);
    }

    private void probeOnExecutor() {
        try {
            core.executor().execute(this::probe);
        } catch (RejectedExecutionException e) {
            LOG.debug("closing; the engine is not asked any more");
        }
    }

    private void stateChanged() {
        links.forEach(link -> link.session().ifPresent(ProxySession::stateChanged));
    }

    private void rootChanged(RootState root) {
        boolean addressesChanged;
        synchronized (this) {
            if (closed) {
                return;
            }
            addressesChanged = root.params().version() > paramsVersion;
            paramsVersion = Math.max(paramsVersion, root.params().version());
        }
        if (addressesChanged) {
            // Contract addresses follow from the parameters, so every handshake has to be made anew.
            links.forEach(link -> link.session()
                    .ifPresent(session -> session.close("the root contract's parameters changed to version "
                            + root.params().version())));
        } else {
            stateChanged();
        }
    }

    // What an operator does.

    /** Takes no more queries, until {@link #enable}; running ones go on. */
    public void disable() {
        core.forceOff(true);
        stateChanged();
    }

    /** Ends {@link #disable}. */
    public void enable() {
        core.forceOff(false);
        stateChanged();
    }

    /**
     * Changes the price factor for queries that start from now on.
     *
     * @param coefficient 0 to 999,999,999; 1000 stands for 1.0
     */
    public void changeCoefficient(int coefficient) {
        WorkerRuntimeBuilder.requireCoefficient(coefficient);
        core.coefficient(coefficient);
        stateChanged();
    }

    /**
     * Loads another model with {@link WorkerRuntimeBuilder#onModelChange} and serves it from then on. Answers under way are finished by the
     * engine that began them, which is closed after the last one; new connections tell proxies of the new model meanwhile.
     *
     * @param fullName {@code base@commit:hash}
     * @return completes when it is loaded, at once if it is served already. Fails if it was not loaded, with what the
     *     loader threw as the cause, or could not be; the worker goes on with the model that it has
     */
    public CompletableFuture<Void> changeModel(String fullName) {
        return changes.change(fullName);
    }

    /**
     * Takes no more queries for good and waits for the running ones.
     *
     * @return completes with true when none is left, with false when {@code atMost} has passed first
     */
    public CompletableFuture<Boolean> drain(Duration atMost) {
        synchronized (this) {
            if (closed) {
                return CompletableFuture.completedFuture(core.active() == 0);
            }
        }
        core.startDraining();
        stateChanged();
        CompletableFuture<Boolean> done = new CompletableFuture<>();
        lookWhetherDrained(done, core.clock().instant().plus(atMost));
        return done;
    }

    private void lookWhetherDrained(CompletableFuture<Boolean> done, Instant until) {
        if (core.active() == 0) {
            done.complete(true);
        } else if (!core.clock().instant().isBefore(until)) {
            done.complete(false);
        } else {
            core.later(DRAIN_LOOK, () -> lookWhetherDrained(done, until));
            if (core.timer().isShutdown()) {
                done.complete(false);
            }
        }
    }

    /**
     * Cashes in everything that is signed and worth more than its fees, at every proxy: for leaving. Comes to its end only after
     * {@link #start}.
     *
     * @return what was paid and what was not, once each contract has paid or something keeps it from paying; "nothing to pay out"
     *     if nothing is signed (payments dossier, hazard H61). Waits as long as the chain does not answer. Fails with {@link
     *     IllegalStateException} if the worker is closed first
     * @throws IllegalStateException if this worker has no {@link WorkerRuntimeBuilder#payouts}
     */
    public CompletableFuture<WorkerPayouts.Result> payOutNow() {
        return payouts.orElseThrow(() -> new IllegalStateException(
                        "this worker was built without payouts: give it a chain and a wallet to pay out with"))
                .payOutNow();
    }

    /** Returns how things are. */
    public WorkerStatus status() {
        ServedModel served = core.served();
        return new WorkerStatus(
                served.name(),
                core.coefficient(),
                core.disabledBecause(),
                core.active(),
                core.settings().maxActiveRequests(),
                core.counters().completed.sum(),
                core.counters().failed.sum(),
                core.counters().cancelled.sum(),
                core.counters().totals(),
                served.engine().currentLoad(),
                served.engine().card(),
                links.stream().map(ProxyLink::status).toList(),
                accounts(),
                payouts.map(Payouts::wallet),
                core.root(),
                core.settings().chain().rootSeenAt());
    }

    private List<WorkerStatus.Account> accounts() {
        boolean testnet = core.settings().chain().isTestnet();
        int version = core.root().params().version();
        String problem = payouts.map(Payouts::problem).orElse("");
        return core.accounts().all().stream()
                .map(account -> WorkerStatus.Account.of(account.view(), testnet, version, problem))
                .toList();
    }

    /**
     * Closes the connections, which cancels what runs, then the engine. Writes what is not yet on the disk; payouts under way go on
     * next time. Waits up to ten seconds for engine threads.
     */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            listening.run();
        }
        links.forEach(ProxyLink::stop);
        endOfVerification.run();
        timer.shutdownNow();
        closeMoney();
        ownExecutor.ifPresent(executor -> {
            executor.shutdown();
            try {
                if (!executor.awaitTermination(2, TimeUnit.SECONDS)) {
                    executor.shutdownNow();
                    if (!executor.awaitTermination(8, TimeUnit.SECONDS)) {
                        LOG.warn("the engine did not stop within ten seconds of its cancellation");
                    }
                }
            } catch (InterruptedException e) {
                executor.shutdownNow();
                Thread.currentThread().interrupt();
            }
        });
        core.closeEngines();
    }

    private void closeMoney() {
        payouts.ifPresent(Payouts::close);
        core.accounts().stopWriting();
        moneyThread.shutdown();
        try {
            if (!moneyThread.awaitTermination(MONEY_ENDS_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
                LOG.warn(
                        "the thread of the payouts is still busy with the disk {} after it was closed",
                        MONEY_ENDS_WITHIN);
            }
            core.accounts().save();
        } catch (IOException e) {
            core.alarm("the newest of the worker's records of its earnings could not be written: " + e
                    + "; the proxies still have those payments");
        } catch (InterruptedException e) {
            moneyThread.shutdownNow();
            Thread.currentThread().interrupt();
        }
        state.ifPresent(StateFolder::close);
    }
}
