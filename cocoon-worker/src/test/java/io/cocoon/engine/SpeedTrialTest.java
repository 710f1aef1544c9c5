package io.cocoon.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.ModelLoader;
import io.cocoon.engine.model.ModelShape;
import io.cocoon.engine.serve.Scheduler;
import io.cocoon.testdata.TestData;
import io.cocoon.worker.ModelCard;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Measuring, on a backend that takes exactly as long as it is told. */
class SpeedTrialTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-04-01T00:00:00Z"), ZoneOffset.UTC);
    private static final Scheduler.Limits ROOM = new Scheduler.Limits(4, 4, 10_000, 128);
    private static final int VOCABULARY = 550;

    @TempDir
    static Path folder;

    private static ModelShape shape;

    @BeforeAll
    static void open() throws IOException {
        TestData.copy("models", folder);
        shape = ModelLoader.open(folder.resolve("tiny-qwen3")).shape();
    }

    /** A step takes a time for itself and a time for each token; the first of each kind takes ten times as long. */
    private static final class Timed implements Backend {
        private final long stepNanos;
        private final long tokenNanos;
        private final List<Integer> pieces = new ArrayList<>();
        private long now;
        private int longest;
        private int open;

        Timed(long stepNanos, long tokenNanos) {
            this.stepNanos = stepNanos;
            this.tokenNanos = tokenNanos;
        }

        private final class Tokens implements Sequence {
            private int length;

            @Override
            public int length() {
                return length;
            }

            @Override
            public void truncate(int to) {
                assertThat(to).isBetween(0, length);
                length = to;
            }

            @Override
            public void close() {
                open--;
            }
        }

        @Override
        public ModelShape shape() {
            return shape;
        }

        @Override
        public Sequence newSequence() {
            open++;
            return new Tokens();
        }

        @Override
        public List<float[][]> run(List<Step> steps) {
            throw new AssertionError("only compute is called");
        }

        @Override
        public List<Result> compute(List<Step> steps, int vocabulary) {
            int tokens = steps.get(0).tokens().length;
            ((Tokens) steps.get(0).sequence()).length += tokens;
            longest = Math.max(longest, steps.get(0).sequence().length());
            assertThat(Arrays.stream(steps.get(0).tokens())).allMatch(id -> id >= 0 && id < VOCABULARY);
            boolean first = !pieces.contains(tokens);
            pieces.add(tokens);
            now += (first ? 10 : 1) * (stepNanos + tokens * tokenNanos);
            return List.of(new Result(new float[0][], 1));
        }

        @Override
        public void close() {
            throw new AssertionError("others go on with it");
        }
    }

    private static Optional<ModelCard.Speed> measure(Timed backend, Scheduler.Limits limits) {
        return SpeedTrial.run(backend, limits, VOCABULARY, () -> backend.now, CLOCK);
    }

    @Test
    void both_speeds_are_those_of_the_usual_step_and_not_of_the_first() {
        Timed backend = new Timed(4_000_000, 100_000);

        ModelCard.Speed speed = measure(backend, ROOM).orElseThrow();

        assertThat(speed.promptPiece()).isEqualTo(42);
        assertThat(speed.promptTokensPerSecond()).isCloseTo(42 / 8.2e-3, within(0.01));
        assertThat(speed.answerTokensPerSecond()).isCloseTo(1 / 4.1e-3, within(0.01));
        assertThat(speed.measured()).isEqualTo(CLOCK.instant());
        assertThat(backend.now).as("about two seconds").isBetween(1_800_000_000L, 2_100_000_000L);
        assertThat(backend.open).isZero();
    }

    @Test
    void the_sequence_never_outgrows_the_context_or_the_room() {
        Timed quick = new Timed(1_000, 10);
        assertThat(measure(quick, ROOM)).isPresent();
        assertThat(quick.longest).isBetween(400, 512);

        Timed narrow = new Timed(1_000, 10);
        assertThat(measure(narrow, new Scheduler.Limits(4, 4, 48, 128))).isPresent();
        assertThat(narrow.longest).isLessThanOrEqualTo(48);
    }

    @Test
    void a_slow_model_is_measured_with_a_few_steps() {
        Timed slow = new Timed(400_000_000, 20_000_000);

        ModelCard.Speed speed = measure(slow, ROOM).orElseThrow();

        assertThat(speed.promptPiece()).isEqualTo(16);
        assertThat(slow.pieces).hasSizeLessThan(8);
        assertThat(speed.answerTokensPerSecond()).isPositive();
    }

    @Test
    void without_room_nothing_is_measured_and_no_zero_is_told() {
        Timed backend = new Timed(1, 1);

        assertThat(measure(backend, new Scheduler.Limits(4, 4, 31, 128))).isEmpty();
        assertThat(backend.pieces).isEmpty();
        for (double none : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatThrownBy(() -> new ModelCard.Speed(none, 16, 1, CLOCK.instant()))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> new ModelCard.Speed(1, 16, none, CLOCK.instant()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
