package io.cocoon.benchmarks.load;

import io.cocoon.client.ChatChunk;
import io.cocoon.client.ChatStream;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/** Threads that each ask, wait for the whole answer, and ask again. */
final class Callers {

    /** What all callers together saw. */
    record Result(Latencies whole, Latencies first, double seconds) {
        double perSecond() {
            return whole.count() / seconds;
        }
    }

    private static final String QUESTION = "Which words do you know?";
    private static final int MAX_TOKENS = 100;

    private final CocoonClient client;
    private final int count;
    private final boolean stream;

    Callers(CocoonClient client, int count, boolean stream) {
        this.client = client;
        this.count = count;
        this.stream = stream;
    }

    /** Asks that often and throws the figures away. By count, not by time: what compiles code is calls, not seconds. */
    void warmUp(int requests) throws InterruptedException {
        AtomicInteger left = new AtomicInteger(requests);
        run(() -> left.getAndDecrement() > 0);
    }

    /** Asks for that long; a request that fails ends the run. */
    Result run(Duration time) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        return run(() -> System.nanoTime() - end < 0);
    }

    private Result run(BooleanSupplier again) throws InterruptedException {
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try {
            long begin = System.nanoTime();
            List<Future<Result>> running = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                running.add(threads.submit(() -> askWhile(again)));
            }
            Latencies whole = new Latencies();
            Latencies first = new Latencies();
            for (Future<Result> each : running) {
                Result one = each.get();
                whole.addAll(one.whole);
                first.addAll(one.first);
            }
            return new Result(whole, first, (System.nanoTime() - begin) / 1e9);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a request failed under load: " + e.getCause(), e);
        } finally {
            threads.shutdownNow();
        }
    }

    private Result askWhile(BooleanSupplier again) {
        Latencies whole = new Latencies();
        Latencies first = new Latencies();
        long begin = System.nanoTime();
        while (again.getAsBoolean()) {
            if (stream) {
                first.add(stream(begin));
            } else {
                client.chat(Role.MODEL).user(QUESTION).maxTokens(MAX_TOKENS).send();
            }
            long now = System.nanoTime();
            whole.add(now - begin);
            begin = now;
        }
        return new Result(whole, first, 0);
    }

    /** Reads a whole stream. @return the time to its first chunk */
    private long stream(long begin) {
        long first = 0;
        try (ChatStream answer = client.chat(Role.MODEL).user(QUESTION).maxTokens(MAX_TOKENS).stream()) {
            for (ChatChunk chunk : answer) {
                if (first == 0 && !chunk.text().isEmpty()) {
                    first = System.nanoTime() - begin;
                }
            }
        }
        return first;
    }

    /** Asks once, again and again, until an answer comes: the worker needs a moment to register. */
    static void awaitFirstAnswer(CocoonClient client, Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (true) {
            try {
                client.chat(Role.MODEL).user(QUESTION).maxTokens(MAX_TOKENS).send();
                return;
            } catch (CocoonException e) {
                if (System.nanoTime() - end > 0) {
                    throw e;
                }
                Thread.sleep(100);
            }
        }
    }
}
