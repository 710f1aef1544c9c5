package io.cocoon.proxy;

import static io.cocoon.protocol.ErrorCodes.PROTOCOL_VIOLATION;
import static io.cocoon.protocol.ErrorCodes.UNSPECIFIED;

import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.Responder;
import java.util.Set;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One connection on the port for workers. Its callbacks run on the connection's event loop; what other threads read is
 * volatile.
 */
final class WorkerHandler implements ConnectionHandler {

    private enum State {
        NEW,
        COMPARE,
        COMPARE_EXTENDED,
        FINISHING,
        READY,
        FAILED
    }

    private final ProxyCore core;
    private final WorkerHandshake handshake;
    private final Set<WorkerHandler> all;
    private State state = State.NEW;
    private @Nullable Future<?> timer;
    private volatile @Nullable Connection connection;
    private volatile @Nullable WorkerSlot slot;
    private volatile boolean ready;

    /**
     * Serves one connection.
     *
     * @param all a concurrent set of all open worker connections, in which this one registers itself
     */
    WorkerHandler(ProxyCore core, Set<WorkerHandler> all) {
        this.core = core;
        this.handshake = new WorkerHandshake(core);
        this.all = all;
    }

    @Override
    public void connected(Connection opened) {
        connection = opened;
        if (!core.isServing()) {
            opened.close("the proxy does not serve now");
        } else if (Peers.isRefused(opened.peer(), core.network())) {
            core.violation(opened, Peers.REFUSED);
        } else {
            // Added first: several event loops accept, and looking first would let each of them in once too often.
            all.add(this);
            if (all.size() > core.limits().maxWorkerConnections()) {
                all.remove(this);
                opened.close("too many workers: " + core.limits().maxWorkerConnections());
                return;
            }
            timer = core.after(core.limits().handshake(), () -> expire(opened));
        }
    }

    private void expire(Connection opened) {
        if (!ready) {
            opened.close("the handshake took too long");
        }
    }

    @Override
    public void message(Connection from, Bytes bytes) {
        if (bytes.length() < 4) {
            core.violation(from, "a message without a constructor");
            return;
        }
        if (!isKnown(bytes.intLeAt(0))) {
            // Unknown messages are ignored, so that later versions can add some.
            return;
        }
        WorkerToProxy.Message message;
        try {
            message = TlReader.readWhole(bytes, WorkerToProxy::readMessage);
        } catch (TlException e) {
            core.violation(from, "a malformed message: " + e.getMessage());
            return;
        }
        WorkerSlot current = slot;
        if (!ready || current == null) {
            return;
        }
        if (message instanceof WorkerToProxy.EnabledDisabled change) {
            core.workers().update(current, each -> each.disabled = change.disabled() != 0);
        } else if (message instanceof WorkerToProxy.NewCoefficient change) {
            int coefficient = change.newCoefficient();
            if (coefficient < 0 || coefficient >= WorkerHandshake.COEFFICIENT_END) {
                core.violation(from, "a coefficient out of range: " + coefficient);
            } else {
                core.workers().update(current, each -> each.coefficient = coefficient);
            }
        } else {
            WorkerAnswer answer = WorkerAnswer.of(message);
            if (answer != null) {
                // Only this connection's own legs: an answer from anybody else finds nothing (hazard H26).
                Query query = current.legs.get(answer.legId());
                if (query != null) {
                    query.answered(current, answer);
                }
            }
        }
    }

    private static boolean isKnown(int id) {
        return switch (id) {
            case WorkerToProxy.QueryAnswer.ID,
                    WorkerToProxy.QueryAnswerError.ID,
                    WorkerToProxy.QueryAnswerPart.ID,
                    WorkerToProxy.QueryAnswerPartError.ID,
                    WorkerToProxy.QueryAnswerEx.ID,
                    WorkerToProxy.QueryAnswerErrorEx.ID,
                    WorkerToProxy.QueryAnswerPartEx.ID,
                    WorkerToProxy.EnabledDisabled.ID,
                    WorkerToProxy.NewCoefficient.ID -> true;
            default -> false;
        };
    }

    @Override
    public void query(Connection from, Bytes query, Responder responder) {
        int id = query.length() < 4 ? 0 : query.intLeAt(0);
        switch (id) {
            case WorkerToProxy.ConnectToProxy.ID,
                    WorkerToProxy.CompareBalanceWithProxy.ID,
                    WorkerToProxy.ExtendedCompareBalanceWithProxy.ID,
                    WorkerToProxy.ProxyHandshakeComplete.ID -> shakeHands(from, query, responder);
            case WorkerToProxy.UpdatePaymentStatus.ID -> {
                WorkerSlot current = slot;
                if (ready && current != null) {
                    core.payments()
                            .state(
                                    current,
                                    Ledger.Side.WORKER,
                                    current.contract,
                                    (payment, totals) -> responder.answer(
                                            new ProxyToWorker.PaymentStatus(payment, totals.db(), totals.max())));
                } else {
                    responder.fail(PROTOCOL_VIOLATION, "worker request from non-ready connection");
                }
            }
            default -> Misdirected.refuse(id, responder);
        }
    }

    private void shakeHands(Connection from, Bytes query, Responder responder) {
        try {
            switch (state) {
                case NEW -> {
                    WorkerHandshake.Accepted accepted = handshake.connect(from, query);
                    slot = accepted.slot();
                    state = State.COMPARE;
                    responder.answer(accepted.answer());
                }
                case COMPARE -> {
                    ProxyToWorker.CompareBalanceWithProxyResult result = handshake.compare(current(), query);
                    state = result.errorCode() == 0 ? State.FINISHING : State.COMPARE_EXTENDED;
                    responder.answer(result);
                }
                case COMPARE_EXTENDED -> {
                    ProxyToWorker.Answer result = handshake.compareExtended(query);
                    // The reference stays where it is, so that this worker can never come in (hazard H11).
                    state = State.FINISHING;
                    responder.answer(result);
                }
                case FINISHING -> finish(query, responder);
                case READY -> throw new Refusal(UNSPECIFIED, "connection is already ready");
                case FAILED -> throw new Refusal(UNSPECIFIED, "connection is already closing");
            }
        } catch (Refusal refusal) {
            state = State.FAILED;
            ready = false;
            responder.fail(refusal.code(), refusal.text());
            from.close("handshake refused: " + refusal.text());
        }
    }

    private void finish(Bytes query, Responder responder) throws Refusal {
        boolean disabled = handshake.complete(query);
        // Again: the root state may have changed while this handshake ran, before there was a slot to be found.
        handshake.checkListed(current());
        state = State.READY;
        ready = true;
        if (timer != null) {
            timer.cancel(false);
        }
        // The answer first: a reference worker drops a query that arrives before it (hazard H20).
        responder.answer(new ProxyToWorker.ProxyHandshakeCompleted());
        core.workers().update(current(), each -> each.disabled = disabled);
    }

    private WorkerSlot current() {
        WorkerSlot current = slot;
        if (current == null) {
            throw new IllegalStateException("no worker in state " + state);
        }
        return current;
    }

    @Override
    public void closed(Connection closed, CloseReason reason) {
        ready = false;
        state = State.FAILED;
        if (timer != null) {
            timer.cancel(false);
        }
        core.later(() -> {
            all.remove(this);
            WorkerSlot current = slot;
            if (current != null) {
                core.workers().remove(current, core.now());
                current.legs.values().forEach(query -> query.workerGone(current));
            }
        });
    }

    /** Takes the worker out of the choice; its connection stays until its queries are over. From any thread. */
    void retire() {
        WorkerSlot current = slot;
        if (current != null) {
            core.workers().remove(current, core.now());
        }
    }

    /** Closes the connection, whatever its state. From any thread. */
    void close(String reason) {
        Connection opened = connection;
        if (opened != null) {
            opened.close(reason);
        }
    }

    /** Returns what it serves once its handshake is complete, else null. */
    @Nullable
    WorkerSlot readySlot() {
        return ready ? slot : null;
    }

    /** Returns what it serves, also while the handshake goes on. */
    @Nullable
    WorkerSlot anySlot() {
        return slot;
    }

    @Nullable
    Connection connection() {
        return connection;
    }
}
