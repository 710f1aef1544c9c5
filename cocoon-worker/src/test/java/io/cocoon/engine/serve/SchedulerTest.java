package io.cocoon.engine.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.engine.cpu.CpuBackend;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.ModelLoader;
import io.cocoon.engine.model.ModelShape;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 180, unit = TimeUnit.SECONDS)
class SchedulerTest {

    private static final SamplingOptions WARM =
            new SamplingOptions(0.8, 0.95, 40, 0.01, 0.1, 0.1, 1.1, Map.of(7, -1.0), 42);

    @TempDir
    static Path folder;

    @BeforeAll
    static void copy() {
        TestData.copy("models/tiny-qwen3", folder);
    }

    private static Backend backend() {
        try {
            return CpuBackend.load(ModelLoader.open(folder), 1, Runnable::run, layer -> {});
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static final class Collected implements Generation.Listener {
        private final List<Integer> ids = Collections.synchronizedList(new ArrayList<>());
        private final CompletableFuture<Generation.End> end = new CompletableFuture<>();

        @Override
        public void token(int id) {
            ids.add(id);
        }

        @Override
        public void ended(Generation.End how, int completionTokens) {
            end.complete(how);
        }

        @Override
        public void failed(Throwable cause) {
            end.completeExceptionally(cause);
        }

        List<Integer> await() {
            end.join();
            return List.copyOf(ids);
        }
    }

    private static int[] prompt(int first, int length) {
        int[] ids = new int[length];
        for (int i = 0; i < length; i++) {
            ids[i] = (first * 31 + i * 7) % 500;
        }
        return ids;
    }

    private static List<Integer> alone(int[] prompt, SamplingOptions options) {
        try (Scheduler scheduler = new Scheduler(backend(), 559, Scheduler.Limits.DEFAULT)) {
            Collected answer = new Collected();
            scheduler.submit(prompt, 20, options, answer);
            return answer.await();
        }
    }

    @Test
    void answers_in_company_are_those_that_each_request_gets_alone() {
        List<List<Integer>> single = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            single.add(alone(prompt(i, 5 + 9 * i), WARM.withSeed(i)));
        }
        try (Scheduler scheduler = new Scheduler(backend(), 559, new Scheduler.Limits(4, 10, 10_000, 7))) {
            List<Collected> together = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Collected answer = new Collected();
                together.add(answer);
                scheduler.submit(prompt(i, 5 + 9 * i), 20, WARM.withSeed(i), answer);
            }
            assertThat(together.stream().map(Collected::await).toList()).isEqualTo(single);
        }
    }

    @Test
    void the_same_seed_gives_the_same_answer_and_another_seed_another_one() {
        int[] prompt = prompt(3, 12);

        assertThat(alone(prompt, WARM)).isEqualTo(alone(prompt, WARM));
        assertThat(alone(prompt, WARM.withSeed(43))).isNotEqualTo(alone(prompt, WARM));
    }

    @Test
    void cancelled_answers_end_and_leave_no_reservation() {
        Random random = new Random(5);
        try (Scheduler scheduler = new Scheduler(backend(), 559, new Scheduler.Limits(8, 1_000, 4_000, 32))) {
            List<Collected> all = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                Collected answer = new Collected();
                all.add(answer);
                Generation generation =
                        scheduler.submit(prompt(i, 1 + random.nextInt(40)), 1 + random.nextInt(30), WARM, answer);
                if (random.nextInt(10) > 1) {
                    generation.cancel();
                }
            }
            all.forEach(Collected::await);
            assertThat(scheduler.running()).isZero();
            assertThat(scheduler.waiting()).isZero();
            assertThat(scheduler.reservedTokens()).isZero();
        }
    }

    @Test
    void an_answer_that_can_never_fit_is_refused_with_the_numbers() {
        try (Scheduler scheduler = new Scheduler(backend(), 559, new Scheduler.Limits(4, 10, 50, 16))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> scheduler.submit(prompt(1, 40), 20, WARM, new Collected()))
                    .withMessageContaining("cache of 50 tokens");
            Collected fits = new Collected();
            scheduler.submit(prompt(1, 40), 10, WARM, fits);
            assertThat(fits.await()).hasSizeLessThanOrEqualTo(10);
        }
    }

    @Test
    void a_full_queue_refuses_and_a_closed_one_cancels_what_it_has() {
        Scheduler scheduler = new Scheduler(backend(), 559, new Scheduler.Limits(1, 2, 10_000, 1));
        List<Collected> taken = new ArrayList<>();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 50; i++) {
                        Collected answer = new Collected();
                        scheduler.submit(prompt(i, 200), 200, WARM, answer);
                        taken.add(answer);
                    }
                })
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("wait already");
        scheduler.close();

        assertThat(taken)
                .isNotEmpty()
                .allSatisfy(answer -> assertThat(answer.end).isDone());
        assertThatThrownBy(() -> scheduler.submit(prompt(1, 4), 1, WARM, new Collected()))
                .isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void a_step_that_fails_fails_its_answers_and_the_next_ones_run() {
        Backend real = backend();
        Backend failing = new Backend() {
            private boolean failed;

            @Override
            public ModelShape shape() {
                return real.shape();
            }

            @Override
            public Sequence newSequence() {
                return real.newSequence();
            }

            @Override
            public List<float[][]> run(List<Step> steps) {
                if (!failed) {
                    failed = true;
                    throw new OutOfMemoryError("no page left");
                }
                return real.run(steps);
            }

            @Override
            public void close() {
                real.close();
            }
        };
        try (Scheduler scheduler = new Scheduler(failing, 559, Scheduler.Limits.DEFAULT)) {
            Collected first = new Collected();
            scheduler.submit(prompt(1, 4), 5, WARM, first);
            assertThatThrownBy(first::await).hasRootCauseInstanceOf(OutOfMemoryError.class);
            Collected second = new Collected();
            scheduler.submit(prompt(1, 4), 5, WARM, second);
            assertThat(second.await()).isNotEmpty();
        }
    }

    @Test
    void a_listener_that_throws_harms_nobody_else() {
        try (Scheduler scheduler = new Scheduler(backend(), 559, Scheduler.Limits.DEFAULT)) {
            scheduler.submit(prompt(1, 4), 2, WARM, new Generation.Listener() {
                @Override
                public void token(int id) {
                    throw new IllegalStateException("token");
                }

                @Override
                public void ended(Generation.End how, int completionTokens) {
                    throw new IllegalStateException("ended");
                }

                @Override
                public void failed(Throwable cause) {
                    throw new IllegalStateException("failed");
                }
            });
            Collected other = new Collected();
            scheduler.submit(prompt(2, 4), 5, WARM, other);

            assertThat(other.await()).isNotEmpty();
            assertThat(scheduler.isOpen()).isTrue();
        }
    }

    @Test
    void draining_waits_for_what_was_taken() throws InterruptedException {
        try (Scheduler scheduler = new Scheduler(backend(), 559, Scheduler.Limits.DEFAULT)) {
            Collected answer = new Collected();
            scheduler.submit(prompt(1, 30), 30, WARM, answer);
            scheduler.drain();

            assertThat(answer.end).isDone();
            assertThat(answer.end.join()).isNotEqualTo(Generation.End.CANCELLED);
        }
    }
}
