package io.cocoon.engine.cuda;

import io.cocoon.engine.cuda.Gpu.Grid;
import io.cocoon.engine.model.Architecture;
import io.cocoon.engine.model.ModelShape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The launches that bring staged tokens through the model. Few tokens are recorded once for each size and then made as one
 * launch.
 */
final class ForwardPass {

    /** Steps of no more tokens are recorded as graphs. */
    private static final int MOST_RECORDED = 16;

    /** Keys that are attended to in one piece ({@code layout.cuh}). */
    private static final int SPLIT = 128;

    /** Query heads of a block at most, and the least rows of its products ({@code attention.cuh}). */
    private static final int GROUP = 16;

    /** Floats of a row of scores ({@code attention.cuh}). */
    private static final int SCORE_STRIDE = SPLIT + 16;

    /** What a block has on every card without asking for more. */
    private static final int SHARED_BYTES = 48 << 10;

    private final Gpu gpu;
    private final ModelShape shape;
    private final CudaSettings settings;
    private final int pages;
    private final CudaWeights weights;
    private final Workspace work;
    private final Gpu.Region cache;
    private final Map<Size, Gpu.Recording> recordings = new HashMap<>();

    /** How tokens are attended for: in how many tiles, and how many rows (tokens times heads) each may have. */
    record Tiles(int count, int rows) {}

    /** What launches depend on: how many tokens, their tiles, how many pieces of keys, for how many tokens logits are wanted. */
    record Size(int tokens, Tiles tiles, int pieces, int wanted) {}

    ForwardPass(
            Gpu gpu, ModelShape shape, CudaSettings settings, MemoryPlan plan, CudaWeights weights, Workspace work) {
        this.gpu = gpu;
        this.shape = shape;
        this.settings = settings;
        this.weights = weights;
        this.work = work;
        pages = plan.pages();
        cache = gpu.allocate(plan.pages() * plan.pageBytes());
    }

    /** How many pieces of keys are attended to apart from each other; 1 if a block takes all of its token's. */
    static int pieces(int tokens, int longest) {
        int pieces = (longest + SPLIT - 1) / SPLIT;
        // A power of two, so that there are few different recordings.
        int rounded = pieces <= 1 ? 1 : Integer.highestOneBit(pieces - 1) * 2;
        return (long) rounded * tokens <= MemoryPlan.PIECES ? rounded : 1;
    }

    /**
     * Stages the tiles of the staged tokens. Larger ones read keys less often; where each sequence has a token or two, they
     * would be empty.
     */
    Tiles stageTiles(int tokens) {
        int heads = Math.min(GROUP, shape.heads() / shape.kvHeads());
        int small = work.stageTiles(tokens, GROUP / heads);
        int rows = 2 * GROUP;
        if (attentionBytes(rows, shape.headSize()) <= SHARED_BYTES && work.stageTiles(tokens, rows / heads) < small) {
            return new Tiles(work.stageTiles(tokens, rows / heads), rows);
        }
        return new Tiles(work.stageTiles(tokens, GROUP / heads), GROUP);
    }

    /** Shared memory of an attention block. */
    static int attentionBytes(int rows, int headSize) {
        return rows * (SCORE_STRIDE + 4 + headSize) * Float.BYTES;
    }

    /** Computes the staged tokens, and the logits of the staged rows. */
    void launch(Size what) {
        if (!settings.graphs() || what.tokens > MOST_RECORDED || what.wanted != what.tokens) {
            forward(what);
            return;
        }
        Gpu.Recording recording = recordings.get(what);
        if (recording == null) {
            recording = gpu.record(() -> forward(what));
            recordings.put(what, recording);
        }
        gpu.launch(recording);
    }

    private void forward(Size what) {
        int tokens = what.tokens;
        gpu.launch(
                Kernel.EMBED,
                Grid.of(tokens),
                256,
                0,
                weights.embedding.values().address(),
                weights.embedding.scales().address(),
                weights.embedding.minima().address(),
                work.ids(),
                work.x.address(),
                weights.embedding.format().ordinal(),
                shape.hidden(),
                Double.doubleToRawLongBits(weights.embeddingScale));
        gpu.launch(
                Kernel.ANGLES,
                Grid.of(tokens, 2),
                64,
                0,
                work.positions(),
                weights.frequencies.address(),
                work.angles.address(),
                shape.headSize() / 2);
        for (int i = 0; i < shape.layers(); i++) {
            attention(i, what);
            feedForward(weights.layer(i), tokens);
        }
        if (what.wanted > 0) {
            head(what.wanted);
        }
    }

    /** Copies the keys and values of a page; those of each layer lie apart. */
    void copyPage(int from, int to) {
        long bytes = cache.bytes() / pages / shape.layers();
        for (int layer = 0; layer < shape.layers(); layer++) {
            long first = (long) layer * pages;
            gpu.copy(cache, (first + from) * bytes, cache, (first + to) * bytes, bytes);
        }
    }

    private void norm(Gpu.Region weight, long rows, int count) {
        gpu.launch(
                Kernel.NORM,
                Grid.of(count),
                256,
                8 * Float.BYTES,
                work.x.address(),
                weight.address(),
                rows,
                work.normed.address(),
                shape.hidden(),
                Double.doubleToRawLongBits(shape.eps()));
    }

    /** Multiplies, and adds to the residual stream, normalised first if the family does so. */
    private void addToResidual(DeviceMatrix matrix, Gpu.Region from, Gpu.Region postNorm, int tokens) {
        if (postNorm.bytes() == 0) {
            matrix.multiply(
                    gpu,
                    from.address(),
                    work.x.address(),
                    0,
                    tokens,
                    shape.hidden(),
                    DeviceMatrix.Mode.ADD,
                    work.shares.address());
            return;
        }
        matrix.multiply(
                gpu,
                from.address(),
                work.added.address(),
                0,
                tokens,
                shape.hidden(),
                DeviceMatrix.Mode.STORE,
                work.shares.address());
        gpu.launch(
                Kernel.ADD_NORMED,
                Grid.of(tokens),
                256,
                8 * Float.BYTES,
                work.added.address(),
                postNorm.address(),
                0,
                work.x.address(),
                shape.hidden(),
                Double.doubleToRawLongBits(shape.eps()));
    }

    private void attention(int index, Size what) {
        CudaWeights.Layer layer = weights.layer(index);
        int tokens = what.tokens;
        int stride = shape.queryWidth() + 2 * shape.kvWidth();
        norm(layer.attentionNorm(), 0, tokens);
        for (CudaWeights.Part part : layer.qkv()) {
            long bias = layer.qkvBias().bytes() == 0 ? 0 : layer.qkvBias().address() + 4L * part.offset();
            part.matrix()
                    .multiply(
                            gpu,
                            work.normed.address(),
                            work.qkv.address() + 4L * part.offset(),
                            bias,
                            tokens,
                            stride,
                            DeviceMatrix.Mode.STORE,
                            work.shares.address());
        }
        boolean local = shape.local().get(index);
        gpu.launch(
                settings.exactCache() ? Kernel.HEADS_FLOAT : Kernel.HEADS_BF16,
                Grid.of(shape.heads() + 2 * shape.kvHeads(), tokens),
                32,
                shape.headSize() * Float.BYTES,
                work.qkv.address(),
                layer.queryNorm().address(),
                layer.keyNorm().address(),
                work.angles.address() + (local ? 4L * tokens * shape.headSize() : 0),
                cache.address(),
                index,
                pages,
                work.positions(),
                work.starts(),
                work.tables(),
                shape.heads(),
                shape.kvHeads(),
                shape.headSize(),
                Double.doubleToRawLongBits(shape.eps()));
        attend(index, local ? shape.window() : 0, what);
        addToResidual(layer.output(), work.mixed, layer.postAttentionNorm(), tokens);
    }

    private void attend(int index, int window, Size what) {
        int size = shape.headSize();
        long[] fields = {
            work.qkv.address(),
            shape.queryWidth() + 2L * shape.kvWidth(),
            cache.address(),
            index,
            pages,
            work.positions(),
            work.starts(),
            work.tiles(),
            work.tables(),
            window,
            Double.doubleToRawLongBits(shape.scoreScale()),
            work.pieces.address(),
            what.pieces,
            what.tokens,
            shape.heads(),
            shape.kvHeads(),
            size
        };
        int groups = (shape.heads() / shape.kvHeads() + GROUP - 1) / GROUP;
        gpu.launch(
                attention(what.tiles.rows),
                new Grid(shape.kvHeads() * groups, what.tiles.count, what.pieces),
                SPLIT,
                attentionBytes(what.tiles.rows, size),
                fields);
        long[] merge = Arrays.copyOf(fields, fields.length + 1);
        merge[fields.length] = work.mixed.address();
        gpu.launch(Kernel.MERGE, Grid.of(shape.heads(), what.tokens), size <= 128 ? 32 : 64, 0, merge);
    }

    private Kernel attention(int rows) {
        if (settings.exactCache()) {
            return rows == GROUP ? Kernel.ATTEND_FLOAT_16 : Kernel.ATTEND_FLOAT_32;
        }
        return rows == GROUP ? Kernel.ATTEND_BF16_16 : Kernel.ATTEND_BF16_32;
    }

    private void feedForward(CudaWeights.Layer layer, int tokens) {
        norm(layer.feedForwardNorm(), 0, tokens);
        layer.gateAndUp()
                .multiply(
                        gpu,
                        work.normed.address(),
                        work.gated.address(),
                        0,
                        tokens,
                        0,
                        shape.architecture() == Architecture.GEMMA3
                                ? DeviceMatrix.Mode.GATED_GELU
                                : DeviceMatrix.Mode.GATED_SILU,
                        0);
        addToResidual(layer.down(), work.gated, layer.postFeedForwardNorm(), tokens);
    }

    /** Logits of the tokens that are named in the staged rows. */
    void head(int count) {
        norm(weights.finalNorm, work.rows(), count);
        weights.head.multiply(
                gpu,
                work.normed.address(),
                work.logits.address(),
                0,
                count,
                shape.vocabulary(),
                DeviceMatrix.Mode.STORE,
                work.shares.address());
    }
}
