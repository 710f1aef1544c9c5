package io.cocoon.worker;

import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.FrameTooLargeException;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.PeerReport;
import io.cocoon.transport.Responder;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a proxy, from its hello to its end. Fields without {@code volatile} are confined to the event loop.
 */
final class ProxySession implements ConnectionHandler {

    private static final Logger LOG = LoggerFactory.getLogger(ProxySession.class);
    private static final int MAX_COEFFICIENT = 999_999_999;

    private final WorkerCore core;
    private final ModelChanges modelChanges;
    private final Listener listener;
    private final WritableGate gate = new WritableGate();
    private final Map<Int256, RunningQuery> running = new ConcurrentHashMap<>();
    private final SessionPayments payments;

    private volatile @Nullable Connection connection;
    private volatile ProxyHandshake.@Nullable Result agreed;
    /** What this connection announced; held from the beginning to the end of the connection. */
    private @Nullable ServedModel served;
    /** Another connection has taken over: this one ends with its last answer. */
    private boolean succeeded;

    private boolean ending;
    private boolean toldDisabled;
    private int toldCoefficient;
    private String problem = "";

    /** Hears how a session goes, on the event loop. */
    interface Listener {
        void ready(ProxySession session);

        /** @param refusal what was checked, if the proxy's evidence is no longer accepted */
        void closed(ProxySession session, String why, Optional<PeerReport> refusal);
    }

    ProxySession(WorkerCore core, ModelChanges modelChanges, Listener listener) {
        this.core = core;
        this.modelChanges = modelChanges;
        this.listener = listener;
        payments = new SessionPayments(core, this::refuse);
    }

    Optional<ProxyHandshake.Result> agreed() {
        return Optional.ofNullable(agreed);
    }

    boolean isConnected() {
        return connection != null;
    }

    Optional<PeerIdentity> peer() {
        Connection at = connection;
        return at == null ? Optional.empty() : Optional.of(at.peer());
    }

    long disputedBills() {
        return payments.disputed();
    }

    @Override
    public void connected(Connection opened) {
        // Before the model is read: whoever changes it then looks for connections that announced the old one.
        connection = opened;
        ServedModel announced = core.served();
        announced.hold();
        served = announced;
        new ProxyHandshake(
                        core,
                        announced.name(),
                        opened,
                        result -> becameReady(opened, result),
                        why -> refuse(opened, why))
                .start();
    }

    private void becameReady(Connection at, ProxyHandshake.Result result) {
        toldDisabled = result.sentDisabled();
        toldCoefficient = result.sentCoefficient();
        agreed = result;
        tellState(at);
        payments.begin(at, result.account());
        listener.ready(this);
    }

    private void refuse(Connection at, String why) {
        problem = why;
        at.close(why);
    }

    /** Closes from any thread. */
    void close(String why) {
        Connection at = connection;
        if (at != null) {
            at.eventLoop().execute(() -> refuse(at, why));
        }
    }

    /**
     * Lets another connection take over if this one announced a model that is not served any more: takes no more queries, leaves
     * payments to the other one, and ends when its answers are over. From any thread.
     *
     * @param successor opens the other one, on the event loop
     */
    void modelChanged(Runnable successor) {
        Connection at = connection;
        if (at != null) {
            at.eventLoop().execute(() -> {
                if (connection == null || succeeded || served == core.served()) {
                    return;
                }
                if (agreed == null) {
                    refuse(at, "another model is served now");
                    return;
                }
                succeeded = true;
                payments.leave();
                tellState(at);
                successor.run();
                endWhenIdle(at);
            });
        }
    }

    /**
     * Closes when nothing runs. Asks the proxy something before: when it has answered, it has read all answers, and has sent all queries
     * that it had begun to send before it heard that no more are taken.
     */
    private void endWhenIdle(Connection at) {
        if (!succeeded || ending || agreed == null || !running.isEmpty()) {
            return;
        }
        ending = true;
        at.ask(new WorkerToProxy.UpdatePaymentStatus(), core.limits().paymentAnswer())
                .whenComplete((answer, failure) -> {
                    ending = false;
                    if (running.isEmpty()) {
                        refuse(at, "another model is served now");
                    }
                });
    }

    /** Tells the proxy what has changed since it was last told (hazard H20). From any thread. */
    void stateChanged() {
        Connection at = connection;
        if (at != null) {
            at.eventLoop().execute(() -> tellState(at));
        }
    }

    private void tellState(Connection at) {
        if (agreed == null) {
            return;
        }
        try {
            int coefficient = core.coefficient();
            if (coefficient != toldCoefficient) {
                toldCoefficient = coefficient;
                at.send(new WorkerToProxy.NewCoefficient(coefficient));
            }
            boolean disabled = succeeded || core.isDisabled();
            if (disabled != toldDisabled) {
                toldDisabled = disabled;
                at.send(new WorkerToProxy.EnabledDisabled(disabled ? 1 : 0));
            }
        } catch (FrameTooLargeException e) {
            throw new IllegalStateException("twelve bytes fit into a frame", e);
        }
    }

    @Override
    public void message(Connection at, Bytes message) {
        ProxyHandshake.Result session = agreed;
        if (message.length() < Integer.BYTES || session == null) {
            LOG.debug("a message of {} bytes from a proxy that is not ready", message.length());
            return;
        }
        try {
            switch (message.intLeAt(0)) {
                case SignedPayment.Signed.ID, SignedPayment.Empty.ID ->
                    payments.keep(session.account(), TlReader.readWhole(message, SignedPayment::readBoxed));
                case ProxyToWorker.RunQuery.ID,
                        ProxyToWorker.RunQueryEx.ID,
                        ProxyToWorker.WorkerRequestPayment.ID,
                        ProxyToWorker.CancelQuery.ID ->
                    process(at, session, TlReader.readWhole(message, ProxyToWorker::readMessage));
                default -> LOG.debug("an unknown message {} from a proxy", Integer.toHexString(message.intLeAt(0)));
            }
        } catch (TlException e) {
            // The reference ends here (hazard H9).
            refuse(at, "a message of the proxy does not parse: " + e.getMessage());
        }
    }

    private void process(Connection at, ProxyHandshake.Result session, ProxyToWorker.Message message) {
        if (message instanceof ProxyToWorker.RunQueryEx query) {
            payments.keep(session.account(), query.signedPayment());
            boolean debug = query.enableDebug();
            run(
                    at,
                    session,
                    query.requestId(),
                    query.query(),
                    query.coefficient(),
                    query.timeout(),
                    debug,
                    query.privateKey());
        } else if (message instanceof ProxyToWorker.RunQuery query) {
            payments.keep(session.account(), query.signedPayment());
            run(
                    at,
                    session,
                    query.requestId(),
                    query.query(),
                    query.coefficient(),
                    query.timeout(),
                    false,
                    Int256.ZERO);
        } else if (message instanceof ProxyToWorker.WorkerRequestPayment payment) {
            payments.take(at, session.account(), payment);
        } else if (message instanceof ProxyToWorker.CancelQuery cancel) {
            RunningQuery query = running.get(cancel.requestId());
            if (query != null) {
                query.cancelByProxy();
            }
        }
    }

    // Queries.

    private void run(
            Connection at,
            ProxyHandshake.Result session,
            Int256 id,
            Bytes query,
            long coefficient,
            double timeout,
            boolean debug,
            Int256 privateKey) {
        ServedModel model = served;
        if (model == null) {
            throw new IllegalStateException("a connection that is ready has announced a model");
        }
        if (running.containsKey(id)) {
            LOG.warn("the proxy at {} used a request id twice at once; ignored", at.remoteAddress());
            return;
        }
        int lowest = core.lowestCoefficient();
        if (coefficient < lowest || coefficient > MAX_COEFFICIENT) {
            core.refused();
            answerError(
                    at,
                    session,
                    id,
                    debug,
                    ErrorCodes.ERROR,
                    "worker: a query with coefficient " + coefficient + " is refused; this worker's is " + lowest
                            + ", the highest " + MAX_COEFFICIENT);
            return;
        }
        if (!(timeout > 0)) {
            core.refused();
            answerError(at, session, id, debug, ErrorCodes.TIMEOUT, "worker: timeout");
            return;
        }
        if (!core.admit()) {
            answerError(at, session, id, debug, ErrorCodes.ERROR, "too many active queries");
            return;
        }
        double longest = core.limits().longestQuery().toNanos() * 1e-9;
        Duration limit = Duration.ofNanos((long) (Math.min(timeout, longest) * 1e9));
        var terms = new QueryContent.Terms(
                session.protocol(),
                privateKey,
                coefficient,
                session.root().params().prices(),
                session.account().terms().proxyContract().toString());
        var context = new RunningQuery.Context(
                at,
                gate,
                model.content(),
                model.engine(),
                core.executor(),
                core.clock(),
                core.limits().maxPartBytes(),
                payments::stated,
                ended -> released(at, model, ended));
        model.hold();
        RunningQuery started = new RunningQuery(context, id, query, terms, limit, debug);
        running.put(id, started);
        started.deadlineStoppedBy(core.later(limit, started::expire));
        try {
            core.executor().execute(started::run);
        } catch (RejectedExecutionException e) {
            started.fail(ErrorCodes.NOT_READY, "worker: it is closing");
            started.neverStarted();
        }
    }

    private void released(Connection at, ServedModel model, RunningQuery query) {
        running.remove(query.requestId(), query);
        core.released(query);
        model.release();
        at.eventLoop().execute(() -> endWhenIdle(at));
    }

    private void answerError(
            Connection at, ProxyHandshake.Result session, Int256 id, boolean debug, int code, String text) {
        Instant now = core.clock().instant();
        double seconds = now.getEpochSecond() + now.getNano() * 1e-9;
        try {
            at.send(new AnswerMessages(id, session.protocol(), debug)
                    .error(
                            code,
                            text,
                            false,
                            AnswerMessages.NOTHING,
                            new AnswerMessages.Times(seconds, seconds, seconds, seconds)));
        } catch (FrameTooLargeException e) {
            throw new IllegalStateException("a short text fits into a frame", e);
        }
    }

    // Everything else.

    @Override
    public void query(Connection at, Bytes query, Responder responder) {
        if (agreed == null) {
            responder.fail(ErrorCodes.FAILURE, "connection is closed");
            return;
        }
        try {
            if (TlReader.readWhole(query, ProxyToWorker::readQuery) instanceof ProxyToWorker.ChangeModel change) {
                modelChanges.change(change.newModel()).whenComplete((done, failure) -> {
                    if (failure == null) {
                        responder.answer(new WorkerToProxy.ChangedModel());
                    } else {
                        responder.fail(ErrorCodes.ERROR, String.valueOf(failure.getMessage()));
                    }
                });
            }
        } catch (TlException e) {
            responder.fail(ErrorCodes.FAILURE, "unknown query");
        }
    }

    @Override
    public void writabilityChanged(Connection at) {
        gate.changed();
    }

    @Override
    public void closed(Connection at, CloseReason reason) {
        agreed = null;
        connection = null;
        payments.leave();
        running.values().forEach(RunningQuery::abandon);
        ServedModel announced = served;
        if (announced != null) {
            served = null;
            announced.release();
        }
        gate.changed();
        listener.closed(this, problem.isEmpty() ? reason.toString() : problem, reason.report());
    }
}
