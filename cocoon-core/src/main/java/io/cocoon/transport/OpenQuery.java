package io.cocoon.transport;

import io.cocoon.tl.Bytes;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** A query of ours that waits for its answer. Its fields belong to the event loop, except for the future. */
final class OpenQuery {

    final CompletableFuture<Bytes> answer = new CompletableFuture<>();
    final Duration timeout;
    long id;

    @Nullable
    Future<?> timer;

    OpenQuery(Duration timeout) {
        this.timeout = timeout;
    }

    void stopTimer() {
        if (timer != null) {
            timer.cancel(false);
        }
    }
}
