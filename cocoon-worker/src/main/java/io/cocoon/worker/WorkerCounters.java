package io.cocoon.worker;

import io.cocoon.payment.Nanoton;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.stats.Latencies;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.LongAdder;

/** What has happened since the start. Thread-safe. */
final class WorkerCounters {

    final LongAdder completed = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder cancelled = new LongAdder();
    private final LongAdder prompt = new LongAdder();
    private final LongAdder cached = new LongAdder();
    private final LongAdder completion = new LongAdder();
    private final LongAdder reasoning = new LongAdder();
    private final LongAdder nanotons = new LongAdder();
    private final Latencies times = new Latencies();
    private final Latencies timesToHead = new Latencies();

    /** A query has given its place back. */
    void released(RunningQuery query, Instant now, Nanoton feePerToken) {
        switch (query.outcome()) {
            case COMPLETED -> completed.increment();
            case FAILED -> failed.increment();
            case CANCELLED -> cancelled.increment();
            case RUNNING -> throw new IllegalStateException("a running query gave its place back");
        }
        times.record(Duration.between(query.start(), now));
        query.headAt().ifPresent(head -> timesToHead.record(Duration.between(query.start(), head)));
        TokensUsed used = query.billed();
        prompt.add(used.promptTokensUsed());
        cached.add(used.cachedTokensUsed());
        completion.add(used.completionTokensUsed());
        reasoning.add(used.reasoningTokensUsed());
        nanotons.add(feePerToken.value() * used.totalTokensUsed());
    }

    WorkerTotals totals() {
        return new WorkerTotals(
                prompt.sum(),
                cached.sum(),
                completion.sum(),
                reasoning.sum(),
                new Nanoton(nanotons.sum()),
                times.counts(),
                timesToHead.counts());
    }
}
