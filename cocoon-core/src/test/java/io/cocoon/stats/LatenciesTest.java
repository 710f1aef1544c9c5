package io.cocoon.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LatenciesTest {

    private final Latencies latencies = new Latencies();

    @Test
    void should_have_no_quantile_of_nothing() {
        assertThat(latencies.counts().total()).isZero();
        assertThat(latencies.counts().quantile(0.5)).isNaN();
    }

    @Test
    void should_tell_the_median_from_the_slowest() {
        for (int i = 0; i < 99; i++) {
            latencies.record(Duration.ofMillis(200));
        }
        latencies.record(Duration.ofSeconds(30));

        Latencies.Counts counts = latencies.counts();

        assertThat(counts.total()).isEqualTo(100);
        assertThat(counts.quantile(0.5)).isCloseTo(0.2, within(0.02));
        assertThat(counts.quantile(0.99)).isCloseTo(0.2, within(0.02));
        assertThat(counts.quantile(1)).isCloseTo(30, within(3.0));
    }

    @Test
    void should_count_what_came_after_an_earlier_look_only() {
        latencies.record(Duration.ofSeconds(30));
        Latencies.Counts before = latencies.counts();
        latencies.record(Duration.ofMillis(10));

        Latencies.Counts later = latencies.counts().since(before);

        assertThat(later.total()).isEqualTo(1);
        assertThat(later.quantile(1)).isCloseTo(0.01, within(0.001));
    }

    @Test
    void should_keep_what_is_beyond_its_range_in_its_outermost_buckets() {
        latencies.record(Duration.ofSeconds(-5));
        latencies.record(Duration.ZERO);
        latencies.record(Duration.ofSeconds(Long.MAX_VALUE));

        Latencies.Counts counts = latencies.counts();

        assertThat(counts.total()).isEqualTo(3);
        assertThat(counts.quantile(0)).isEqualTo(Latencies.SHORTEST_SECONDS);
        assertThat(counts.quantile(1)).isBetween(3_000.0, 5_000.0);
    }

    @Test
    void should_refuse_a_share_that_is_none() {
        assertThatThrownBy(() -> latencies.counts().quantile(1.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1.5");
    }

    @Property(tries = 200)
    void should_be_a_tenth_off_at_most(
            @ForAll @Size(min = 1, max = 50) List<@LongRange(min = 1, max = 3_000_000) Long> millis) {
        Latencies counted = new Latencies();
        millis.forEach(each -> counted.record(Duration.ofMillis(each)));
        double longest = millis.stream().mapToLong(each -> each).max().orElseThrow() / 1e3;

        assertThat(counted.counts().quantile(1)).isCloseTo(longest, within(longest * 0.1));
    }
}
