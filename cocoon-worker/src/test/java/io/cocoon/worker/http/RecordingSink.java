package io.cocoon.worker.http;

import io.cocoon.protocol.HttpHeader;
import io.cocoon.tl.Bytes;
import io.cocoon.worker.AnswerSink;
import io.cocoon.worker.Cancellation;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;

/** Keeps what an engine says. */
final class RecordingSink implements AnswerSink, Cancellation {

    final BlockingQueue<String> pieces = new LinkedBlockingQueue<>();
    final CompletableFuture<String> end = new CompletableFuture<>();
    final StringBuffer body = new StringBuffer();
    volatile int status;
    volatile List<HttpHeader> headers = List.of();
    volatile boolean cancelled;
    private volatile Semaphore permits = new Semaphore(Integer.MAX_VALUE);
    private volatile Runnable onCancel = () -> {};

    /** Lets the engine read only as often as is said with the semaphore. */
    void writableOnly(Semaphore only) {
        permits = only;
    }

    void cancel() {
        cancelled = true;
        onCancel.run();
    }

    @Override
    public void head(int code, List<HttpHeader> all) {
        status = code;
        headers = all;
    }

    @Override
    public void write(Bytes piece) {
        if (!piece.isEmpty()) {
            body.append(piece.toUtf8());
            pieces.add(piece.toUtf8());
        }
    }

    @Override
    public void complete() {
        end.complete("complete");
    }

    @Override
    public void answer(int code, List<HttpHeader> all, Bytes whole) {
        head(code, all);
        write(whole);
        complete();
    }

    @Override
    public void fail(int code, String message) {
        end.complete("error " + code + ": " + message);
    }

    @Override
    public boolean isWritable() {
        return permits.availablePermits() > 0;
    }

    @Override
    public void awaitWritable() throws InterruptedException {
        permits.acquire();
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public void onCancel(Runnable action) {
        onCancel = action;
    }
}
