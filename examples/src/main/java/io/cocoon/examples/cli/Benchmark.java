package io.cocoon.examples.cli;

import io.cocoon.client.ChatReply;
import io.cocoon.client.CocoonClient;
import io.cocoon.payment.TokenUsage;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.worker.InferenceEngine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Measures an engine for some seconds as clients meet it: through a network in this JVM, several requests at once. */
final class Benchmark {

    private static final int MAX_TOKENS = 64;
    private static final String QUESTION =
            "Tell me everything that you know about the words of this network, in a long answer.";

    private Benchmark() {}

    /**
     * What was measured.
     *
     * @param requests answers
     * @param usage of all of them together
     * @param time from the first request to the last answer
     */
    record Result(int requests, TokenUsage usage, Duration time) {

        /** Returns tokens of answers a second, of all requests together. */
        double completionPerSecond() {
            return usage.completion() / seconds();
        }

        double seconds() {
            return Math.max(1, time.toMillis()) / 1000.0;
        }
    }

    /** Measures. The engine is closed afterwards. */
    static Result of(InferenceEngine engine, int atOnce, Duration span) throws Exception {
        ExecutorService callers = Executors.newFixedThreadPool(atOnce);
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .engine(() -> engine)
                        .start();
                CocoonClient cocoon = network.newClient()) {
            ask(cocoon, network.model()); // the first one compiles
            long begin = System.nanoTime();
            long end = begin + span.toNanos();
            List<Callable<List<TokenUsage>>> work = new ArrayList<>();
            for (int i = 0; i < atOnce; i++) {
                work.add(() -> {
                    List<TokenUsage> done = new ArrayList<>();
                    do {
                        done.add(ask(cocoon, network.model()));
                    } while (System.nanoTime() < end);
                    return done;
                });
            }
            List<TokenUsage> all = new ArrayList<>();
            for (Future<List<TokenUsage>> each : callers.invokeAll(work)) {
                all.addAll(each.get());
            }
            return new Result(all.size(), sum(all), Duration.ofNanos(System.nanoTime() - begin));
        } finally {
            callers.shutdownNow();
        }
    }

    private static TokenUsage ask(CocoonClient cocoon, String model) {
        ChatReply reply =
                cocoon.chat(model).user(QUESTION).maxTokens(MAX_TOKENS).send();
        return reply.bill()
                .usage()
                .orElseThrow(
                        () -> new IllegalStateException("the engine counts no tokens, so nothing can be measured"));
    }

    private static TokenUsage sum(List<TokenUsage> all) {
        return all.stream()
                .reduce(
                        TokenUsage.NONE,
                        (a, b) -> new TokenUsage(
                                a.prompt() + b.prompt(),
                                a.cached() + b.cached(),
                                a.completion() + b.completion(),
                                a.reasoning() + b.reasoning()));
    }
}
