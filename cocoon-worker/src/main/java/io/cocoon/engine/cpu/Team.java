package io.cocoon.engine.cpu;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Threads that share out work in small pieces; the caller is one of them. They wait for the next work by looking for it for some
 * microseconds, which is as long as an answer takes between two products, and sleep then.
 *
 * <p>Pieces are taken by whoever is free, because on a machine with other things to do a thread may stand still for long; a
 * thread that never comes is not waited for. Who takes which changes no result.
 */
final class Team implements AutoCloseable {

    /** Below this many multiplications work is done by the caller alone: handing it over would take longer. */
    private static final long LEAST_WORK = 1 << 15;

    /**
     * The smallest piece is this share of a thread's work, which is how long the others wait for the last one at most. The first
     * pieces are large, because memory is read faster the longer one goes straight on.
     */
    private static final int SHARES = 64;

    /** How often a thread looks before it sleeps: some 50 microseconds. */
    private static final int LOOKS = 2000;

    private final int size;
    private final AtomicReferenceArray<@Nullable Thread> sleepers;
    private volatile @Nullable Work current;
    private volatile boolean closed;

    /** A range of rows. */
    interface Rows {
        /** @param thread who computes, 0 to size - 1 */
        void run(int from, int to, int thread);
    }

    /** Something to be done, in pieces that get smaller. */
    private static final class Work {
        private final Rows task;
        private final int rows;
        private final int unit;
        private final int smallest;
        private final int threads;
        private final Thread caller = Thread.currentThread();
        private final AtomicInteger taken = new AtomicInteger();
        private final AtomicInteger done = new AtomicInteger();
        private volatile @Nullable Throwable failure;

        Work(Rows task, int rows, int unit, int threads) {
            this.task = task;
            this.rows = rows;
            this.unit = unit;
            this.threads = threads;
            smallest = rows / (threads * SHARES);
        }

        void help(int thread) {
            for (int from = taken.get(); from < rows; from = taken.get()) {
                int to = Math.min(rows, from + piece(rows - from));
                if (!taken.compareAndSet(from, to)) {
                    continue;
                }
                try {
                    task.run(from, to, thread);
                } catch (RuntimeException | Error e) {
                    failure = e;
                }
                if (done.addAndGet(to - from) == rows && thread != 0) {
                    LockSupport.unpark(caller);
                }
            }
        }

        /** Half of what a thread's share of the rest is, so that one which is held up leaves its share to others. */
        private int piece(int left) {
            return (Math.max(smallest, left / (2 * threads)) + unit) / unit * unit;
        }

        boolean isDone() {
            return done.get() == rows;
        }
    }

    /**
     * @param size how many threads work at most, the caller included
     * @param executor runs the others, until this is closed
     */
    Team(int size, Executor executor) {
        this.size = size;
        sleepers = new AtomicReferenceArray<>(size);
        for (int i = 1; i < size; i++) {
            int thread = i;
            executor.execute(() -> work(thread));
        }
    }

    int size() {
        return size;
    }

    /**
     * Runs all rows; returns when all are done.
     *
     * @param unit pieces begin at multiples of this
     * @param work how many multiplications one row takes
     */
    void run(int rows, int unit, long work, Rows task) {
        if (size == 1 || rows * work < LEAST_WORK || rows <= unit) {
            task.run(0, rows, 0);
            return;
        }
        Work mine = new Work(task, rows, unit, size);
        current = mine;
        wake();
        mine.help(0);
        boolean interrupted = await(mine);
        current = null;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        Throwable failure = mine.failure;
        if (failure != null) {
            throw new IllegalStateException("a part of a matrix product failed", failure);
        }
    }

    /** The arrays that the others write to belong to the caller, so it may not leave before they are done. */
    private static boolean await(Work work) {
        boolean interrupted = false;
        for (int looks = 0; !work.isDone(); looks++) {
            if (looks < LOOKS) {
                Thread.onSpinWait();
            } else {
                LockSupport.park(work);
                interrupted |= Thread.interrupted();
            }
        }
        return interrupted;
    }

    private void work(int thread) {
        Work last = null;
        int looks = 0;
        while (!closed && !Thread.currentThread().isInterrupted()) {
            Work now = current;
            if (now != null && now != last) {
                now.help(thread);
                last = now;
                looks = 0;
            } else if (looks++ < LOOKS) {
                Thread.onSpinWait();
            } else {
                sleep(thread, last);
                looks = 0;
            }
        }
    }

    /** Sleeps until there is work; whoever publishes some looks at the sleepers after that, so one of both sees the other. */
    private void sleep(int thread, @Nullable Work last) {
        sleepers.set(thread, Thread.currentThread());
        Work now = current;
        if ((now == null || now == last) && !closed) {
            LockSupport.park(this);
        }
        sleepers.set(thread, null);
    }

    private void wake() {
        for (int i = 1; i < size; i++) {
            LockSupport.unpark(sleepers.get(i));
        }
    }

    /** Lets the other threads go. */
    @Override
    public void close() {
        closed = true;
        wake();
    }
}
