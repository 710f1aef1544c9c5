package io.cocoon.tee.collateral;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Runs blocking work, and work after a while: on threads of its own, or on an injected service. Thread-safe. */
class Workers implements Executor, AutoCloseable {

    private static final long CLOSE_SECONDS = 10;

    private final ScheduledExecutorService service;
    private final boolean owned;

    private Workers(ScheduledExecutorService service, boolean owned) {
        this.service = service;
        this.owned = owned;
    }

    /** For tests that replace the waiting. */
    Workers(ScheduledExecutorService service) {
        this(service, false);
    }

    static Workers of(@Nullable ScheduledExecutorService injected, int threads, String name) {
        if (injected != null) {
            return new Workers(injected, false);
        }
        AtomicInteger count = new AtomicInteger();
        return new Workers(
                Executors.newScheduledThreadPool(threads, work -> {
                    Thread thread = new Thread(work, name + "-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                }),
                true);
    }

    /** Runs work soon. */
    @Override
    public void execute(Runnable work) {
        service.execute(work);
    }

    /** Runs work after a while; not at all if this is closed first. */
    void later(Duration after, Runnable work) {
        try {
            service.schedule(work, after.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // Closed in the meantime: whoever waits for this work was told so by the one that closed.
            return;
        }
    }

    /** Ends the threads that this made, and waits for them. */
    @Override
    public void close() {
        if (!owned) {
            return;
        }
        service.shutdownNow();
        try {
            if (!service.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException(
                        "collateral: work did not end within " + CLOSE_SECONDS + " s of closing");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
