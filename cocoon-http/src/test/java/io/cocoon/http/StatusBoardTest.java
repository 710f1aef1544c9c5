package io.cocoon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.http.Plot.Line;
import io.cocoon.http.Snapshot.Health;
import io.cocoon.http.Snapshot.Item;
import io.cocoon.http.Snapshot.Level;
import io.cocoon.payment.Nanoton;
import io.cocoon.stats.Latencies;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class StatusBoardTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final Time clock = new Time();
    private final Counted process = new Counted();
    private final StatusBoard<Counted.Look> board = new StatusBoard<>(process, clock, StatusBoard.EVERY);

    private JsonNode status(long since) throws IOException {
        return JSON.readTree(board.status(since, false));
    }

    private void pass(Duration time) {
        clock.now = clock.now.plus(time);
        board.sample();
    }

    @Test
    void should_draw_how_fast_a_count_grows() throws Exception {
        process.requests = 20;
        pass(Duration.ofSeconds(5));
        pass(Duration.ofSeconds(5));

        JsonNode points = status(0).path("points");

        assertThat(points).hasSize(2);
        assertThat(points.get(0).get(0).asLong()).isEqualTo(START.plusSeconds(5).toEpochMilli());
        assertThat(points.get(0).get(1).asDouble()).as("a minute").isEqualTo(240);
        assertThat(points.get(1).get(1).asDouble()).isZero();
    }

    @Test
    void should_leave_a_gap_where_a_count_began_anew() throws Exception {
        process.requests = 20;
        pass(Duration.ofSeconds(5));
        process.requests = 3;
        pass(Duration.ofSeconds(5));

        assertThat(status(0).path("points").get(1).get(1).isNull()).isTrue();
    }

    @Test
    void should_draw_times_of_an_interval_and_nothing_where_none_ended() throws Exception {
        process.latencies.record(Duration.ofMillis(400));
        pass(Duration.ofSeconds(5));
        pass(Duration.ofSeconds(5));

        JsonNode points = status(0).path("points");

        assertThat(points.get(0).get(2).asDouble()).isCloseTo(0.4, within(0.04));
        assertThat(points.get(1).get(2).isNull()).isTrue();
    }

    @Test
    void should_send_only_points_that_a_page_has_not() throws Exception {
        pass(Duration.ofSeconds(5));
        pass(Duration.ofSeconds(5));

        assertThat(status(START.plusSeconds(5).toEpochMilli()).path("points")).hasSize(1);
        assertThat(status(START.plusSeconds(10).toEpochMilli()).path("points")).isEmpty();
    }

    @Test
    void should_keep_an_hour_and_no_more() throws Exception {
        for (int i = 0; i < StatusBoard.POINTS + 100; i++) {
            pass(StatusBoard.EVERY);
        }

        JsonNode points = status(0).path("points");

        assertThat(points).hasSize(StatusBoard.POINTS);
        assertThat(points.get(0).get(0).asLong())
                .isEqualTo(START.plus(StatusBoard.EVERY.multipliedBy(101)).toEpochMilli());
    }

    @Test
    void should_forget_points_of_the_future_when_the_clock_is_set_back() throws Exception {
        pass(Duration.ofSeconds(5));
        pass(Duration.ofSeconds(3600));
        pass(Duration.ofSeconds(-3000));

        JsonNode points = status(0).path("points");

        assertThat(points).hasSize(2);
        assertThat(points.get(1).get(0).asLong())
                .isEqualTo(START.plusSeconds(605).toEpochMilli());
        assertThat(points.get(1).get(1).isNull())
                .as("no rate over negative time")
                .isTrue();
    }

    @Test
    void should_write_amounts_of_money_without_losing_a_digit() throws Exception {
        process.money = new Nanoton(Long.MAX_VALUE);

        assertThat(status(0).path("tiles").get(0).path("value").asText()).isEqualTo("9223372036854775807");
    }

    @Test
    void should_cut_a_name_that_nobody_honest_has() throws Exception {
        process.name = "\ud83d\ude00".repeat(10_000);

        String name = status(0).path("name").asText();

        assertThat(name).hasSizeLessThan(StatusJson.LONGEST_TEXT + 40).endsWith("… (20000 characters)");
        assertThat(name.codePoints().limit(900)).allMatch(point -> point == 0x1f600);
    }

    @Test
    void should_write_counters_as_the_tools_of_the_reference_read_them() throws Exception {
        process.requests = 60;
        pass(Duration.ofSeconds(5));

        JsonNode queries = JSON.readTree(board.jsonStats()).path("stats").path("queries");

        assertThat(queries)
                .as("total, then averages over 1 s, 10 s, 1 min, 10 min, 1 h, 1 day")
                .hasSize(7);
        assertThat(queries.get(0).asDouble()).isEqualTo(60);
        assertThat(queries.get(1).asDouble()).isCloseTo(12, within(0.1));
        assertThat(queries.get(6).asDouble()).isBetween(0.0, 0.01);
    }

    @Property(tries = 100)
    void should_be_json_that_holds_every_text_as_it_came(@ForAll String text) throws IOException {
        process.name = text;

        assertThat(status(0).path("name").asText().length()).isEqualTo(text.length());
    }

    /** A clock that tests set. */
    private static final class Time extends Clock {
        private Instant now = START;

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    /** A process of which tests say what it did. */
    private static final class Counted implements RoleView<Counted.Look> {

        record Look(long requests, Latencies.Counts times) {}

        private long requests;
        private Nanoton money = Nanoton.ZERO;
        private String name = "test";
        private final Latencies latencies = new Latencies();

        @Override
        public Look look() {
            return new Look(requests, latencies.counts());
        }

        @Override
        public Snapshot describe(Look look) {
            return new Snapshot(
                    "Test",
                    name,
                    new Health(Level.GOOD, "serving", List.of()),
                    List.of(Item.ton("Money", money)),
                    List.of(),
                    List.of(),
                    List.of());
        }

        @Override
        public List<Plot<Look>> plots() {
            return List.of(
                    new Plot<>("Requests", Unit.PER_MINUTE, "none", Line.perMinute("all", Look::requests)),
                    new Plot<>("Time", Unit.SECONDS, "none", Line.quantile("half", 0.5, Look::times)));
        }

        @Override
        public void jsonStats(Look look, ObjectNode into) {}

        @Override
        public List<Order> orders() {
            return List.of();
        }

        @Override
        public List<String> counters() {
            return List.of("queries");
        }

        @Override
        public double[] count(Look look) {
            return new double[] {look.requests};
        }
    }
}
