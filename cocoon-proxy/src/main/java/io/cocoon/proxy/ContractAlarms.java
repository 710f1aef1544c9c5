package io.cocoon.proxy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the operator, but not the same again and again. Thread-safe. */
final class ContractAlarms {

    private static final Logger LOG = LoggerFactory.getLogger(ContractAlarms.class);
    private static final Duration AGAIN = Duration.ofMinutes(10);
    private static final int MAX_REMEMBERED = 100;

    private final Map<String, Instant> told = new HashMap<>();
    private final Consumer<String> listener;
    private final Clock clock;
    private final Executor executor;

    /** @param executor runs {@code listener}, which may hold it up */
    ContractAlarms(Consumer<String> listener, Clock clock, Executor executor) {
        this.listener = listener;
        this.clock = clock;
        this.executor = executor;
    }

    void raise(String text) {
        Instant now = clock.instant();
        synchronized (told) {
            Instant before = told.get(text);
            if (before != null && now.isBefore(before.plus(AGAIN))) {
                return;
            }
            if (told.size() >= MAX_REMEMBERED) {
                told.clear();
            }
            told.put(text, now);
        }
        LOG.warn("{}", text);
        try {
            executor.execute(() -> listener.accept(text));
        } catch (RejectedExecutionException e) {
            LOG.debug("nobody is told any more: the timer has ended");
        }
    }
}
