package io.cocoon.http;

import java.util.concurrent.atomic.LongAdder;

/** What only the port knows of its requests; the client counts the rest. Thread-safe. */
final class PortCounters {

    /** Requests that never reached the client, because there were too many at once. */
    final LongAdder refused = new LongAdder();

    /** Bytes of the bodies of requests. */
    final LongAdder bytesReceived = new LongAdder();

    /** Bytes of the bodies of answers. */
    final LongAdder bytesSent = new LongAdder();
}
