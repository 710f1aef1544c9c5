package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.stats.Latencies;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;

/** Counts what becomes of requests. Thread-safe. */
final class Counting {

    private final LongAdder answered = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final LongAdder cancelled = new LongAdder();
    private final LongAdder tokens = new LongAdder();
    private final LongAdder nanotons = new LongAdder();
    private final LongAdder nanos = new LongAdder();
    private final Latencies times = new Latencies();
    private final Latencies timesToFirstByte = new Latencies();

    void ended(FinishedRequest request) {
        LongAdder kind = request.isSuccess()
                ? answered
                : request.failure()
                                .filter(CocoonException.Cancelled.class::isInstance)
                                .isPresent()
                        ? cancelled
                        : failed;
        request.bill().ifPresent(bill -> {
            tokens.add(bill.adjusted().totalTokensUsed());
            nanotons.add(bill.total().value());
        });
        nanos.add(request.elapsed().toNanos());
        times.record(request.elapsed());
        request.toFirstByte().ifPresent(timesToFirstByte::record);
        // Last: who sees the request counted sees its times and tokens too.
        kind.increment();
    }

    /** A request could not be read, and was none. */
    void unread() {
        failed.increment();
    }

    ClientTotals totals() {
        return new ClientTotals(
                answered.sum(),
                failed.sum(),
                cancelled.sum(),
                tokens.sum(),
                new Nanoton(nanotons.sum()),
                Duration.ofNanos(nanos.sum()),
                times.counts(),
                timesToFirstByte.counts());
    }
}
