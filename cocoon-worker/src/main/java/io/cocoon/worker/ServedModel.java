package io.cocoon.worker;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A model with what answers for it. Connections that announced it and queries that it answers hold it; when another one has taken its
 * place, its engine is closed with the last of them. Thread-safe.
 */
final class ServedModel {

    private final ModelName name;
    private final InferenceEngine engine;
    private final QueryContent content;

    // Guarded by this.
    private int holders;
    private boolean replaced;
    private boolean closed;

    /** @param content what its requests have to be */
    ServedModel(ModelName name, InferenceEngine engine, QueryContent content) {
        this.name = name;
        this.engine = engine;
        this.content = content;
    }

    ModelName name() {
        return name;
    }

    InferenceEngine engine() {
        return engine;
    }

    QueryContent content() {
        return content;
    }

    /** Keeps the engine open until as many calls of {@link #release}. */
    synchronized void hold() {
        holders++;
    }

    /** @param closer runs the closing, which may block; if it takes nothing any more, the worker is closing and closes the engine itself */
    void release(Executor closer) {
        synchronized (this) {
            holders--;
        }
        closeIfUnused(closer);
    }

    /** Another model is served from now on. */
    void replaced(Executor closer) {
        synchronized (this) {
            replaced = true;
        }
        closeIfUnused(closer);
    }

    private synchronized boolean isUnused() {
        return replaced && holders == 0 && !closed;
    }

    private void closeIfUnused(Executor closer) {
        if (isUnused()) {
            try {
                closer.execute(this::close);
            } catch (RejectedExecutionException e) {
                // The worker is closing.
            }
        }
    }

    /** Closes the engine, once. */
    void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        engine.close();
    }

    synchronized boolean isClosed() {
        return closed;
    }
}
