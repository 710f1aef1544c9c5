package io.cocoon.ton.channel;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Passes each text on once within ten minutes. Thread-safe. */
final class OnceInAWhile implements Consumer<String> {

    private static final Logger LOG = LoggerFactory.getLogger(OnceInAWhile.class);
    private static final Duration AGAIN = Duration.ofMinutes(10);
    private static final int MAX_REMEMBERED = 256;

    private final Consumer<String> listener;
    private final Clock clock;
    private final Map<String, Instant> told = new LinkedHashMap<>();

    OnceInAWhile(Consumer<String> listener, Clock clock) {
        this.listener = listener;
        this.clock = clock;
    }

    @Override
    public void accept(String text) {
        Instant now = clock.instant();
        synchronized (this) {
            told.values().removeIf(at -> !now.isBefore(at.plus(AGAIN)));
            if (told.containsKey(text)) {
                return;
            }
            if (told.size() >= MAX_REMEMBERED) {
                told.remove(told.keySet().iterator().next());
            }
            told.put(text, now);
        }
        LOG.warn("{}", text);
        listener.accept(text);
    }
}
