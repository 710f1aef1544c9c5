package io.cocoon.transport;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one connection to a target: dials, waits after failures, dials again. The reference looks at its targets every ten
 * seconds instead (wire dossier 2.6). Thread-safe.
 */
public final class KeepConnected implements AutoCloseable {

    /** Is told what happens. Called on event loops, one call at a time; must not block. */
    public interface Listener {

        /** A connection is there; its handler has been told. */
        void up(Connection connection);

        /** The connection is gone; another one will be tried after {@code retryIn}. */
        void down(CloseReason reason, Duration retryIn);

        /** A dial failed; another one will be tried after {@code retryIn}. */
        default void dialFailed(CloseReason reason, Duration retryIn) {}
    }

    private final Transport transport;
    private final Supplier<DialTarget> target;
    private final Supplier<ConnectionHandler> handlers;
    private final Backoff backoff;
    private final RandomGenerator random;
    private final Listener listener;
    private boolean closed;
    private int failures;
    private @Nullable CompletableFuture<Connection> dial;
    private @Nullable Connection connection;
    private @Nullable Future<?> timer;

    private KeepConnected(
            Transport transport,
            Supplier<DialTarget> target,
            Supplier<ConnectionHandler> handlers,
            Backoff backoff,
            RandomGenerator random,
            Listener listener) {
        this.transport = transport;
        this.target = target;
        this.handlers = handlers;
        this.backoff = backoff;
        this.random = random;
        this.listener = listener;
    }

    /**
     * Starts; the first dial begins at once.
     *
     * @param target asked before each dial, so that it may change
     * @param handlers makes a handler for each dial
     * @param random for the jitter; must be thread-safe
     */
    public static KeepConnected start(
            Transport transport,
            Supplier<DialTarget> target,
            Supplier<ConnectionHandler> handlers,
            Backoff backoff,
            RandomGenerator random,
            Listener listener) {
        KeepConnected kept = new KeepConnected(transport, target, handlers, backoff, random, listener);
        kept.dial();
        return kept;
    }

    /** Returns the connection if there is one now. */
    public synchronized Optional<Connection> connection() {
        return Optional.ofNullable(connection);
    }

    /** Dials now instead of waiting for the rest of the wait; does nothing while dialling or connected. */
    public void dialNow() {
        synchronized (this) {
            if (timer == null || !timer.cancel(false)) {
                return;
            }
        }
        dial();
    }

    private void dial() {
        CompletableFuture<Connection> started;
        try {
            started = transport.dial(target.get(), handlers.get());
        } catch (RuntimeException e) {
            started = CompletableFuture.failedFuture(e);
        }
        synchronized (this) {
            timer = null;
            dial = started;
            if (closed) {
                started.cancel(false);
            }
        }
        long begun = System.nanoTime();
        started.whenComplete((opened, failure) -> {
            if (opened != null) {
                up(opened, begun);
            } else {
                failed(failure);
            }
        });
    }

    private void up(Connection opened, long since) {
        synchronized (this) {
            dial = null;
            if (closed) {
                opened.close("no longer wanted");
                return;
            }
            connection = opened;
        }
        listener.up(opened);
        opened.closed().thenAccept(reason -> down(reason, since));
    }

    private void down(CloseReason reason, long since) {
        Duration wait;
        synchronized (this) {
            connection = null;
            boolean stable = System.nanoTime() - since >= backoff.stableAfter().toNanos();
            failures = stable ? 1 : failures + 1;
            wait = schedule();
        }
        listener.down(reason, wait);
    }

    private void failed(@Nullable Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        CloseReason reason = cause instanceof ConnectionClosedException end
                ? end.reason()
                : new CloseReason(CloseReason.Cause.INTERNAL, "the dial failed: " + cause);
        Duration wait;
        synchronized (this) {
            dial = null;
            if (closed) {
                return;
            }
            failures++;
            wait = schedule();
        }
        listener.dialFailed(reason, wait);
    }

    /** Plans the next dial; called with the lock held. */
    private Duration schedule() {
        Duration wait = backoff.wait(failures, random);
        if (!closed) {
            try {
                timer = transport.scheduler().schedule(this::dial, wait.toNanos(), TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                closed = true;
            }
        }
        return wait;
    }

    /** Stops: cancels a dial, closes the connection. Does nothing if closed. */
    @Override
    public void close() {
        CompletableFuture<Connection> running;
        Connection open;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            running = dial;
            open = connection;
            if (timer != null) {
                timer.cancel(false);
            }
        }
        if (running != null) {
            running.cancel(false);
        }
        if (open != null) {
            open.close("no longer wanted");
        }
    }
}
