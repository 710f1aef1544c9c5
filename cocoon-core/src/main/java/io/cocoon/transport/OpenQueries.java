package io.cocoon.transport;

import io.cocoon.tl.Bytes;
import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Our queries that wait for their answers. Confined to the event loop. */
final class OpenQueries {

    private final LongObjectMap<OpenQuery> open = new LongObjectHashMap<>(4);
    private final SplittableRandom ids;

    OpenQueries(SplittableRandom ids) {
        this.ids = ids;
    }

    /** Gives a query its id, unique among the open ones, and starts its timer. */
    void register(OpenQuery query, EventExecutor eventLoop) {
        do {
            query.id = ids.nextLong();
        } while (open.containsKey(query.id));
        if (query.answer.isDone()) {
            return;
        }
        open.put(query.id, query);
        long nanos = query.timeout.compareTo(java.time.Duration.ofDays(3650)) > 0
                ? Long.MAX_VALUE / 4
                : query.timeout.toNanos();
        query.timer = eventLoop.schedule(
                () -> {
                    forget(query);
                    query.answer.completeExceptionally(new TimeoutException("no answer came within " + query.timeout));
                },
                Math.max(nanos, 0),
                TimeUnit.NANOSECONDS);
    }

    void forget(OpenQuery query) {
        if (open.get(query.id) == query) {
            open.remove(query.id);
            query.stopTimer();
        }
    }

    /** An answer that nobody waits for is dropped: it may be late. */
    void answered(long id, Bytes answer) {
        OpenQuery query = open.remove(id);
        if (query != null) {
            query.stopTimer();
            query.answer.complete(answer);
        }
    }

    void failed(long id, Exception failure) {
        OpenQuery query = open.remove(id);
        if (query != null) {
            query.stopTimer();
            query.answer.completeExceptionally(failure);
        }
    }

    void failAll(CloseReason reason) {
        List<OpenQuery> all = List.copyOf(open.values());
        open.clear();
        for (OpenQuery query : all) {
            query.stopTimer();
            query.answer.completeExceptionally(new ConnectionClosedException(reason));
        }
    }

    int size() {
        return open.size();
    }
}
