package io.cocoon.worker;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Executors for blocking engines: one thread a request. */
public final class EngineExecutors {

    private EngineExecutors() {}

    /** Returns virtual threads where the running JDK has them (21 and later), else {@link #platformThreads()}. */
    public static ExecutorService bestAvailable() {
        try {
            // Looked up by name because this library also runs on Java 17, which has no such method.
            return (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException | IllegalAccessException e) {
            return platformThreads();
        } catch (InvocationTargetException e) {
            throw new IllegalStateException("this JDK has virtual threads but cannot start them", e.getCause());
        }
    }

    /**
     * Returns daemon threads that end after half a minute without work. There is no queue and no limit: the worker
     * admits no more requests than it was told to.
     */
    public static ExecutorService platformThreads() {
        AtomicLong number = new AtomicLong();
        return new ThreadPoolExecutor(0, Integer.MAX_VALUE, 30, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
            Thread thread = new Thread(task, "cocoon-engine-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
    }
}
