package io.cocoon.benchmarks.cpu;

import io.cocoon.engine.cpu.Activations;
import io.cocoon.engine.cpu.CpuBackend;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.ModelLoader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/** The processor backend of this project, as the engine uses it. */
final class Ours implements Contender {

    private final ExecutorService pool;
    private final CpuBackend backend;

    Ours(Path model, Activations activations, int threads) throws IOException {
        pool = Executors.newFixedThreadPool(Math.max(1, threads - 1));
        backend = CpuBackend.load(ModelLoader.open(model), activations, threads, pool, layer -> {});
    }

    private static int[] prompt(int tokens) {
        return IntStream.range(0, tokens).map(i -> 100 + i).toArray();
    }

    private int next(Backend.Sequence sequence, int... tokens) {
        float[] logits =
                backend.run(List.of(new Backend.Step(sequence, tokens, false))).get(0)[0];
        return Backend.highest(logits, logits.length);
    }

    @Override
    public double decode(int tokens) {
        try (Backend.Sequence sequence = backend.newSequence()) {
            int token = next(sequence, prompt(16));
            long start = System.nanoTime();
            for (int i = 0; i < tokens; i++) {
                token = next(sequence, token);
            }
            return tokens * 1e9 / (System.nanoTime() - start);
        }
    }

    @Override
    public double prefill(int tokens) {
        try (Backend.Sequence sequence = backend.newSequence()) {
            long start = System.nanoTime();
            next(sequence, prompt(tokens));
            return tokens * 1e9 / (System.nanoTime() - start);
        }
    }

    @Override
    public void close() {
        backend.close();
        pool.shutdownNow();
    }
}
