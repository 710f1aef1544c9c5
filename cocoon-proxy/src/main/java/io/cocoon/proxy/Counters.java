package io.cocoon.proxy;

import io.cocoon.stats.Latencies;
import java.util.concurrent.atomic.LongAdder;

/** What has happened since the start. Thread-safe. */
final class Counters {
    final LongAdder admitted = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder succeeded = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder retried = new LongAdder();
    final LongAdder cancelled = new LongAdder();
    final LongAdder billedTokens = new LongAdder();
    final LongAdder chargedNanotons = new LongAdder();
    final LongAdder creditedNanotons = new LongAdder();
    final LongAdder requestBytes = new LongAdder();
    final LongAdder answerBytes = new LongAdder();
    final LongAdder violations = new LongAdder();

    /** Of queries, from their arrival to their end and to the first piece of the answer. */
    final Latencies times = new Latencies();

    final Latencies timesToHead = new Latencies();
}
