package io.cocoon.http;

import io.cocoon.protocol.ErrorCodes;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.tl.Bytes;
import io.cocoon.worker.ChatEngine;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.InferenceRequest;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

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

    /** Answers every request with the same, and shows each to a listener. */
    static InferenceEngine fixed(int status, String type, String body, Consumer<InferenceRequest> listener) {
        return (request, sink, cancellation) -> {
            listener.accept(request);
            sink.answer(
                    status,
                    List.of(new HttpHeader("Content-Type", type), new HttpHeader("Set-Cookie", "a=b")),
                    Bytes.utf8(body));
        };
    }

    /** Begins a stream of events, breaks off in the midst of one. */
    static InferenceEngine breaking() {
        return (request, sink, cancellation) -> {
            sink.head(200, List.of(new HttpHeader("Content-Type", "text/event-stream")));
            sink.write(Bytes.utf8("data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,"
                    + "\"delta\":{\"content\":\"half\"}}]}\n\n"));
            sink.fail(ErrorCodes.FAILURE, "the engine broke");
        };
    }

    /** Answers no request but with an error of the network. */
    static InferenceEngine failing(int code, String text) {
        return (request, sink, cancellation) -> sink.fail(code, text);
    }
}
