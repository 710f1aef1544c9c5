package io.cocoon.testkit;

import io.cocoon.tl.Bytes;
import io.cocoon.worker.AnswerSink;
import io.cocoon.worker.Cancellation;
import io.cocoon.worker.ChatEngine;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.InferenceRequest;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Engines whose steps a test controls. */
final class Engines {

    private static final long PATIENCE_SECONDS = 60;

    private Engines() {}

    /** Says {@code first}, waits until the latch is open, and says {@code second}. */
    static InferenceEngine waiting(CountDownLatch latch) {
        return ChatEngine.of((request, out) -> {
            out.emit("first ");
            if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody opened the latch");
            }
            out.emit("second");
            out.usage(10, 0, 2, 0);
        });
    }

    /** Says words until nobody listens any more, then opens the latch. */
    static InferenceEngine endless(CountDownLatch stopped) {
        return ChatEngine.of((request, out) -> {
            long sent = 0;
            do {
                sent++;
                out.usage(10, 0, sent, 0);
            } while (out.emit("word ") && !stopped.await(5, TimeUnit.MILLISECONDS));
            stopped.countDown();
        });
    }

    /** Never begins an answer; opens the latch when the query is cancelled. */
    static InferenceEngine silent(CountDownLatch asked, CountDownLatch cancelled) {
        return (request, sink, cancellation) -> {
            asked.countDown();
            cancellation.onCancel(cancelled::countDown);
        };
    }

    /** Refuses, and counts how often. */
    static InferenceEngine refusing(AtomicInteger count, int code) {
        return (request, sink, cancellation) -> {
            count.incrementAndGet();
            sink.fail(code, "this worker refuses");
        };
    }

    /** Keeps the requests it saw, then lets the other engine answer. */
    record Recording(List<InferenceRequest> seen, InferenceEngine inner) implements InferenceEngine {

        @Override
        public void answer(InferenceRequest request, AnswerSink sink, Cancellation cancellation) throws Exception {
            seen.add(request);
            inner.answer(request, sink, cancellation);
        }

        @Override
        public void close() {
            inner.close();
        }

        static String text(Bytes body) {
            return new String(body.toByteArray(), java.nio.charset.StandardCharsets.UTF_8);
        }
    }
}
