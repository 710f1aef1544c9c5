package io.cocoon.engine.serve;

import static io.cocoon.engine.serve.SchedulerTest.prompt;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Answers that lose their memory to others, and who gets what there is. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class PreemptionTest {

    /** With penalties, so that it matters what was written before; the end tokens never come. */
    private static final SamplingOptions WARM =
            new SamplingOptions(0.9, 0.95, 40, 0.01, 0.1, 0.1, 1.1, Map.of(558, -100.0, 556, -100.0), 42);

    private static final int PAGES = 12;

    /** Not static: a class that runs these tests on another backend may run at the same time. */
    @TempDir
    Path folder;

    @BeforeEach
    void copy() {
        TestData.copy("models/tiny-qwen3", folder);
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

    private Backend backend() {
        try {
            return load(ModelLoader.open(folder));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Computes nothing before {@link #go}, and nothing that takes more pages than there are. */
    private final class Watched extends ForwardingBackend {
        private final Backend real;
        private final CountDownLatch begin = new CountDownLatch(1);
        private final List<Sequence> sequences = Collections.synchronizedList(new ArrayList<>());
        private final List<Step> steps = Collections.synchronizedList(new ArrayList<>());
        private int mostPages;
        private int rounds;

        Watched(Backend real) {
            super(real);
            this.real = real;
        }

        void go() {
            begin.countDown();
        }

        @Override
        public Sequence newSequence(List<Page> prefix) {
            Sequence sequence = super.newSequence(prefix);
            sequences.add(sequence);
            return sequence;
        }

        @Override
        public List<Result> compute(List<Step> now, int vocabulary) {
            try {
                begin.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            steps.addAll(now);
            rounds++;
            List<Result> results = super.compute(now, vocabulary);
            mostPages = Math.max(mostPages, pagesInUse(real));
            return results;
        }
    }

    /** What one request got, by choice. */
    private static final class Got implements Generation.Listener {
        private final Map<Integer, List<Token>> tokens = Collections.synchronizedMap(new TreeMap<>());
        private final List<String> ends = Collections.synchronizedList(new ArrayList<>());
        private final CompletableFuture<Boolean> over = new CompletableFuture<>();
        private final int choices;
        private volatile Runnable onToken = () -> {};
        private volatile Runnable onEnd = () -> {};
        private volatile int cached;

        Got(int choices) {
            this.choices = choices;
        }

        @Override
        public void token(int choice, Token token) {
            tokens.computeIfAbsent(choice, any -> new ArrayList<>()).add(token);
            onToken.run();
        }

        @Override
        public void ended(int choice, Generation.End end, int completionTokens, int cachedTokens) {
            ends.add(choice + " " + end + " " + completionTokens);
            cached = choice == 0 ? cachedTokens : cached;
            if (ends.size() == choices) {
                onEnd.run();
                over.complete(true);
            }
        }

        @Override
        public void failed(int choice, Throwable cause) {
            over.completeExceptionally(cause);
        }

        int count() {
            return tokens.values().stream().mapToInt(List::size).sum();
        }

        /** All that a request can see, but for how much was cached. */
        String await() {
            over.join();
            return tokens + " " + ends.stream().sorted().toList();
        }
    }

    /** Lets through every third token, another third at each place: it has to know all that came before. */
    private static final class Thirds implements Constraint {
        private int place;

        @Override
        public void mask(float[] logits) {
            for (int id = 0; id < logits.length; id++) {
                if (id % 3 != place % 3) {
                    logits[id] = Float.NEGATIVE_INFINITY;
                }
            }
        }

        @Override
        public void accept(int id) {
            assertThat(id % 3).isEqualTo(place % 3);
            place++;
        }

        @Override
        public boolean isComplete() {
            return place == 50;
        }
    }

    private static GenerationRequest request(Random random, int seed) {
        int[] prompt = prompt(random.nextInt(4), 1 + random.nextInt(90));
        GenerationRequest request = GenerationRequest.of(
                        prompt, 1 + random.nextInt(PAGES * 16 - prompt.length), WARM.withSeed(seed))
                .withCaller(new Caller("p" + random.nextInt(2), "u" + random.nextInt(2)));
        request = random.nextInt(3) == 0 ? request.withChoices(2 + random.nextInt(2)) : request;
        request = random.nextBoolean() ? request.withTopLogprobs(random.nextInt(4)) : request;
        request = random.nextInt(3) == 0 ? request.withConstraint(Thirds::new) : request;
        return random.nextInt(3) == 0 ? request.withCacheKey("key " + random.nextInt(2)) : request;
    }

    @Test
    void answers_that_lose_their_memory_again_and_again_are_those_that_each_request_gets_alone() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<GenerationRequest> requests = new ArrayList<>();
        List<String> alone = new ArrayList<>();
        for (int i = 0; i < some(40); i++) {
            GenerationRequest request = request(random, i);
            requests.add(request);
            try (Scheduler scheduler = new Scheduler(backend(), 559, Scheduler.Limits.DEFAULT)) {
                Got got = new Got(request.choices());
                scheduler.submit(request, got);
                alone.add(got.await());
            }
        }
        Watched watched = new Watched(backend());
        try (Scheduler scheduler = new Scheduler(watched, 559, new Scheduler.Limits(6, 1_000, PAGES * 16, 11))) {
            List<Got> all = new ArrayList<>();
            for (GenerationRequest request : requests) {
                Got got = new Got(request.choices());
                all.add(got);
                scheduler.submit(request, got);
            }
            watched.go();
            for (int i = 0; i < all.size(); i++) {
                assertThat(all.get(i).await()).as("request %d", i).isEqualTo(alone.get(i));
                if (requests.get(i).cacheKey().isEmpty()) {
                    // What it reads again is not what another request has read.
                    assertThat(all.get(i).cached).isZero();
                }
            }
            assertThat(scheduler.preemptions()).isPositive();
            assertThat(watched.mostPages).isBetween(PAGES - 2, PAGES);
        }
        assertThat(pagesInUse(watched.real)).isZero();
    }

    @Test
    void requests_cancelled_at_random_while_room_is_short_leave_no_page() throws InterruptedException {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Watched watched = new Watched(backend());
        try (Scheduler scheduler = new Scheduler(watched, 559, new Scheduler.Limits(8, 4_000, PAGES * 16, 32))) {
            watched.go();
            List<Got> all = new ArrayList<>();
            for (int i = 0; i < some(1_000); i++) {
                GenerationRequest request = request(random, i);
                Got got = new Got(request.choices());
                all.add(got);
                Generation generation = scheduler.submit(request, got);
                int after = random.nextInt(120);
                got.onToken = () -> {
                    if (got.count() >= after) {
                        generation.cancel();
                    }
                };
                if (random.nextInt(4) == 0) {
                    generation.cancel();
                }
            }
            all.forEach(Got::await);
            scheduler.drain();

            assertThat(watched.mostPages).isLessThanOrEqualTo(PAGES);
            assertThat(scheduler.running() + scheduler.waiting()).isZero();
            assertThat(scheduler.reservedTokens()).isZero();
            assertThat(pagesInUse(watched.real) * 16L).isEqualTo(scheduler.keptTokens());
        }
        assertThat(pagesInUse(watched.real)).isZero();
    }

    @Test
    void the_oldest_answer_keeps_its_memory_and_all_others_end_after_it() {
        Watched watched = new Watched(backend());
        List<Integer> ended = Collections.synchronizedList(new ArrayList<>());
        try (Scheduler scheduler = new Scheduler(watched, 559, new Scheduler.Limits(8, 100, PAGES * 16, 64))) {
            List<Got> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Got got = new Got(1);
                int number = i;
                got.onEnd = () -> ended.add(number);
                all.add(got);
                scheduler.submit(GenerationRequest.of(prompt(i, 20), PAGES * 16 - 20, WARM.withSeed(i)), got);
            }
            watched.go();
            all.forEach(Got::await);

            assertThat(scheduler.preemptions()).isPositive();
        }
        assertThat(ended).containsExactly(0, 1, 2, 3);
        int read = watched.steps.stream()
                .filter(step -> step.sequence() == watched.sequences.get(0))
                .mapToInt(step -> step.tokens().length)
                .sum();
        // Each once; the last one is never read.
        assertThat(read).isEqualTo(PAGES * 16 - 1);
    }

    @Test
    void answers_that_may_become_long_run_together_as_long_as_they_are_short() {
        Watched watched = new Watched(backend());
        try (Scheduler scheduler = new Scheduler(watched, 559, new Scheduler.Limits(4, 100, PAGES * 16, 64))) {
            List<Got> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                Got got = new Got(1);
                all.add(got);
                // Each may fill the cache alone, and ends after 30 tokens.
                Generation generation =
                        scheduler.submit(GenerationRequest.of(prompt(i, 10), PAGES * 16 - 10, WARM), got);
                got.onToken = () -> {
                    if (got.count() == 30) {
                        generation.cancel();
                    }
                };
            }
            watched.go();
            all.forEach(Got::await);

            assertThat(scheduler.preemptions()).isZero();
            // The first step may have begun before all were there.
            assertThat(watched.rounds).isBetween(30, 31);
        }
    }

    @Test
    void a_caller_with_many_long_requests_does_not_hold_up_the_short_one_of_another() {
        Watched watched = new Watched(backend());
        List<String> ended = Collections.synchronizedList(new ArrayList<>());
        try (Scheduler scheduler = new Scheduler(watched, 559, new Scheduler.Limits(1, 100, 1_024, 128))) {
            List<Got> all = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Got got = new Got(1);
                String name = i == 5 ? "short" : "long";
                got.onEnd = () -> ended.add(name);
                all.add(got);
                int[] prompt = prompt(i, i == 5 ? 10 : 200);
                scheduler.submit(
                        GenerationRequest.of(prompt, i == 5 ? 5 : 40, WARM).withCaller(new Caller("proxy", name)), got);
            }
            watched.go();
            all.forEach(Got::await);
        }
        assertThat(ended.indexOf("short")).isLessThanOrEqualTo(2);
    }

    @Test
    void a_short_prompt_is_read_beside_a_long_one_that_came_before() {
        Watched watched = new Watched(backend());
        List<String> begun = Collections.synchronizedList(new ArrayList<>());
        try (Scheduler scheduler = new Scheduler(watched, 559, new Scheduler.Limits(4, 100, 1_024, 16))) {
            List<Got> all = new ArrayList<>();
            for (String name : List.of("long", "short")) {
                Got got = new Got(1);
                got.onToken = () -> begun.add(name);
                all.add(got);
                scheduler.submit(GenerationRequest.of(prompt(1, name.equals("long") ? 400 : 20), 1, WARM), got);
            }
            watched.go();
            all.forEach(Got::await);
        }
        assertThat(begun).containsExactly("short", "long");
    }
}
