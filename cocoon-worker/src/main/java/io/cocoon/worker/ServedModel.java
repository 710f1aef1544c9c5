package io.cocoon.worker;

import java.util.function.Consumer;

/**
 * A model with what answers for it. Connections that announced it and queries that it answers hold it; when another one has taken its
 * place, its engine is closed with the last of them. Thread-safe.
 */
final class ServedModel {

    private final ModelName name;
    private final InferenceEngine engine;
    private final QueryContent content;
    private final Consumer<ServedModel> unused;

    // Guarded by this.
    private int holders;
    private boolean replaced;
    private boolean closed;

    /**
     * @param content what its requests have to be
     * @param unused is told, perhaps more than once, that nothing holds it any more; sees to {@link #close}
     */
    ServedModel(ModelName name, InferenceEngine engine, QueryContent content, Consumer<ServedModel> unused) {
        this.unused = unused;
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

    void release() {
        synchronized (this) {
            holders--;
        }
        tellIfUnused();
    }

    /** Another model is served from now on. */
    void replaced() {
        synchronized (this) {
            replaced = true;
        }
        tellIfUnused();
    }

    private synchronized boolean isUnused() {
        return replaced && holders == 0 && !closed;
    }

    private void tellIfUnused() {
        if (isUnused()) {
            unused.accept(this);
        }
    }

    /** Closes the engine, once; may block. */
    void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        engine.close();
    }
}
