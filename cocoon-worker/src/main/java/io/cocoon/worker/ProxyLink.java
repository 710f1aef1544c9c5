package io.cocoon.worker;

import io.cocoon.payment.PaymentTotals;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.transport.ConnectionClosedException;
import io.cocoon.transport.PeerReport;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one connection to some proxy: dials, waits longer after each failure, and takes another proxy of the root contract
 * when one is not ready for long. Thread-safe; its lock is never held while something is called that may call back.
 */
final class ProxyLink implements ProxySession.Listener {

    private static final Logger LOG = LoggerFactory.getLogger(ProxyLink.class);

    private final WorkerCore core;
    private final ModelChanges modelChanges;
    private final ProxyChooser chooser;
    private final ProxyDialer dialer;

    // Guarded by this.
    private Optional<HostPort> address = Optional.empty();
    private @Nullable ProxySession session;
    /** Those that another one took over from, until their last answers have ended. */
    private final Set<ProxySession> ending = new HashSet<>();

    private Runnable stopRetry = () -> {};
    private Instant notReadySince;
    private int failures;
    private boolean stopped;
    private String lastProblem = "";
    private Optional<PeerReport> refusal = Optional.empty();

    ProxyLink(WorkerCore core, ModelChanges modelChanges, ProxyChooser chooser, ProxyDialer dialer) {
        this.core = core;
        this.modelChanges = modelChanges;
        this.chooser = chooser;
        this.dialer = dialer;
        this.notReadySince = core.clock().instant();
    }

    void start() {
        dial();
    }

    private void dial() {
        HostPort target;
        ProxySession next;
        synchronized (this) {
            if (stopped) {
                return;
            }
            chooseAddress();
            if (address.isEmpty()) {
                lastProblem = "no proxy address is free";
                retryLater();
                return;
            }
            target = address.get();
            next = new ProxySession(core, modelChanges, this);
            session = next;
        }
        dialer.dial(target, next).whenComplete((connection, failure) -> {
            if (failure != null) {
                ended(next, "cannot connect to " + target + ": " + failure, refusal(failure));
            } else if (isStopped()) {
                connection.close("the worker is closing");
            }
        });
    }

    /** Opens another connection to the same proxy, which announces the new model, while the old one ends its answers. */
    void modelChanged() {
        session()
                .ifPresent(old -> old.modelChanged(() -> {
                    synchronized (this) {
                        if (stopped || session != old) {
                            return;
                        }
                        ending.add(old);
                        notReadySince = core.clock().instant();
                    }
                    dial();
                }));
    }

    private synchronized boolean isStopped() {
        return stopped;
    }

    private void chooseAddress() {
        Instant now = core.clock().instant();
        if (address.isPresent()) {
            Duration waited = Duration.between(notReadySince, now);
            if (chooser.isListed(address.get())
                    && waited.compareTo(core.limits().changeProxyAfter()) < 0) {
                return;
            }
            chooser.giveBack(address.get());
            notReadySince = now;
        }
        address = chooser.take(address);
    }

    @Override
    public void ready(ProxySession which) {
        synchronized (this) {
            if (which == session) {
                failures = 0;
                lastProblem = "";
                refusal = Optional.empty();
            }
        }
        LOG.info("ready at proxy {}", address().map(HostPort::toString).orElse("?"));
    }

    @Override
    public void closed(ProxySession which, String why, Optional<PeerReport> checked) {
        ended(which, why, checked);
    }

    private static Optional<PeerReport> refusal(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ConnectionClosedException closed
                ? closed.reason().report()
                : Optional.empty();
    }

    private synchronized void ended(ProxySession which, String why, Optional<PeerReport> checked) {
        ending.remove(which);
        if (which != session) {
            return;
        }
        session = null;
        lastProblem = why;
        refusal = checked;
        if (failures == 0) {
            notReadySince = core.clock().instant();
        }
        if (!stopped) {
            LOG.info(
                    "no connection to proxy {}: {}",
                    address.map(HostPort::toString).orElse("?"),
                    why);
            retryLater();
        }
    }

    private void retryLater() {
        WorkerLimits limits = core.limits();
        long longest = limits.backoffMax().toNanos();
        long pause = limits.backoffMin().toNanos();
        for (int i = 0; i < failures && pause < longest; i++) {
            pause *= 2;
        }
        failures++;
        Duration upTo = Duration.ofNanos(Math.min(pause, longest));
        // Half of it by chance, so that the workers of a restarted proxy do not come back all at once.
        stopRetry = core.later(core.between(upTo.dividedBy(2), upTo), this::dial);
    }

    private synchronized Optional<HostPort> address() {
        return address;
    }

    synchronized Optional<ProxySession> session() {
        return Optional.ofNullable(session);
    }

    void stop() {
        List<ProxySession> open;
        synchronized (this) {
            stopped = true;
            stopRetry.run();
            open = new ArrayList<>(ending);
            if (session != null) {
                open.add(session);
            }
        }
        open.forEach(each -> each.close("the worker is closing"));
    }

    synchronized WorkerStatus.Proxy status() {
        ProxySession current = session;
        Optional<ProxyHandshake.Result> agreed = current == null ? Optional.empty() : current.agreed();
        WorkerStatus.ProxyState state;
        if (current == null) {
            state = WorkerStatus.ProxyState.WAITING;
        } else if (agreed.isPresent()) {
            state = WorkerStatus.ProxyState.READY;
        } else {
            state = current.isConnected() ? WorkerStatus.ProxyState.HANDSHAKE : WorkerStatus.ProxyState.CONNECTING;
        }
        boolean testnet = core.settings().chain().isTestnet();
        return new WorkerStatus.Proxy(
                address,
                state,
                current == null ? Optional.empty() : current.peer(),
                agreed.map(ProxyHandshake.Result::protocol).orElse(-1),
                agreed.map(result -> earnings(result.account(), testnet)),
                current == null ? 0 : current.disputedBills(),
                lastProblem,
                refusal);
    }

    private static WorkerStatus.Earnings earnings(ProxyAccount account, boolean testnet) {
        ProxyRecord view = account.view();
        PaymentTotals totals = view.totals();
        return new WorkerStatus.Earnings(
                account.contract().toText(testnet),
                totals.signed(),
                totals.db(),
                totals.max(),
                view.writtenOff(),
                totals.newest());
    }
}
