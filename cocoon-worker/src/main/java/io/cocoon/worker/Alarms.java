package io.cocoon.worker;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the operator, through the log and whoever listens, and the same thing not again within ten minutes. Thread-safe. */
final class Alarms implements Consumer<String> {

    private static final Logger LOG = LoggerFactory.getLogger(Alarms.class);
    private static final Duration AGAIN_AFTER = Duration.ofMinutes(10);
    private static final int REMEMBERED = 100;

    private final Consumer<String> listener;
    private final Clock clock;
    private final Map<String, Instant> raised = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Instant> eldest) {
            return size() > REMEMBERED;
        }
    };

    Alarms(Consumer<String> listener, Clock clock) {
        this.listener = listener;
        this.clock = clock;
    }

    @Override
    public void accept(String text) {
        Instant now = clock.instant();
        synchronized (raised) {
            Instant before = raised.get(text);
            if (before != null && now.isBefore(before.plus(AGAIN_AFTER))) {
                return;
            }
            raised.put(text, now);
        }
        LOG.warn("{}", text);
        try {
            listener.accept(text);
        } catch (RuntimeException e) {
            LOG.warn("whoever listens for alarms failed", e);
        }
    }
}
