package io.cocoon.proxy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a ledger does on its one thread, step after step; who asks does not wait. Writes are done in groups: all who ask while one
 * step runs share the next. Thread-safe.
 */
final class LedgerSteps {

    private final ExecutorService writer;
    private final Function<Throwable, LedgerStoppedException> fault;
    private final Object groups = new Object();
    private final AtomicBoolean isOver = new AtomicBoolean();
    private @Nullable CompletableFuture<Void> nextGroup;

    /**
     * Nothing runs yet.
     *
     * @param writer runs one task at a time, in order; {@link #last} shuts it down
     * @param fault is told what a step failed with that was no {@link LedgerStoppedException}, and says what to tell others
     */
    LedgerSteps(ExecutorService writer, Function<Throwable, LedgerStoppedException> fault) {
        this.writer = writer;
        this.fault = fault;
    }

    /** Does a step after all that were asked for before. @return completes, or fails with {@link LedgerStoppedException} */
    CompletionStage<Void> next(Runnable step) {
        return run(new CompletableFuture<>(), step);
    }

    /**
     * Does a step that does the work of all who have asked for one.
     *
     * @return completes when one that began after this call is done; fails as {@link #next}
     */
    CompletionStage<Void> nextGroup(Runnable step) {
        CompletableFuture<Void> group;
        synchronized (groups) {
            if (nextGroup != null) {
                return nextGroup;
            }
            group = new CompletableFuture<>();
            nextGroup = group;
        }
        return run(group, () -> {
            synchronized (groups) {
                // Who asks from now on may be too late for this one.
                nextGroup = null;
            }
            step.run();
        });
    }

    private CompletionStage<Void> run(CompletableFuture<Void> done, Runnable step) {
        try {
            writer.execute(() -> {
                try {
                    step.run();
                } catch (LedgerStoppedException e) {
                    done.completeExceptionally(e);
                } catch (RuntimeException e) {
                    done.completeExceptionally(fault.apply(e));
                } catch (Error e) {
                    done.completeExceptionally(fault.apply(e));
                    throw e;
                }
                done.complete(null);
            });
        } catch (RejectedExecutionException e) {
            done.completeExceptionally(new LedgerStoppedException("the ledger is closed", e));
        }
        return done;
    }

    /** Does the last step and waits for it; throws what it throws. Does nothing the second time. */
    void last(Runnable step) {
        if (!isOver.compareAndSet(false, true)) {
            return;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        writer.execute(() -> {
            try {
                step.run();
                done.complete(null);
            } catch (RuntimeException | Error e) {
                done.completeExceptionally(e);
            }
        });
        writer.shutdown();
        try {
            done.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof LedgerStoppedException reason) {
                throw new LedgerStoppedException(String.valueOf(reason.getMessage()), reason);
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }
}
