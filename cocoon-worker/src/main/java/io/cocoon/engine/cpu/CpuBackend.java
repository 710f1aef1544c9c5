package io.cocoon.engine.cpu;

import io.cocoon.engine.file.Halves;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.WeightType;
import io.cocoon.engine.model.Architecture;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.LayerWeights;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelShape;
import io.cocoon.engine.model.ModelWeights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.IntConsumer;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/** Computes a model on the processor. */
public final class CpuBackend implements Backend {

    private final ModelShape shape;
    private final Team team;
    private final Matrix embedding;
    private final Matrix head;
    private final float[] finalNorm;
    private final List<Layer> layers = new ArrayList<>();
    private final float embeddingScale;
    private final KvPages pages;

    /** One block, with its norms widened. */
    private record Layer(
            float[] attentionNorm,
            Matrix query,
            Matrix key,
            Matrix value,
            Matrix output,
            float @Nullable [] queryBias,
            float @Nullable [] keyBias,
            float @Nullable [] valueBias,
            float @Nullable [] queryNorm,
            float @Nullable [] keyNorm,
            float @Nullable [] postAttentionNorm,
            float[] feedForwardNorm,
            Matrix gate,
            Matrix up,
            Matrix down,
            float @Nullable [] postFeedForwardNorm,
            double[] frequencies,
            int window) {}

    private CpuBackend(Model model, Team team, IntConsumer progress) {
        shape = model.shape();
        pages = new KvPages(shape);
        this.team = team;
        ModelWeights weights = model.weights();
        embedding = Matrix.load(weights.embedding());
        head = weights.head() == weights.embedding() ? embedding : Matrix.load(weights.head());
        finalNorm = Matrix.vector(weights.finalNorm(), weights.normOffset());
        embeddingScale = shape.architecture() == Architecture.GEMMA3 ? embeddingScale(embedding.type()) : 1;
        for (int i = 0; i < shape.layers(); i++) {
            layers.add(layer(weights, i));
            progress.accept(i + 1);
        }
    }

    /**
     * Loads a model into the heap.
     *
     * @param threads how many threads compute at most, the caller of {@link #run} included; 1 or more
     * @param executor runs {@code threads - 1} of them; not used if that is none
     * @param progress is told after each layer how many are loaded
     * @throws OutOfMemoryError if the heap is too small; {@link ModelWeights#bytes} says what it takes
     */
    public static CpuBackend load(Model model, int threads, Executor executor, IntConsumer progress) {
        return new CpuBackend(model, new Team(threads, executor), progress);
    }

    /** The scale is rounded to the type of the weights, because the models were trained so. */
    private float embeddingScale(WeightType type) {
        float scale = (float) Math.sqrt(shape.hidden());
        return switch (type) {
            case BF16 -> Halves.roundToBfloat(scale);
            case F16 -> Halves.roundToHalf(scale);
            default -> scale;
        };
    }

    private Layer layer(ModelWeights weights, int index) {
        LayerWeights from = weights.layers().get(index);
        float offset = weights.normOffset();
        IntUnaryOperator order = weights.interleavedHeads() ? this::halves : IntUnaryOperator.identity();
        return new Layer(
                Matrix.vector(from.attentionNorm(), offset),
                Matrix.load(from.query(), order),
                Matrix.load(from.key(), order),
                Matrix.load(from.value()),
                Matrix.load(from.output()),
                optional(from.queryBias(), 0),
                optional(from.keyBias(), 0),
                optional(from.valueBias(), 0),
                optional(from.queryNorm(), offset),
                optional(from.keyNorm(), offset),
                optional(from.postAttentionNorm(), offset),
                Matrix.vector(from.feedForwardNorm(), offset),
                Matrix.load(from.gate()),
                Matrix.load(from.up()),
                Matrix.load(from.down()),
                optional(from.postFeedForwardNorm(), offset),
                shape.frequencies(index),
                shape.local().get(index) ? shape.window() : 0);
    }

    private static float @Nullable [] optional(Optional<Tensor> tensor, float offset) {
        return tensor.map(each -> Matrix.vector(each, offset)).orElse(null);
    }

    /** The row of a file that rotates neighbours for a row that rotates halves. */
    private int halves(int row) {
        int half = shape.headSize() / 2;
        int in = row % shape.headSize();
        return row - in + 2 * (in % half) + in / half;
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
        Batch batch = new Batch(steps);
        for (int i = 0; i < layers.size(); i++) {
            attention(batch, i);
            feedForward(batch, layers.get(i));
        }
        return logits(batch, steps);
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

    /** The tokens of all steps, side by side. */
    private final class Batch {
        private final int tokens;
        private final KvCache[] caches;
        private final int[] positions;
        private final float[] x;
        private final float[] h;
        private final float[] q;
        private final float[] mixed;
        private final float[] gate;
        private final float[] up;

        Batch(List<Step> steps) {
            tokens = steps.stream().mapToInt(step -> step.tokens().length).sum();
            caches = new KvCache[tokens];
            positions = new int[tokens];
            x = new float[Math.multiplyExact(tokens, shape.hidden())];
            h = new float[x.length];
            q = new float[Math.multiplyExact(tokens, shape.queryWidth())];
            mixed = new float[q.length];
            gate = new float[Math.multiplyExact(tokens, shape.feedForward())];
            up = new float[gate.length];
            float[] row = new float[shape.hidden()];
            int at = 0;
            for (Step step : steps) {
                KvCache cache = (KvCache) step.sequence();
                int first = cache.length();
                cache.grow(step.tokens().length);
                for (int i = 0; i < step.tokens().length; i++, at++) {
                    caches[at] = cache;
                    positions[at] = first + i;
                    embedding.widen(step.tokens()[i], row);
                    for (int j = 0; j < row.length; j++) {
                        x[at * row.length + j] = row[j] * embeddingScale;
                    }
                }
            }
        }

        void norm(float[] weight) {
            for (int t = 0; t < tokens; t++) {
                FloatMath.rmsNorm(x, t * shape.hidden(), weight, shape.eps(), h, t * shape.hidden());
            }
        }

        /** Adds what a part of a block gives to the residual stream, normalised first if the family does so. */
        void add(float @Nullable [] weight) {
            for (int t = 0; t < tokens && weight != null; t++) {
                FloatMath.rmsNorm(h, t * shape.hidden(), weight, shape.eps(), h, t * shape.hidden());
            }
            for (int i = 0; i < x.length; i++) {
                x[i] += h[i];
            }
        }
    }

    private void attention(Batch batch, int index) {
        Layer layer = layers.get(index);
        batch.norm(layer.attentionNorm);
        float[] k = new float[batch.tokens * shape.kvWidth()];
        float[] v = new float[k.length];
        multiply(layer.query, batch.h, batch.tokens, batch.q, layer.queryBias);
        multiply(layer.key, batch.h, batch.tokens, k, layer.keyBias);
        multiply(layer.value, batch.h, batch.tokens, v, layer.valueBias);
        int half = shape.headSize() / 2;
        float[] cos = new float[half];
        float[] sin = new float[half];
        for (int t = 0; t < batch.tokens; t++) {
            int position = batch.positions[t];
            for (int i = 0; i < half; i++) {
                double angle = position * layer.frequencies[i];
                cos[i] = (float) Math.cos(angle);
                sin[i] = (float) Math.sin(angle);
            }
            heads(batch.q, t * shape.queryWidth(), shape.heads(), layer.queryNorm, cos, sin);
            heads(k, t * shape.kvWidth(), shape.kvHeads(), layer.keyNorm, cos, sin);
            KvCache cache = batch.caches[t];
            float[] page = cache.page(position);
            System.arraycopy(k, t * shape.kvWidth(), page, cache.key(index, position), shape.kvWidth());
            System.arraycopy(v, t * shape.kvWidth(), page, cache.value(index, position), shape.kvWidth());
        }
        int longest = 0;
        for (int position : batch.positions) {
            longest = Math.max(longest, position + 1);
        }
        long work = 2L * longest * shape.headSize();
        team.run(batch.tokens * shape.heads(), work, (from, to) -> {
            float[] scores = new float[0];
            for (int i = from; i < to; i++) {
                int t = i / shape.heads();
                if (scores.length <= batch.positions[t]) {
                    scores = new float[batch.positions[t] + 1];
                }
                mix(batch, index, layer.window, t, i % shape.heads(), scores);
            }
        });
        multiply(layer.output, batch.mixed, batch.tokens, batch.h, null);
        batch.add(layer.postAttentionNorm);
    }

    private void heads(float[] x, int at, int count, float @Nullable [] norm, float[] cos, float[] sin) {
        for (int head = 0; head < count; head++) {
            int from = at + head * shape.headSize();
            if (norm != null) {
                FloatMath.rmsNorm(x, from, norm, shape.eps(), x, from);
            }
            FloatMath.rotate(x, from, cos, sin, 0, shape.headSize() / 2);
        }
    }

    /** One head of one token looks at all positions up to its own, or at those in its window. */
    private void mix(Batch batch, int index, int window, int t, int queryHead, float[] scores) {
        KvCache cache = batch.caches[t];
        int size = shape.headSize();
        int position = batch.positions[t];
        int first = window == 0 ? 0 : Math.max(0, position - window + 1);
        int inHead = queryHead / (shape.heads() / shape.kvHeads()) * size;
        int q = t * shape.queryWidth() + queryHead * size;
        for (int p = first; p <= position; p++) {
            scores[p] = FloatMath.dot(batch.q, q, cache.page(p), cache.key(index, p) + inHead, size)
                    * (float) shape.scoreScale();
        }
        FloatMath.softmax(scores, first, position - first + 1);
        float[] sum = new float[size];
        for (int p = first; p <= position; p++) {
            float[] page = cache.page(p);
            int value = cache.value(index, p) + inHead;
            float share = scores[p];
            for (int i = 0; i < size; i++) {
                sum[i] += share * page[value + i];
            }
        }
        System.arraycopy(sum, 0, batch.mixed, q, size);
    }

    private void feedForward(Batch batch, Layer layer) {
        batch.norm(layer.feedForwardNorm);
        multiply(layer.gate, batch.h, batch.tokens, batch.gate, null);
        multiply(layer.up, batch.h, batch.tokens, batch.up, null);
        boolean gelu = shape.architecture() == Architecture.GEMMA3;
        for (int i = 0; i < batch.gate.length; i++) {
            batch.gate[i] = (gelu ? FloatMath.gelu(batch.gate[i]) : FloatMath.silu(batch.gate[i])) * batch.up[i];
        }
        multiply(layer.down, batch.gate, batch.tokens, batch.h, null);
        batch.add(layer.postFeedForwardNorm);
    }

    private List<float[][]> logits(Batch batch, List<Step> steps) {
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
                FloatMath.rmsNorm(batch.x, t * shape.hidden(), finalNorm, shape.eps(), normed, i * shape.hidden());
            }
            float[] flat = new float[Math.multiplyExact(wanted, shape.vocabulary())];
            multiply(head, normed, wanted, flat, null);
            float[][] rows = new float[wanted][];
            for (int i = 0; i < wanted; i++) {
                rows[i] = Arrays.copyOfRange(flat, i * shape.vocabulary(), (i + 1) * shape.vocabulary());
            }
            all.add(rows);
            first += count;
        }
        return all;
    }

    /** {@code out[t][row] = weights[row] . x[t] (+ bias[row])}: each row of weights is widened once for all tokens. */
    private void multiply(Matrix weights, float[] x, int tokens, float[] out, float @Nullable [] bias) {
        int columns = weights.columns();
        int rows = weights.rows();
        team.run(rows, (long) columns * tokens, (from, to) -> {
            float[] row = new float[columns];
            for (int r = from; r < to; r++) {
                weights.widen(r, row);
                float offset = bias == null ? 0 : bias[r];
                for (int t = 0; t < tokens; t++) {
                    out[t * rows + r] = FloatMath.dot(row, 0, x, t * columns, columns) + offset;
                }
            }
        });
    }

    @Override
    public void close() {
        // The heap is freed with the last reference.
    }
}
