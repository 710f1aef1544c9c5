package io.cocoon.client;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads of a client that was given none. All are daemons and end with the client. */
final class OwnThreads {

    private static final Logger LOG = LoggerFactory.getLogger(OwnThreads.class);

    private static final int MOST_THREADS = 512;
    private static final long IDLE_SECONDS = 10;
    private static final long CLOSE_SECONDS = 5;
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private OwnThreads() {}

    /** Makes an executor: virtual threads where the running JDK has them (21 and later), else a bounded pool. */
    static Executor executor(List<Runnable> closing) {
        ExecutorService made = virtualThreads();
        if (made == null) {
            made = new ThreadPoolExecutor(
                    0, MOST_THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), named("cocoon-client-"));
        }
        ExecutorService executor = made;
        closing.add(() -> end(executor));
        return executor;
    }

    private static @org.jspecify.annotations.Nullable ExecutorService virtualThreads() {
        try {
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (ReflectiveOperationException e) {
            LOG.debug("this JDK has no virtual threads; a pool is used");
            return null;
        }
    }

    static ScheduledExecutorService scheduler(List<Runnable> closing) {
        ScheduledThreadPoolExecutor scheduler = new ScheduledThreadPoolExecutor(1, named("cocoon-client-timer-"));
        scheduler.setRemoveOnCancelPolicy(true);
        closing.add(() -> end(scheduler));
        return scheduler;
    }

    /** Makes the one thread that looks after channels. */
    static ScheduledExecutorService money(List<Runnable> closing) {
        ScheduledThreadPoolExecutor money = new ScheduledThreadPoolExecutor(1, named("cocoon-client-money-"));
        money.setRemoveOnCancelPolicy(true);
        closing.add(() -> end(money));
        return money;
    }

    private static ThreadFactory named(String prefix) {
        return task -> {
            Thread thread = new Thread(task, prefix + NUMBERS.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
    }

    private static void end(ExecutorService executor) {
        executor.shutdownNow();
        try {
            if (!executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a task of the client did not end within {} s of closing", CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
