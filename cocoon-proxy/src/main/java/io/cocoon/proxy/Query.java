package io.cocoon.proxy;

import static io.cocoon.protocol.ErrorCodes.ERROR;
import static io.cocoon.protocol.ErrorCodes.NOT_READY;
import static io.cocoon.protocol.ErrorCodes.PROTOCOL_VIOLATION;
import static io.cocoon.protocol.ErrorCodes.TIMEOUT;

import io.cocoon.payment.Prices;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.ton.cell.Address;
import io.cocoon.transport.FrameTooLargeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * The life of a query
 * -------------------
 *   RUNNING ──last piece, error──▶ DONE
 *      │ deadline, client gone, proxy stops after the head
 *      ▼
 *   LINGERING ──last piece, error, worker gone, grace over──▶ DONE
 *
 * RUNNING: pieces are passed on. Until the first one, a worker that is overloaded or lost is replaced by another.
 * LINGERING: the client is not told anything any more; the worker was asked to cancel, and what it says it has used is
 * billed. A worker that does not know the cancel message goes on, and is paid if it ends within the time that is left.
 *
 * Who pays when something else than the worker's last piece ends a query:
 *
 *   the client cancels or goes      what the worker states is charged and credited
 *   the deadline passes             likewise, if the worker states it within the grace
 *   the proxy stops                 before the head nothing: the client has got nothing and asks elsewhere, so a bill
 *                                   would be the first of two; after the head as with the deadline, since the client has
 *                                   what was passed on and will not ask again
 *   the worker goes or fails        nothing (hazard H6): nobody can say what was used
 *   the process ends without close  nothing: what was not written down is forgotten on both sides alike
 *
 * DONE is entered in one place, finish(), under the query's monitor, and only once: there the reservation ends, the
 * worker's and the client's counters go down, and the timer stops. So neither tokens nor counters can leak (hazard H17).
 */
/** One query of a client, from admission to payment. The monitor of the object guards its state. */
final class Query {

    private static final Logger LOG = LoggerFactory.getLogger(Query.class);

    private enum Phase {
        RUNNING,
        LINGERING,
        DONE
    }

    private final ProxyCore core;
    private final ClientSession client;
    private final ClientAnswers answers;
    private final QueryRequest request;
    private final Ledger.Reservation reservation;
    private final int bodyBytes;

    private @Nullable Bytes body;
    private final List<WorkerSlot> tried = new ArrayList<>(1);
    private @Nullable Leg leg;
    private Phase phase = Phase.RUNNING;
    private boolean headPassed;
    private boolean cancelled;
    /** The outcome says nothing about the worker: the client stopped it or asked for nonsense. */
    private boolean blameless;

    private Instant headAt;
    private @Nullable Future<?> timer;

    Query(
            ProxyCore core,
            ClientSession client,
            ClientAnswers answers,
            QueryRequest request,
            Bytes body,
            Ledger.Reservation reservation) {
        this.core = core;
        this.client = client;
        this.answers = answers;
        this.request = request;
        this.body = body;
        this.bodyBytes = body.length();
        this.reservation = reservation;
        this.headAt = answers.startedAt();
    }

    Int256 requestId() {
        return answers.requestId();
    }

    /** Gives the query to a worker. @throws Refusal if no worker can take it; the caller then calls {@link #abandon} */
    synchronized void start() throws Refusal {
        give();
        timer = core.after(Duration.between(now(), request.deadline()), this::deadlinePassed);
    }

    /** Ends a query that never got a worker. */
    synchronized void abandon() {
        if (phase != Phase.DONE) {
            phase = Phase.DONE;
            reservation.release();
            dropBody();
            forget();
        }
    }

    private void give() throws Refusal {
        Bytes bytes = body;
        if (bytes == null) {
            throw new Refusal(NOT_READY, "the request is no longer held");
        }
        Instant now = now();
        Leg next = core.workers()
                .choose(
                        new WorkerTable.Need(request.model(), request.maxCoefficient(), request.minVersion(), tried),
                        this,
                        core.newId(),
                        now);
        leg = next;
        // The time that is left, less what the way back takes (wire dossier 6.3).
        double timeout = 0.95 * (Duration.between(now, request.deadline()).toNanos() / 1e9);
        try {
            next.worker().connection.send(message(next, bytes, timeout));
        } catch (FrameTooLargeException e) {
            core.workers().end(next, now, false, false);
            leg = null;
            throw new Refusal(PROTOCOL_VIOLATION, "the request is too large to be passed on: " + e.getMessage());
        }
    }

    private ProxyToWorker.Message message(Leg to, Bytes bytes, double timeout) {
        SignedPayment payment = core.payments().current(Ledger.Side.WORKER, to.worker().contract);
        int version = to.worker().version;
        if (version < Versions.WITH_FINAL_INFO) {
            return new ProxyToWorker.RunQuery(bytes, payment, to.coefficient(), timeout, to.id());
        }
        return new ProxyToWorker.RunQueryEx(
                bytes,
                payment,
                to.coefficient(),
                timeout,
                to.id(),
                version >= Versions.WITH_KEYS ? 3 : 1,
                request.debug(),
                request.privateKey());
    }

    /** Takes what a worker says. Called on the worker's event loop. */
    synchronized void answered(WorkerSlot from, WorkerAnswer answer) {
        Leg current = leg;
        if (phase == Phase.DONE
                || current == null
                || current.worker() != from
                || !current.id().equals(answer.legId())) {
            return;
        }
        core.counters().answerBytes.add(answer.body().length());
        switch (answer.kind()) {
            case ERROR -> workerFailed(current, answer);
            case HEAD -> headCame(current, answer);
            case PART -> {
                if (headPassed || phase == Phase.LINGERING) {
                    pieceCame(current, answer, answer.body());
                } else {
                    violated(current, "out of order answer parts");
                }
            }
        }
    }

    private void headCame(Leg current, WorkerAnswer answer) {
        if (headPassed) {
            violated(current, "out of order answer parts");
            return;
        }
        Bytes stamped;
        headAt = now();
        try {
            stamped = answers.stampHead(answer.body(), headAt);
        } catch (TlException e) {
            violated(current, "received malformed answer from worker: " + e.getMessage());
            return;
        }
        headPassed = true;
        dropBody();
        pieceCame(current, answer, stamped);
    }

    private void pieceCame(Leg current, WorkerAnswer answer, Bytes bytes) {
        WorkerAnswer.Info info = answer.info();
        if (info == null) {
            pass(current, answers.piece(answer.kind(), bytes));
            return;
        }
        Optional<TokensUsed> checked = Bills.checked(info.usage(), most(current));
        TokensUsed bill = checked.orElse(WorkerAnswer.Info.NO_TOKENS);
        if (pass(current, answers.last(answer.kind(), bytes, bill, info, headAt, now()))) {
            finish(bill.totalTokensUsed(), checked.isPresent());
        }
        if (checked.isEmpty()) {
            core.violation(current.worker().connection, "impossible usage: negative, or the total is not the sum");
        }
    }

    /**
     * The most that this worker may bill: what was announced, at its own coefficient. The reservation is made at the highest
     * that the client accepts; a worker that asked for less must not bill up to it (hazard H7).
     */
    private long most(Leg current) {
        return Math.min(
                reservation.tokens(),
                Bills.reservation(request.maxTokens(), bodyBytes, current.coefficient(), request.prices()));
    }

    /** Passes a piece on, or ends the query if it does not fit into a frame. @return whether the query goes on */
    private boolean pass(Leg current, ProxyToClient.Message message) {
        if (phase == Phase.LINGERING) {
            return true;
        }
        try {
            client.send(message);
            return true;
        } catch (FrameTooLargeException e) {
            cancelAt(current);
            fail(ERROR, "the answer is too large to be passed on: " + e.getMessage(), WorkerAnswer.Info.NONE);
            return false;
        }
    }

    private void workerFailed(Leg current, WorkerAnswer error) {
        boolean another = error.errorCode() == NOT_READY
                || (error.errorCode() == ERROR && error.errorText().startsWith("too many active queries"));
        if (another && retry(current)) {
            return;
        }
        blameless |= error.errorCode() == PROTOCOL_VIOLATION;
        WorkerAnswer.Info info = error.info();
        fail(error.errorCode(), error.errorText(), info == null ? WorkerAnswer.Info.NONE : info);
    }

    /** A worker's connection is gone. Called on the timer thread. */
    synchronized void workerGone(WorkerSlot worker) {
        Leg current = leg;
        if (phase == Phase.DONE || current == null || current.worker() != worker || retry(current)) {
            return;
        }
        fail(NOT_READY, "the worker's connection is gone", WorkerAnswer.Info.NONE);
    }

    /** Tries another worker, if nothing was passed on yet (hazard H18). @return whether one has it now */
    private boolean retry(Leg failed) {
        if (phase != Phase.RUNNING
                || headPassed
                || cancelled
                || tried.size() + 1 >= core.limits().maxAttempts()
                || !now().isBefore(request.deadline())) {
            return false;
        }
        tried.add(failed.worker());
        core.workers().end(failed, now(), true, false);
        try {
            give();
        } catch (Refusal e) {
            // Nobody else: the first failure is the one to report, and the leg to settle with.
            return false;
        }
        core.counters().retried.increment();
        return true;
    }

    /** A worker broke the protocol within this query: its connection ends, and with it what else it worked on. */
    private void violated(Leg current, String text) {
        fail(PROTOCOL_VIOLATION, text, WorkerAnswer.Info.NONE);
        core.violation(current.worker().connection, text);
    }

    private synchronized void deadlinePassed() {
        Leg current = leg;
        if (phase != Phase.RUNNING || current == null) {
            return;
        }
        tell(TIMEOUT, "timeout in proxy", WorkerAnswer.Info.NONE);
        linger(current, core.limits().cancelGrace());
    }

    /** Returns the contract that is billed. */
    Address clientContract() {
        return client.contract();
    }

    /** The client asks to stop: the worker's last piece, with the usage so far, ends the query. */
    synchronized void cancel() {
        Leg current = leg;
        if (phase == Phase.RUNNING && current != null && !cancelled) {
            cancelled = true;
            blameless = true;
            core.counters().cancelled.increment();
            cancelAt(current);
        }
    }

    /** The client's connection is gone: the work is cancelled, and what it has cost is billed (hazard H17). */
    synchronized void clientGone() {
        Leg current = leg;
        if (phase == Phase.RUNNING && current != null) {
            blameless = true;
            core.counters().cancelled.increment();
            linger(
                    current,
                    Duration.between(now(), request.deadline())
                            .plus(core.limits().cancelGrace()));
        }
    }

    private void linger(Leg current, Duration atMost) {
        phase = Phase.LINGERING;
        dropBody();
        cancelAt(current);
        stopTimer();
        timer = core.after(atMost, this::graceOver);
    }

    private synchronized void graceOver() {
        if (phase == Phase.LINGERING) {
            finish(0, false);
        }
    }

    /** The proxy stops: the client is told, the worker is cancelled; above says who pays. */
    synchronized void stop(String text) {
        Leg current = leg;
        if (phase != Phase.RUNNING) {
            return;
        }
        blameless = true;
        if (current == null || !headPassed) {
            if (current != null) {
                cancelAt(current);
            }
            fail(NOT_READY, text, WorkerAnswer.Info.NONE);
            return;
        }
        tell(NOT_READY, text, WorkerAnswer.Info.NONE);
        linger(current, core.limits().cancelGrace());
    }

    /** The proxy waits no longer for a bill. */
    synchronized void giveUp() {
        finish(0, false);
    }

    private static void cancelAt(Leg current) {
        try {
            current.worker().connection.send(new ProxyToWorker.CancelQuery(current.id()));
        } catch (FrameTooLargeException e) {
            throw new IllegalStateException("40 bytes do not fit into a frame", e);
        }
    }

    private void fail(int code, String text, WorkerAnswer.Info info) {
        tell(code, text, info);
        finish(0, false);
    }

    private void tell(int code, String text, WorkerAnswer.Info info) {
        if (phase != Phase.RUNNING) {
            return;
        }
        try {
            client.send(answers.error(code, text, headPassed, info, headAt, now()));
        } catch (FrameTooLargeException e) {
            client.connection().close("an error text of a worker does not fit into a frame");
        }
    }

    private void finish(long bill, boolean success) {
        if (phase == Phase.DONE) {
            return;
        }
        phase = Phase.DONE;
        stopTimer();
        Leg current = leg;
        if (current == null) {
            reservation.release();
        } else {
            reservation.settle(current.worker().contract, bill);
            core.workers().end(current, now(), !blameless, success);
        }
        count(bill, success);
        dropBody();
        if (current == null) {
            forget();
        } else {
            // A bill that is not on the disk might be forgotten, so nobody is told before.
            core.settings().ledger().flush().whenComplete((written, failure) -> written(current, bill, failure));
        }
    }

    private void count(long bill, boolean success) {
        Counters counters = core.counters();
        (success ? counters.succeeded : counters.failed).increment();
        Prices prices = core.network().root().params().prices();
        counters.billedTokens.add(bill);
        counters.chargedNanotons.add(prices.perToken().value() * bill);
        counters.creditedNanotons.add(prices.workerFeePerToken().value() * bill);
        counters.times.record(Duration.between(answers.startedAt(), now()));
        if (headPassed) {
            counters.timesToHead.record(Duration.between(answers.startedAt(), headAt));
        }
    }

    private void written(Leg current, long bill, @Nullable Throwable failure) {
        try {
            if (failure == null) {
                sendPayments(current, bill);
            }
        } catch (RuntimeException e) {
            LOG.error(
                    "a query's bill was written down, but its parties could not be told; they will hear of it with the next",
                    e);
        } finally {
            // Last: whoever waits for the end of all queries closes the connections then.
            forget();
        }
    }

    private void sendPayments(Leg current, long bill) {
        WorkerSlot worker = current.worker();
        Payments payments = core.payments();
        payments.state(
                worker,
                Ledger.Side.WORKER,
                worker.contract,
                (payment, totals) -> worker.connection.send(new ProxyToWorker.WorkerRequestPayment(
                        current.id(), payment, totals.db(), totals.max(), bill, client.ownerText())));
        payments.state(
                client,
                Ledger.Side.CLIENT,
                client.contract(),
                (payment, totals) -> client.send(
                        new ProxyToClient.ClientRequestPayment(requestId(), payment, totals.db(), totals.max(), bill)));
    }

    private void forget() {
        client.queries().remove(requestId(), this);
        core.ended(this);
    }

    private void dropBody() {
        if (body != null) {
            body = null;
            core.released(bodyBytes);
        }
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private Instant now() {
        return core.now();
    }
}
