package io.cocoon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Counters with a clock that the test turns. */
class TrafficTest {

    private final AtomicLong nanos = new AtomicLong(5);
    private final Traffic traffic = new Traffic(nanos::get);

    private double[] queries() {
        return Objects.requireNonNull(traffic.snapshot().get("queries"));
    }

    @Test
    void should_show_a_steady_rate_in_every_window_that_is_long_over() {
        for (int i = 0; i < 1000; i++) {
            nanos.addAndGet(100_000_000);
            traffic.add(Traffic.Kind.QUERIES, 1);
        }
        double[] seen = queries();
        assertThat(seen).hasSize(7);
        assertThat(seen[0]).isEqualTo(1000);
        assertThat(seen[1]).isCloseTo(10, within(1.0));
        assertThat(seen[2]).isCloseTo(10, within(0.2));
    }

    @Test
    void should_forget_rates_but_not_the_total() {
        traffic.add(Traffic.Kind.QUERIES, 3);
        assertThat(queries()[1]).isEqualTo(3.0);
        nanos.addAndGet(60_000_000_000L);
        assertThat(queries()[0]).isEqualTo(3.0);
        assertThat(queries()[1]).isLessThan(1e-9);
        assertThat(queries()[3]).isCloseTo(3.0 / 60 / Math.E, within(1e-9));
    }
}
