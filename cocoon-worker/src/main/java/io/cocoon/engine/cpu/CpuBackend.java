package io.cocoon.engine.cpu;

import io.cocoon.engine.model.Architecture;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/** Computes a model on the processor. */
public final class CpuBackend implements Backend {

    private final ModelShape shape;
    private final Kernels kernels;
    private final CpuWeights weights;
    private final Team team;
    private final Projection.Buffers buffers;
    private final Batch batch;
    private final Attention attention;
    private final KvPages pages;

    private CpuBackend(Model model, Kernels kernels, Team team, IntConsumer progress) {
        this.kernels = kernels;
        this.team = team;
        shape = model.shape();
        weights = new CpuWeights(model, kernels, progress);
        buffers = new Projection.Buffers(team);
        batch = new Batch(shape);
        pages = new KvPages(shape);
        attention = new Attention(shape, kernels, pages, team);
    }

    /**
     * Loads a model into the heap, for the fastest loops that this JVM can run.
     *
     * @param activations whether they may be rounded
     * @param threads how many threads compute at most, the caller of {@link #run} included; 1 or more
     * @param executor runs {@code threads - 1} of them until the backend is closed; not used if that is none
     * @param progress is told after each layer how many are loaded
     * @throws OutOfMemoryError if the heap is too small; {@link #bytes} says what it takes
     * @throws java.io.UncheckedIOException as {@link io.cocoon.engine.file.Tensor#row}
     */
    public static CpuBackend load(
            Model model, Activations activations, int threads, Executor executor, IntConsumer progress) {
        return load(model, activations.kernels(), threads, executor, progress);
    }

    static CpuBackend load(Model model, Kernels kernels, int threads, Executor executor, IntConsumer progress) {
        Team team = new Team(threads, executor);
        try {
            return new CpuBackend(model, kernels, team, progress);
        } catch (RuntimeException | Error e) {
            team.close();
            throw e;
        }
    }

    /** Returns how many bytes of heap the matrices of a model take when they are loaded. */
    public static long bytes(Model model, Activations activations) {
        return CpuWeights.bytes(model, activations.kernels());
    }

    @Override
    public ModelShape shape() {
        return shape;
    }

    @Override
    public Sequence newSequence() {
        return new KvCache(pages);
    }

    @Override
    public int pageTokens() {
        return KvPages.TOKENS;
    }

    @Override
    public Sequence newSequence(List<Page> prefix) {
        KvCache sequence = new KvCache(pages);
        prefix.forEach(page -> sequence.append((KvPages.Page) page));
        return sequence;
    }

    /** Returns how many pages of keys and values are held by sequences or references. For the thread that computes. */
    public int pagesInUse() {
        return pages.inUse();
    }

    @Override
    public List<float[][]> run(List<Step> steps) {
        check(steps);
        batch.begin(steps, weights.embedding, weights.embeddingScale);
        try {
            attention.begin(batch);
            team.run(batch.tokens, 1, 64L * shape.headSize(), (from, to, thread) -> batch.turn(from, to));
            for (int i = 0; i < shape.layers(); i++) {
                attention(weights.layers.get(i), i);
                feedForward(weights.layers.get(i));
            }
            return logits(steps);
        } finally {
            batch.end();
        }
    }

    private void check(List<Step> steps) {
        Set<Sequence> seen = new HashSet<>();
        for (Step step : steps) {
            if (!(step.sequence() instanceof KvCache cache) || !seen.add(cache)) {
                throw new IllegalArgumentException("a step needs a sequence of this backend, once");
            }
            if (step.tokens().length == 0 || step.tokens().length > shape.context() - cache.length()) {
                throw new IllegalArgumentException(step.tokens().length + " tokens do not fit behind " + cache.length()
                        + " in a context of " + shape.context());
            }
            for (int id : step.tokens()) {
                if (id < 0 || id >= shape.vocabulary()) {
                    throw new IllegalArgumentException(
                            "token " + id + " is outside the vocabulary of " + shape.vocabulary());
                }
            }
        }
    }

    private void norm(float[] weight) {
        team.run(batch.tokens, 1, 2L * shape.hidden(), (from, to, thread) -> {
            for (int t = from; t < to; t++) {
                kernels.rmsNorm(batch.x, t * shape.hidden(), weight, shape.eps(), batch.h, t * shape.hidden());
            }
        });
    }

    /** Adds what a part of a block gives to the residual stream, normalised first if the family does so. */
    private void add(float @Nullable [] weight) {
        team.run(batch.tokens, 1, 2L * shape.hidden(), (from, to, thread) -> {
            for (int t = from; t < to; t++) {
                int at = t * shape.hidden();
                if (weight != null) {
                    kernels.rmsNorm(batch.h, at, weight, shape.eps(), batch.h, at);
                }
                kernels.add(batch.x, batch.h, at, shape.hidden());
            }
        });
    }

    private void attention(CpuWeights.Layer layer, int index) {
        norm(layer.attentionNorm());
        layer.queryKeyValue().multiply(batch.h, batch.tokens, batch.qkv, buffers);
        team.run(batch.tokens, 1, 4L * layer.queryKeyValue().rows(), (from, to, thread) -> {
            for (int t = from; t < to; t++) {
                place(layer, index, t);
            }
        });
        attention.run(batch, index, layer.local() ? shape.window() : 0);
        layer.output().multiply(batch.mixed, batch.tokens, batch.h, buffers);
        add(layer.postAttentionNorm());
    }

    /** Turns query and key of a token by its position, and puts key and value into the cache. */
    private void place(CpuWeights.Layer layer, int index, int t) {
        int q = t * layer.queryKeyValue().rows();
        int k = q + shape.queryWidth();
        int v = k + shape.kvWidth();
        float[] bias = layer.bias();
        for (int i = 0; bias != null && i < bias.length; i++) {
            batch.qkv[q + i] += bias[i];
        }
        float[] rotations = batch.rotations(layer.local());
        heads(q, shape.heads(), layer.queryNorm(), rotations, t);
        heads(k, shape.kvHeads(), layer.keyNorm(), rotations, t);
        batch.caches.get(t).put(index, batch.positions[t], batch.qkv, k, v);
    }

    private void heads(int at, int count, float @Nullable [] norm, float[] rotations, int t) {
        int size = shape.headSize();
        for (int head = 0, from = at; head < count; head++, from += size) {
            if (norm != null) {
                kernels.rmsNorm(batch.qkv, from, norm, shape.eps(), batch.qkv, from);
            }
            FloatMath.rotate(batch.qkv, from, rotations, t * size, size / 2);
        }
    }

    private void feedForward(CpuWeights.Layer layer) {
        norm(layer.feedForwardNorm());
        layer.gateUp().multiply(batch.h, batch.tokens, batch.gateUp, buffers);
        boolean gelu = shape.architecture() == Architecture.GEMMA3;
        int width = shape.feedForward();
        team.run(batch.tokens, 1, 16L * width, (from, to, thread) -> {
            for (int t = from; t < to; t++) {
                kernels.gate(batch.gateUp, 2 * t * width, width, gelu, batch.gated, t * width);
            }
        });
        layer.down().multiply(batch.gated, batch.tokens, batch.h, buffers);
        add(layer.postFeedForwardNorm());
    }

    private List<float[][]> logits(List<Step> steps) {
        List<float[][]> all = new ArrayList<>();
        int first = 0;
        for (Step step : steps) {
            int count = step.tokens().length;
            int wanted = step.rows();
            if (wanted == 0) {
                all.add(new float[0][]);
                first += count;
                continue;
            }
            float[] normed = new float[wanted * shape.hidden()];
            for (int i = 0; i < wanted; i++) {
                int t = first + count - wanted + i;
                kernels.rmsNorm(
                        batch.x, t * shape.hidden(), weights.finalNorm, shape.eps(), normed, i * shape.hidden());
            }
            float[] flat = new float[Math.multiplyExact(wanted, shape.vocabulary())];
            weights.head.multiply(normed, wanted, flat, buffers);
            float[][] rows = {flat};
            if (wanted > 1) {
                rows = new float[wanted][];
                for (int i = 0; i < wanted; i++) {
                    rows[i] = Arrays.copyOfRange(flat, i * shape.vocabulary(), (i + 1) * shape.vocabulary());
                }
            }
            all.add(rows);
            first += count;
        }
        return all;
    }

    /** Lets the other threads go. The heap is freed with the last reference. */
    @Override
    public void close() {
        team.close();
    }
}
