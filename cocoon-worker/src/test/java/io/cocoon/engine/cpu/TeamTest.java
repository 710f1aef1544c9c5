package io.cocoon.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;

/** Work is shared out once, whoever comes. */
class TeamTest {

    private static final long MUCH = 1 << 20;

    private static void everyRowOnce(Team team) {
        for (int rows = 1; rows < 300; rows += 7) {
            AtomicIntegerArray seen = new AtomicIntegerArray(rows);
            team.run(rows, 4, MUCH, (from, to, thread) -> {
                assertThat(from % 4).isZero();
                assertThat(thread).isBetween(0, team.size() - 1);
                for (int i = from; i < to; i++) {
                    seen.incrementAndGet(i);
                }
            });
            for (int i = 0; i < rows; i++) {
                assertThat(seen.get(i)).as("row %d of %d", i, rows).isEqualTo(1);
            }
        }
    }

    @Test
    void every_row_is_done_once() throws InterruptedException {
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try (Team team = new Team(3, pool)) {
            everyRowOnce(team);
        }
        pool.shutdown();

        // Closing the team has let its threads go.
        assertThat(pool.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void threads_that_never_come_are_not_waited_for() {
        try (Team team = new Team(3, task -> {})) {
            everyRowOnce(team);
        }
    }

    @Test
    void a_part_that_fails_fails_the_whole_and_the_team_goes_on() {
        ExecutorService pool = Executors.newFixedThreadPool(1);
        try (Team team = new Team(2, pool)) {
            assertThatThrownBy(() -> team.run(64, 4, MUCH, (from, to, thread) -> {
                        if (from >= 32) {
                            throw new IllegalArgumentException("row " + from);
                        }
                    }))
                    .isInstanceOf(IllegalStateException.class)
                    .hasRootCauseInstanceOf(IllegalArgumentException.class);

            everyRowOnce(team);
        } finally {
            pool.shutdownNow();
        }
    }
}
