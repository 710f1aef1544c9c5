package io.cocoon.engine.cpu;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;

/** Shares ranges of rows out to some threads; the caller does the first range itself. */
final class Team {

    /** Below this many multiplications a step is done by the caller alone: handing it over would take longer. */
    private static final long LEAST_WORK = 1 << 17;

    private final int size;
    private final Executor executor;

    /** A range of rows. */
    interface Rows {
        void run(int from, int to);
    }

    /**
     * @param size how many threads work at most, the caller included
     * @param executor runs the others; with {@code size - 1} threads at least
     */
    Team(int size, Executor executor) {
        this.size = size;
        this.executor = executor;
    }

    /**
     * Runs all rows; returns when all are done.
     *
     * @param work how many multiplications one row takes
     */
    void run(int rows, long work, Rows task) {
        int parts = (int) Math.min(Math.min(size, rows), Math.max(1, rows * work / LEAST_WORK));
        if (parts <= 1) {
            task.run(0, rows);
            return;
        }
        CountDownLatch others = new CountDownLatch(parts - 1);
        AtomicReference<Throwable> failure = new AtomicReference<>();
        for (int i = 1; i < parts; i++) {
            int from = (int) ((long) rows * i / parts);
            int to = (int) ((long) rows * (i + 1) / parts);
            executor.execute(() -> {
                try {
                    task.run(from, to);
                } catch (RuntimeException | Error e) {
                    failure.set(e);
                } finally {
                    others.countDown();
                }
            });
        }
        try {
            task.run(0, (int) ((long) rows / parts));
        } finally {
            awaitUninterruptibly(others);
        }
        if (failure.get() != null) {
            throw new IllegalStateException("a part of a matrix product failed", failure.get());
        }
    }

    /** The arrays that the others write to belong to the caller, so it may not leave before they are done. */
    private static void awaitUninterruptibly(CountDownLatch latch) {
        boolean interrupted = false;
        while (true) {
            try {
                latch.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
