package io.cocoon.okhttp;

import io.cocoon.client.HttpReply;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call under way, which another thread may cancel: while it waits for its head, by interrupting the thread that waits; later
 * by closing the answer. The interrupt is taken back, so that it never reaches what the thread does next.
 */
final class Running {

    private @Nullable Thread waiting;
    private @Nullable HttpReply reply;
    private boolean cancelled;

    HttpReply open(Supplier<HttpReply> work) {
        boolean interruptedBefore;
        synchronized (this) {
            waiting = Thread.currentThread();
            interruptedBefore = waiting.isInterrupted();
            if (cancelled) {
                waiting.interrupt();
            }
        }
        HttpReply opened = null;
        try {
            opened = work.get();
            return opened;
        } finally {
            synchronized (this) {
                waiting = null;
                reply = opened;
                if (cancelled) {
                    if (!interruptedBefore) {
                        Thread.interrupted();
                    }
                    if (opened != null) {
                        opened.close();
                    }
                }
            }
        }
    }

    synchronized void cancel() {
        cancelled = true;
        if (waiting != null) {
            waiting.interrupt();
        }
        if (reply != null) {
            reply.close();
        }
    }

    synchronized boolean isCancelled() {
        return cancelled;
    }
}
