package io.cocoon.langchain4j;

import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Cancels a stream. It may be cancelled by its first piece, before the future is known. Thread-safe. */
final class Handle implements StreamingHandle {

    private @Nullable Future<?> running;
    private volatile boolean cancelled;

    void started(Future<?> future) {
        synchronized (this) {
            running = future;
        }
        if (cancelled) {
            future.cancel(true);
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        Future<?> future;
        synchronized (this) {
            future = running;
        }
        if (future != null) {
            future.cancel(true);
        }
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }
}
