package io.cocoon.worker;

import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.protocol.HttpResponse;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.transport.Connection;
import io.cocoon.transport.FrameTooLargeException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One query from its admission to its last answer. Whatever ends it first wins: the engine, the deadline, a
 * cancellation, the loss of the connection.
 *
 * <p>The lock of this object orders the answers; nothing in it blocks.
 */
final class RunningQuery implements AnswerSink, Cancellation {

    private static final Logger LOG = LoggerFactory.getLogger(RunningQuery.class);
    private static final double ENGINE_SHARE = 0.95;

    /**
     * What a query needs from its worker.
     *
     * @param onLast called under the query's lock just before the answer that states the bill is sent; must not block
     * @param onRelease called once, when the query has given its place back
     */
    record Context(
            Connection connection,
            WritableGate gate,
            QueryContent content,
            InferenceEngine engine,
            Executor executor,
            Clock clock,
            int maxPartBytes,
            Consumer<RunningQuery> onLast,
            Consumer<RunningQuery> onRelease) {}

    /** How a query ended. */
    enum Outcome {
        RUNNING,
        COMPLETED,
        FAILED,
        CANCELLED
    }

    private final Context context;
    private final Int256 requestId;
    private final Bytes query;
    private final QueryContent.Terms terms;
    private final Duration timeout;
    private final AnswerMessages messages;
    private final Instant start;

    // Guarded by this.
    private Outcome outcome = Outcome.RUNNING;
    private QueryContent.@Nullable Prepared prepared;
    private QueryContent.@Nullable Meter meter;
    private @Nullable Instant answerStart;
    private @Nullable Runnable cancelAction;
    private boolean engineReturned;
    private boolean released;
    private TokensUsed billed = AnswerMessages.NOTHING;
    private @Nullable Runnable stopDeadline;

    private volatile boolean cancelled;

    RunningQuery(
            Context context, Int256 requestId, Bytes query, QueryContent.Terms terms, Duration timeout, boolean debug) {
        this.context = context;
        this.requestId = requestId;
        this.query = query;
        this.terms = terms;
        this.timeout = timeout;
        this.messages = new AnswerMessages(requestId, terms.protocol(), debug);
        this.start = context.clock().instant();
    }

    Int256 requestId() {
        return requestId;
    }

    Instant start() {
        return start;
    }

    /** Returns when the head of the answer was sent, if it was. */
    synchronized Optional<Instant> headAt() {
        return Optional.ofNullable(answerStart);
    }

    synchronized Outcome outcome() {
        return outcome;
    }

    /** Returns what the last answer said; zero for an error. */
    synchronized TokensUsed billed() {
        return billed;
    }

    /** Keeps what stops the deadline's timer. */
    synchronized void deadlineStoppedBy(Runnable stop) {
        if (outcome == Outcome.RUNNING) {
            stopDeadline = stop;
        } else {
            stop.run();
        }
    }

    /** Validates the request and lets the engine answer it. Runs on the engine executor. */
    void run() {
        try {
            HttpRequest http = TlReader.readWhole(query, HttpRequest::readBoxed);
            QueryContent.Prepared accepted = context.content().prepare(http, terms);
            synchronized (this) {
                if (outcome != Outcome.RUNNING) {
                    // It ended while it waited for a thread: the engine would work for nobody.
                    return;
                }
                prepared = accepted;
            }
            context.engine().answer(accepted.request(timeLeftForEngine()), this, this);
        } catch (TlException e) {
            fail(ErrorCodes.UNSPECIFIED, "worker: invalid http request: the query is not an http.request");
        } catch (EngineException e) {
            fail(e.code(), textOf(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fail(ErrorCodes.CANCELLED, "worker: stopped");
        } catch (Exception | LinkageError | StackOverflowError | OutOfMemoryError e) {
            // Only the kind of failure: its message may quote a prompt.
            LOG.warn("the engine failed with {} at {}", e.getClass().getName(), firstFrame(e));
            fail(ErrorCodes.UNSPECIFIED, "worker: the engine failed");
        } finally {
            synchronized (this) {
                engineReturned = true;
            }
            release();
        }
    }

    /** The executor took no more work, so {@link #run} will not be called. */
    void neverStarted() {
        synchronized (this) {
            engineReturned = true;
        }
        release();
    }

    private static String firstFrame(Throwable failure) {
        StackTraceElement[] trace = failure.getStackTrace();
        return trace.length == 0 ? "an unknown place" : trace[0].toString();
    }

    private static String textOf(EngineException failure) {
        String message = failure.getMessage();
        return message == null ? "worker: the engine failed" : message;
    }

    private Duration timeLeftForEngine() {
        long limit = (long) (timeout.toNanos() * ENGINE_SHARE);
        long used = Duration.between(start, context.clock().instant()).toNanos();
        return Duration.ofNanos(Math.max(1, limit - used));
    }

    // What the engine says.

    @Override
    public synchronized void head(int status, List<HttpHeader> headers) {
        if (outcome == Outcome.RUNNING) {
            sendHead(status, headers, hasNoBody(status));
        }
    }

    @Override
    public synchronized void write(Bytes piece) {
        QueryContent.Meter counter = meter;
        if (outcome != Outcome.RUNNING || piece.isEmpty()) {
            return;
        }
        if (counter == null) {
            throw new IllegalStateException("the head has to come before the body");
        }
        try {
            sendParts(counter.feed(piece), null);
        } catch (EngineException e) {
            fail(e.code(), textOf(e));
        }
    }

    @Override
    public synchronized void complete() {
        QueryContent.Meter counter = meter;
        if (outcome != Outcome.RUNNING) {
            return;
        }
        if (counter == null) {
            throw new IllegalStateException("the head has to come before the end");
        }
        try {
            Bytes rest = counter.end();
            sendParts(rest, counter.used());
        } catch (EngineException e) {
            fail(e.code(), textOf(e));
        }
    }

    @Override
    public synchronized void answer(int status, List<HttpHeader> headers, Bytes body) {
        if (outcome != Outcome.RUNNING) {
            return;
        }
        boolean empty = body.isEmpty() || hasNoBody(status);
        sendHead(status, headers, empty);
        QueryContent.Meter counter = meter;
        if (empty || counter == null || outcome != Outcome.RUNNING) {
            return;
        }
        try {
            Bytes first = counter.feed(body);
            sendParts(first.concat(counter.end()), counter.used());
        } catch (EngineException e) {
            fail(e.code(), textOf(e));
        }
    }

    @Override
    public synchronized void fail(int code, String message) {
        if (outcome == Outcome.RUNNING) {
            TokensUsed used = meter == null ? AnswerMessages.NOTHING : meter.used();
            send(messages.error(code, message, meter != null, used, times()));
            finish(Outcome.FAILED);
        }
    }

    @Override
    public boolean isWritable() {
        return context.connection().isWritable();
    }

    @Override
    public void awaitWritable() throws InterruptedException {
        context.gate().await(() -> context.connection().isWritable() || isOver());
    }

    private synchronized boolean isOver() {
        return outcome != Outcome.RUNNING;
    }

    // What ends a query from outside.

    /** The proxy cancelled: the answer ends in order where it is, with the bill for what was made. */
    void cancelByProxy() {
        synchronized (this) {
            if (outcome != Outcome.RUNNING) {
                return;
            }
            if (meter == null) {
                send(messages.error(ErrorCodes.CANCELLED, "worker: cancelled", false, AnswerMessages.NOTHING, times()));
            } else {
                billed = meter.usedSoFar();
                context.onLast().accept(this);
                send(messages.part(Bytes.empty(), billed, times()));
            }
            finish(Outcome.CANCELLED);
        }
        stopEngine();
    }

    /** The connection is gone: nobody can be told. */
    void abandon() {
        synchronized (this) {
            finish(Outcome.CANCELLED);
        }
        stopEngine();
    }

    /** The deadline has passed. */
    void expire() {
        fail(ErrorCodes.TIMEOUT, "worker: timeout");
        stopEngine();
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public void onCancel(Runnable action) {
        synchronized (this) {
            if (!cancelled) {
                cancelAction = action;
                return;
            }
        }
        action.run();
    }

    private void stopEngine() {
        Runnable action;
        synchronized (this) {
            if (cancelled) {
                return;
            }
            cancelled = true;
            action = cancelAction;
            cancelAction = null;
        }
        context.gate().changed();
        if (action != null) {
            // Not here: this may be an event loop, and the action is an engine's code.
            try {
                context.executor().execute(action);
            } catch (RejectedExecutionException e) {
                // The worker is closing; then it is done here rather than never.
                action.run();
            }
        }
    }

    // Sending; the lock is held.

    private static boolean hasNoBody(int status) {
        return status < 200 || status == 204 || status == 304;
    }

    private void sendHead(int status, List<HttpHeader> headers, boolean completed) {
        QueryContent.Prepared request = prepared;
        if (request == null || meter != null) {
            throw new IllegalStateException("an answer has one head");
        }
        if (status < 100 || status > 999) {
            // The reference's client ends when it sees such a status (hazard H9).
            fail(ErrorCodes.UNSPECIFIED, "worker: the engine gave the status " + status);
            return;
        }
        answerStart = context.clock().instant();
        meter = request.meter(status, headers);
        HttpResponse response = AnswerHeads.response(status, headers, completed, seconds(start), seconds(answerStart));
        send(messages.head(response.toBytes(), completed ? AnswerMessages.NOTHING : null, times()));
        if (completed) {
            finish(Outcome.COMPLETED);
        }
    }

    /** Sends a piece, in several parts if it is too large for a frame (hazard H14); with {@code used} it is the last. */
    private void sendParts(Bytes piece, @Nullable TokensUsed used) {
        int max = context.maxPartBytes();
        Bytes rest = piece;
        while (rest.length() > max) {
            send(messages.part(rest.slice(0, max), null, times()));
            rest = rest.sliceFrom(max);
        }
        if (used != null) {
            billed = used;
            context.onLast().accept(this);
        }
        if (used != null || !rest.isEmpty()) {
            send(messages.part(rest, used, times()));
        }
        if (used != null) {
            finish(Outcome.COMPLETED);
        }
    }

    private void send(WorkerToProxy.Message message) {
        try {
            context.connection().send(message);
        } catch (FrameTooLargeException e) {
            // Parts are cut to size, so this is a head or an error text beyond all bounds.
            LOG.warn("an answer's head does not fit into a frame: {}", e.getMessage());
            if (!(message instanceof WorkerToProxy.QueryAnswerErrorEx)) {
                fail(ErrorCodes.UNSPECIFIED, "worker: the engine's headers are too large");
            }
        }
    }

    private void finish(Outcome how) {
        if (outcome != Outcome.RUNNING) {
            return;
        }
        outcome = how;
        prepared = null;
        if (stopDeadline != null) {
            stopDeadline.run();
            stopDeadline = null;
        }
        release();
    }

    /** Gives the place in the worker back once the answer is over and the engine has let go of the request. */
    private void release() {
        synchronized (this) {
            if (released || !engineReturned || outcome == Outcome.RUNNING) {
                return;
            }
            released = true;
        }
        context.onRelease().accept(this);
    }

    private AnswerMessages.Times times() {
        Instant now = context.clock().instant();
        double end = seconds(now);
        return new AnswerMessages.Times(
                seconds(start), answerStart == null ? seconds(start) : seconds(answerStart), end, end);
    }

    private static double seconds(Instant time) {
        return time.getEpochSecond() + time.getNano() * 1e-9;
    }
}
