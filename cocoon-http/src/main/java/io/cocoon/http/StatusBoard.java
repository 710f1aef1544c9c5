package io.cocoon.http;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches one process: takes a look every few seconds, keeps an hour of points, and writes what pages and tools ask for. Thread-safe.
 *
 * @param <S> a look
 */
final class StatusBoard<S> {

    static final Duration EVERY = Duration.ofSeconds(5);
    static final int POINTS = 720;

    private static final Logger LOG = LoggerFactory.getLogger(StatusBoard.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RoleView<S> view;
    private final Clock clock;
    private final Duration every;
    private final Instant startedAt;
    private final List<Plot<S>> plots;
    private final TimeSeries series;
    private final List<DecayedRates> rates;

    // Guarded by this.
    private S last;
    private Instant lastAt;

    StatusBoard(RoleView<S> view, Clock clock, Duration every) {
        this.view = view;
        this.clock = clock;
        this.every = every;
        this.startedAt = clock.instant();
        this.plots = view.plots();
        this.series = new TimeSeries(
                POINTS, plots.stream().mapToInt(plot -> plot.lines().size()).sum());
        this.rates =
                Stream.generate(DecayedRates::new).limit(view.counters().size()).toList();
        this.last = view.look();
        this.lastAt = startedAt;
        count(last, 0);
    }

    RoleView<S> view() {
        return view;
    }

    /** What {@link #watch} began. */
    interface Watching extends AutoCloseable {
        @Override
        void close();
    }

    /** Begins to look, on a thread of its own. */
    Watching watch() {
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "cocoon-status");
            thread.setDaemon(true);
            return thread;
        });
        watch(timer);
        return timer::shutdownNow;
    }

    /** Begins to look, on a thread of the scheduler. */
    void watch(ScheduledExecutorService scheduler) {
        scheduler.scheduleAtFixedRate(
                () -> {
                    try {
                        sample();
                    } catch (RuntimeException e) {
                        // The next look may do better; the page shows the gap.
                        LOG.warn("a look at the process for its status page failed", e);
                    }
                },
                every.toMillis(),
                every.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** Takes one look. */
    synchronized void sample() {
        S now = view.look();
        Instant at = clock.instant();
        double seconds = Duration.between(lastAt, at).toNanos() * 1e-9;
        double[] point = plots.stream()
                .flatMap(plot -> plot.lines().stream())
                .mapToDouble(line -> line.values().at(last, now, seconds))
                .toArray();
        series.add(at.toEpochMilli(), point);
        count(now, seconds);
        last = now;
        lastAt = at;
    }

    private void count(S look, double seconds) {
        double[] counts = view.count(look);
        for (int i = 0; i < counts.length; i++) {
            rates.get(i).take(counts[i], seconds);
        }
    }

    /**
     * Writes what the page shows.
     *
     * @param since only points after this time, in milliseconds
     */
    byte[] status(long since, boolean takesOrders) {
        ObjectNode root = JSON.createObjectNode();
        root.put("format", 1)
                .put("now", clock.millis())
                .put("startedAt", startedAt.toEpochMilli())
                .put("everyMillis", every.toMillis())
                .put("keptPoints", POINTS);
        StatusJson.write(view.describe(view.look()), root);
        StatusJson.writePlots(plots, series.since(since), root);
        StatusJson.writeOrders(view.orders(), takesOrders, root);
        return bytes(root);
    }

    /** Writes the reference's {@code /jsonstats}, as far as its members have a meaning here. */
    byte[] jsonStats() {
        S look = view.look();
        ObjectNode root = JSON.createObjectNode();
        root.putObject("status");
        ObjectNode stats = root.putObject("stats");
        synchronized (this) {
            double[] totals = view.count(look);
            for (int i = 0; i < rates.size(); i++) {
                ArrayNode numbers = stats.putArray(view.counters().get(i));
                for (double number : rates.get(i).values(totals[i])) {
                    numbers.add(number);
                }
            }
        }
        view.jsonStats(look, root);
        return bytes(root);
    }

    private static byte[] bytes(ObjectNode root) {
        try {
            return JSON.writeValueAsBytes(root);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            throw new IllegalStateException("a tree of numbers and texts can be written", e);
        }
    }
}
