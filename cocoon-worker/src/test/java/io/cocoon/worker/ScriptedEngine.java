package io.cocoon.worker;

import io.cocoon.protocol.HttpHeader;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An engine whose answers the test writes itself: it hands out each request with its sink and returns at once. */
final class ScriptedEngine implements InferenceEngine {

    static final List<HttpHeader> JSON = List.of(new HttpHeader("Content-Type", "application/json"));

    final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();

    /** One request and how to answer it. */
    record Asked(InferenceRequest request, AnswerSink sink, Cancellation cancellation, CountDownLatch cancelled) {}

    @Override
    public void answer(InferenceRequest request, AnswerSink sink, Cancellation cancellation) {
        CountDownLatch cancelled = new CountDownLatch(1);
        cancellation.onCancel(cancelled::countDown);
        asked.add(new Asked(request, sink, cancellation, cancelled));
    }

    Asked next() throws InterruptedException {
        Asked next = asked.poll(30, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("no request in time");
        }
        return next;
    }
}
