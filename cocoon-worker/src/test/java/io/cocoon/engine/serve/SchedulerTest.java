package io.cocoon.engine.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.engine.cpu.Activations;
import io.cocoon.engine.cpu.CpuBackend;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelLoader;
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
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(value = 180, unit = TimeUnit.SECONDS)
class SchedulerTest {

    private static final SamplingOptions WARM =
            new SamplingOptions(0.8, 0.95, 40, 0.01, 0.1, 0.1, 1.1, Map.of(7, -1.0), 42);

    /** Not static: a class that runs these tests on another backend may run at the same time. */
    @TempDir
    Path folder;

    @BeforeEach
    void copy() {
        TestData.copy("models/tiny-qwen3", folder);
    }

    private Backend backend() {
        try {
            return load(ModelLoader.open(folder));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Loads the backend that is tested. */
    Backend load(Model model) throws IOException {
        return CpuBackend.load(model, Activations.EXACT, 1, Runnable::run, layer -> {});
    }

    /** How many pages a backend holds. */
    int pagesInUse(Backend backend) {
        return ((CpuBackend) backend).pagesInUse();
    }

    /** How many of so many random requests are made. */
    int some(int requests) {
        return requests;
    }

    static final class Collected implements Generation.Listener {
        private final List<Integer> ids = Collections.synchronizedList(new ArrayList<>());
        private final List<Token> tokens = Collections.synchronizedList(new ArrayList<>());
        private final CompletableFuture<Generation.End> end = new CompletableFuture<>();
        private final AtomicInteger open;
        private int cached;
        private volatile Runnable onToken = () -> {};

        Collected() {
            this(1);
        }

        Collected(int choices) {
            open = new AtomicInteger(choices);
        }

        /** Cancels all or one choice when so many tokens have come, perhaps at once. */
        void cancelAfter(Generation generation, int count, Random random) {
            int choice = random.nextInt(4);
            Runnable cancel = () -> {
                if (choice > 0 || open.get() > 1) {
                    generation.cancel();
                } else {
                    generation.cancel(0);
                }
            };
            onToken = () -> {
                if (ids.size() >= count) {
                    cancel.run();
                }
            };
            if (count < 2) {
                cancel.run();
            }
        }

        @Override
        public void token(int choice, Token token) {
            ids.add(token.id());
            tokens.add(token);
            onToken.run();
        }

        @Override
        public void ended(int choice, Generation.End how, int completionTokens, int cachedTokens) {
            cached += cachedTokens;
            if (open.decrementAndGet() == 0) {
                end.complete(how);
            }
        }

        @Override
        public void failed(int choice, Throwable cause) {
            end.completeExceptionally(cause);
        }

        List<Integer> await() {
            end.join();
            return List.copyOf(ids);
        }
    }

    static int[] prompt(int first, int length) {
        int[] ids = new int[length];
        for (int i = 0; i < length; i++) {
            ids[i] = (first * 31 + i * 7) % 500;
        }
        return ids;
    }

    private List<Integer> alone(int[] prompt, SamplingOptions options) {
        try (Scheduler scheduler = new Scheduler(backend(), 559, Scheduler.Limits.DEFAULT)) {
            Collected answer = new Collected();
            scheduler.submit(GenerationRequest.of(prompt, 20, options), answer);
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
                scheduler.submit(GenerationRequest.of(prompt(i, 5 + 9 * i), 20, WARM.withSeed(i)), answer);
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
            for (int i = 0; i < some(300); i++) {
                Collected answer = new Collected();
                all.add(answer);
                Generation generation = scheduler.submit(
                        GenerationRequest.of(prompt(i, 1 + random.nextInt(40)), 1 + random.nextInt(30), WARM), answer);
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
        try (Scheduler scheduler = new Scheduler(backend(), 559, new Scheduler.Limits(4, 10, 64, 16))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> scheduler.submit(GenerationRequest.of(prompt(1, 40), 25, WARM), new Collected()))
                    .withMessageContaining("cache of 64 tokens");
            Collected fits = new Collected();
            scheduler.submit(GenerationRequest.of(prompt(1, 40), 24, WARM), fits);
            assertThat(fits.await()).hasSizeLessThanOrEqualTo(24);
        }
    }

    @Test
    void a_full_queue_refuses_and_a_closed_one_cancels_what_it_has() {
        Scheduler scheduler = new Scheduler(backend(), 559, new Scheduler.Limits(1, 2, 10_000, 1));
        List<Collected> taken = new ArrayList<>();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 50; i++) {
                        Collected answer = new Collected();
                        scheduler.submit(GenerationRequest.of(prompt(i, 200), 200, WARM), answer);
                        taken.add(answer);
                    }
                })
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessageContaining("wait already");
        scheduler.close();

        assertThat(taken)
                .isNotEmpty()
                .allSatisfy(answer -> assertThat(answer.end).isDone());
        assertThatThrownBy(() -> scheduler.submit(GenerationRequest.of(prompt(1, 4), 1, WARM), new Collected()))
                .isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void a_step_that_fails_fails_its_answers_and_the_next_ones_run() {
        Backend real = backend();
        Backend failing = new ForwardingBackend(real) {
            private boolean failed;

            @Override
            public List<Result> compute(List<Step> steps, int vocabulary) {
                if (!failed) {
                    failed = true;
                    throw new OutOfMemoryError("no page left");
                }
                return super.compute(steps, vocabulary);
            }
        };
        try (Scheduler scheduler = new Scheduler(failing, 559, Scheduler.Limits.DEFAULT)) {
            Collected first = new Collected();
            scheduler.submit(GenerationRequest.of(prompt(1, 4), 5, WARM), first);
            assertThatThrownBy(first::await).hasRootCauseInstanceOf(OutOfMemoryError.class);
            Collected second = new Collected();
            scheduler.submit(GenerationRequest.of(prompt(1, 4), 5, WARM), second);
            assertThat(second.await()).isNotEmpty();
        }
    }

    @Test
    void a_listener_that_throws_harms_nobody_else() {
        try (Scheduler scheduler = new Scheduler(backend(), 559, Scheduler.Limits.DEFAULT)) {
            scheduler.submit(GenerationRequest.of(prompt(1, 4), 2, WARM), new Generation.Listener() {
                @Override
                public void token(int choice, Token token) {
                    throw new IllegalStateException("token");
                }

                @Override
                public void ended(int choice, Generation.End how, int completionTokens, int cachedTokens) {
                    throw new IllegalStateException("ended");
                }

                @Override
                public void failed(int choice, Throwable cause) {
                    throw new IllegalStateException("failed");
                }
            });
            Collected other = new Collected();
            scheduler.submit(GenerationRequest.of(prompt(2, 4), 5, WARM), other);

            assertThat(other.await()).isNotEmpty();
            assertThat(scheduler.isOpen()).isTrue();
        }
    }

    @Test
    void draining_waits_for_what_was_taken() throws InterruptedException {
        try (Scheduler scheduler = new Scheduler(backend(), 559, Scheduler.Limits.DEFAULT)) {
            Collected answer = new Collected();
            scheduler.submit(GenerationRequest.of(prompt(1, 30), 30, WARM), answer);
            scheduler.drain();

            assertThat(answer.end).isDone();
            assertThat(answer.end.join()).isNotEqualTo(Generation.End.CANCELLED);
        }
    }

    private static GenerationRequest keyed(int[] prompt, int maxTokens, long seed) {
        return GenerationRequest.of(prompt, maxTokens, WARM.withSeed(seed))
                .withCacheKey("one key")
                .withTopLogprobs(3);
    }

    /** Prompts that begin alike, so that there is something to share. */
    private static int[] related(Random random) {
        int[] ids = prompt(random.nextInt(3), 1 + random.nextInt(70));
        if (random.nextBoolean()) {
            ids[random.nextInt(ids.length)] = 501;
        }
        return ids;
    }

    @Test
    void shared_beginnings_change_neither_tokens_nor_log_probabilities() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < some(40); i++) {
            prompts.add(related(random));
        }
        List<List<Token>> cold = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            try (Scheduler scheduler = new Scheduler(backend(), 559, Scheduler.Limits.DEFAULT)) {
                Collected answer = new Collected();
                scheduler.submit(keyed(prompts.get(i), 12, i), answer);
                answer.await();
                cold.add(answer.tokens);
                assertThat(answer.cached).isZero();
            }
        }
        // So little room that pages are given up again and again.
        try (Scheduler scheduler = new Scheduler(backend(), 559, new Scheduler.Limits(3, 100, 250, 9))) {
            List<Collected> warm = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                Collected answer = new Collected();
                warm.add(answer);
                scheduler.submit(keyed(prompts.get(i), 12, i), answer);
            }
            int hits = 0;
            for (int i = 0; i < prompts.size(); i++) {
                warm.get(i).await();
                assertThat(warm.get(i).tokens).isEqualTo(cold.get(i));
                hits += warm.get(i).cached;
            }
            assertThat(hits).isPositive();
        }
    }

    @Test
    void a_thousand_requests_cancelled_at_random_leave_no_page() throws InterruptedException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Backend backend = backend();
        try (Scheduler scheduler = new Scheduler(backend, 559, new Scheduler.Limits(8, 4_000, 600, 32))) {
            List<Collected> all = new ArrayList<>();
            for (int i = 0; i < some(1_000); i++) {
                GenerationRequest request = GenerationRequest.of(related(random), 1 + random.nextInt(20), WARM)
                        .withChoices(1 + random.nextInt(3));
                Collected answer = new Collected(request.choices());
                all.add(answer);
                Generation generation = scheduler.submit(
                        random.nextBoolean() ? request.withCacheKey("key " + random.nextInt(3)) : request, answer);
                answer.cancelAfter(generation, random.nextInt(8), random);
            }
            all.forEach(Collected::await);
            scheduler.drain();

            assertThat(scheduler.reservedTokens()).isZero();
            assertThat(scheduler.keptTokens()).isLessThanOrEqualTo(600);
            assertThat((long) pagesInUse(backend) * backend.pageTokens()).isEqualTo(scheduler.keptTokens());
        }
        assertThat(pagesInUse(backend)).isZero();
    }

    @Test
    void logits_are_computed_at_the_end_of_a_prompt_only_and_not_given_out_for_plain_greedy_answers() {
        List<Backend.Wanted> wanted = Collections.synchronizedList(new ArrayList<>());
        Backend watching = new ForwardingBackend(backend()) {
            @Override
            public List<Result> compute(List<Step> steps, int vocabulary) {
                steps.forEach(step -> wanted.add(step.wanted()));
                return super.compute(steps, vocabulary);
            }
        };
        List<Integer> plain;
        try (Scheduler scheduler = new Scheduler(watching, 559, new Scheduler.Limits(1, 10, 1_000, 8))) {
            Collected answer = new Collected();
            scheduler.submit(GenerationRequest.of(prompt(1, 20), 2, SamplingOptions.GREEDY), answer);
            plain = answer.await();
            Collected explained = new Collected();
            scheduler.submit(
                    GenerationRequest.of(prompt(1, 20), 2, SamplingOptions.GREEDY)
                            .withTopLogprobs(0),
                    explained);
            assertThat(explained.await()).isEqualTo(plain);
        }
        Backend.Wanted explanation = watching.mostCandidates() > 0 ? Backend.Wanted.CANDIDATES : Backend.Wanted.LAST;
        assertThat(wanted)
                .containsExactly(
                        Backend.Wanted.NOTHING,
                        Backend.Wanted.NOTHING,
                        Backend.Wanted.LIKELIEST,
                        Backend.Wanted.LIKELIEST,
                        Backend.Wanted.NOTHING,
                        Backend.Wanted.NOTHING,
                        explanation,
                        explanation);
    }

    @Test
    void the_choices_of_a_request_read_its_prompt_once() {
        Backend real = backend();
        List<Integer> read = Collections.synchronizedList(new ArrayList<>());
        Backend counting = new ForwardingBackend(real) {
            @Override
            public List<Result> compute(List<Step> steps, int vocabulary) {
                steps.forEach(step -> read.add(step.tokens().length));
                return super.compute(steps, vocabulary);
            }
        };
        try (Scheduler scheduler = new Scheduler(counting, 559, Scheduler.Limits.DEFAULT)) {
            Collected answer = new Collected(4);
            scheduler.submit(GenerationRequest.of(prompt(1, 65), 1, WARM).withChoices(4), answer);
            answer.await();
        }
        // Four whole pages are shared; the one token behind them is each choice's own.
        assertThat(read.stream().mapToInt(n -> n).sum()).isEqualTo(65 + 3);
        assertThat(pagesInUse(real)).isZero();
    }

    @Test
    void more_choices_than_can_ever_run_and_wait_are_refused() {
        try (Scheduler scheduler = new Scheduler(backend(), 559, new Scheduler.Limits(2, 2, 600, 32))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> scheduler.submit(
                            GenerationRequest.of(prompt(1, 4), 1, WARM).withChoices(5), new Collected(5)))
                    .withMessageContaining("5 choices");
        }
    }
}
