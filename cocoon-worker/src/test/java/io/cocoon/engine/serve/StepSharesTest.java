package io.cocoon.engine.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class StepSharesTest {

    @Test
    void a_short_prompt_is_read_whole_beside_a_long_one_that_came_first() {
        assertThat(StepShares.of(new int[] {5_000, 20}, 100)).containsExactly(80, 20);
        assertThat(StepShares.of(new int[] {5_000, 900, 1}, 100)).containsExactly(50, 50, 1);
    }

    @Test
    void the_oldest_prompt_goes_on_however_many_short_ones_there_are() {
        assertThat(StepShares.of(new int[] {900, 2, 2, 2}, 2)).containsExactly(1, 1, 0, 0);
    }

    @Property
    void all_of_the_budget_is_used_and_nobody_gets_less_than_another_who_wanted_more(
            @ForAll @Size(max = 20) List<@IntRange(min = 1, max = 300) Integer> lengths,
            @ForAll @IntRange(min = 1, max = 600) int budget) {
        int[] unread = lengths.stream().mapToInt(n -> n).toArray();
        int[] shares = StepShares.of(unread, budget);

        int read = 0;
        int wanted = 0;
        for (int i = 0; i < unread.length; i++) {
            assertThat(shares[i]).isBetween(0, unread[i]);
            assertThat(unread[i] == 1 && shares[i] == 0).isFalse();
            read += unread[i] == 1 ? 0 : shares[i];
            wanted += unread[i] == 1 ? 0 : unread[i];
        }
        assertThat(read).isEqualTo(Math.min(budget, wanted));
        int most = Arrays.stream(shares).max().orElse(0);
        for (int i = 0; i < unread.length && budget >= unread.length; i++) {
            // The division leaves a rest.
            assertThat(shares[i]).isGreaterThanOrEqualTo(Math.min(unread[i], most - 1));
        }
    }
}
