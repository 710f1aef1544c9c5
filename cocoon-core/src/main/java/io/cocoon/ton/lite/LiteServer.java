package io.cocoon.ton.lite;

import io.cocoon.tl.Bytes;
import io.netty.channel.EventLoop;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One liteserver: connects when it is asked something, keeps the connection, and after failures waits before it tries again,
 * up to {@code mostWait}, with full jitter. Its state belongs to the event loop; the methods are thread-safe.
 */
final class LiteServer {

    private static final Duration FIRST_WAIT = Duration.ofMillis(250);
    private static final int MAX_DOUBLINGS = 16;

    private final LiteServerAddress address;
    private final EventLoop loop;
    private final LiteClientSettings.Connections limits;
    private final Duration mostWait;
    private final SecureRandom random;
    private @Nullable CompletableFuture<AdnlConnection> connection;
    private int failures;
    private boolean closed;
    private @Nullable String waiting;
    private volatile boolean setAside;

    LiteServer(
            LiteServerAddress address,
            EventLoop loop,
            LiteClientSettings.Connections limits,
            Duration mostWait,
            SecureRandom random) {
        this.address = address;
        this.loop = loop;
        this.limits = limits;
        this.mostWait = mostWait;
        this.random = random;
    }

    /**
     * Asks.
     *
     * @param worker where the answer is read and the result completes
     * @return fails with {@link AdnlException}, {@link LiteServerError} or {@link ProofException}. Cancelling it forgets the
     *     query
     */
    <A> CompletableFuture<A> ask(LiteQuery<A> query, Duration timeout, Executor worker) {
        CompletableFuture<A> result = new CompletableFuture<>();
        try {
            loop.execute(() -> connect().whenComplete((open, failure) -> {
                if (failure != null) {
                    complete(result, worker, () -> {
                        throw failure;
                    });
                } else if (!result.isDone()) {
                    CompletableFuture<Bytes> answer = open.query(query.toBytes(), timeout);
                    result.whenComplete((ignored, end) -> answer.cancel(false));
                    answer.whenComplete((bytes, error) -> complete(result, worker, () -> {
                        if (error != null) {
                            throw error;
                        }
                        return query.read(bytes);
                    }));
                }
            }));
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(AdnlException.gone("this client is closed"));
        }
        return result;
    }

    private interface Outcome<A> {
        A get() throws Throwable;
    }

    @SuppressWarnings("IllegalCatch")
    private static <A> void complete(CompletableFuture<A> result, Executor worker, Outcome<A> outcome) {
        try {
            worker.execute(() -> {
                try {
                    result.complete(outcome.get());
                } catch (Throwable e) {
                    result.completeExceptionally(unwrap(e));
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(AdnlException.gone("this client is closed"));
        }
    }

    static Throwable unwrap(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private CompletableFuture<AdnlConnection> connect() {
        if (closed) {
            return CompletableFuture.failedFuture(AdnlException.gone("this client is closed"));
        }
        if (waiting != null) {
            return CompletableFuture.failedFuture(AdnlException.gone("waits before it tries again after: " + waiting));
        }
        if (connection == null) {
            CompletableFuture<AdnlConnection> opening =
                    AdnlConnection.open(loop, address.address(), address.key(), limits, random);
            connection = opening;
            opening.whenComplete((open, failure) -> {
                if (failure != null) {
                    lost(unwrap(failure));
                } else {
                    failures = 0;
                    open.closed().thenAccept(this::lost);
                }
            });
            // It may have failed at once, and then it is no longer there.
            return opening;
        }
        return connection;
    }

    private void lost(Throwable reason) {
        connection = null;
        failures++;
        waiting = String.valueOf(reason.getMessage());
        long bound = Math.min(mostWait.toNanos(), FIRST_WAIT.toNanos() << Math.min(failures - 1, MAX_DOUBLINGS));
        loop.schedule(() -> waiting = null, random.nextLong(bound + 1), TimeUnit.NANOSECONDS);
    }

    /** Takes it out of use for a while, because it lied. */
    void setAside(Duration time) {
        setAside = true;
        try {
            loop.execute(() -> {
                if (connection != null) {
                    connection.thenAccept(open -> open.close("the server is set aside"));
                }
            });
            loop.schedule(() -> setAside = false, time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // Closed: nobody asks it any more.
        }
    }

    boolean isSetAside() {
        return setAside;
    }

    /** Ends the connection; nothing is asked any more. */
    void close() {
        loop.execute(() -> {
            closed = true;
            if (connection != null) {
                connection.thenAccept(open -> open.close("this client is closed"));
            }
        });
    }

    LiteServerAddress address() {
        return address;
    }

    @Override
    public String toString() {
        return address.toString();
    }
}
