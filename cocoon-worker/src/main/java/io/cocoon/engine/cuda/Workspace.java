package io.cocoon.engine.cuda;

import io.cocoon.engine.model.Architecture;
import io.cocoon.engine.model.ModelShape;
import java.nio.ByteBuffer;
import java.nio.IntBuffer;

/**
 * What a step computes with, in device memory; the addresses never change, so that launches can be recorded.
 *
 * <p>Sizes are for a whole number of 32 tokens, because products read that many at once.
 */
final class Workspace {

    private final int tokens;
    private final int pages;
    private final Gpu gpu;
    private final ByteBuffer staged;

    /** Ids, positions, starts of page lists, rows with logits, tiles of attention: each for all tokens; then the page lists. */
    private final Gpu.Region inputs;

    final Gpu.Region x;
    final Gpu.Region normed;
    final Gpu.Region added;
    final Gpu.Region qkv;
    final Gpu.Region mixed;
    final Gpu.Region gated;
    final Gpu.Region angles;
    final Gpu.Region pieces;
    final Gpu.Region shares;
    final Gpu.Region logits;
    final Gpu.Region highest;
    final CandidateFinder candidates;

    private record Sizes(
            long x,
            long normed,
            long added,
            long qkv,
            long mixed,
            long gated,
            long angles,
            long pieces,
            long shares,
            long logits,
            long highest) {

        static Sizes of(ModelShape shape, int tokens) {
            long each = 4L * tokens;
            return new Sizes(
                    each * shape.hidden(),
                    each * shape.hidden(),
                    shape.architecture() == Architecture.GEMMA3 ? each * shape.hidden() : 0,
                    each * (shape.queryWidth() + 2L * shape.kvWidth()),
                    each * shape.queryWidth(),
                    each * shape.feedForward(),
                    2 * each * shape.headSize(),
                    4L * Math.max(MemoryPlan.PIECES, tokens) * shape.heads() * (shape.headSize() + 2),
                    each * DeviceMatrix.MOST_SHARES,
                    4L * MemoryPlan.LOGIT_ROWS * shape.vocabulary(),
                    each);
        }

        long sum() {
            return x + normed + added + qkv + mixed + gated + angles + pieces + shares + logits + highest;
        }
    }

    private static int rounded(int tokens) {
        return (tokens + 31) / 32 * 32;
    }

    /** How many bytes it takes but for the page lists, which take 4 a page. */
    static long bytes(ModelShape shape, CudaSettings settings) {
        int tokens = rounded(settings.stepTokens());
        return Sizes.of(shape, tokens).sum()
                + CandidateFinder.bytes(MemoryPlan.LOGIT_ROWS, shape.vocabulary())
                + 20L * tokens;
    }

    Workspace(Gpu gpu, ModelShape shape, CudaSettings settings, int pages) {
        this.gpu = gpu;
        this.pages = pages;
        tokens = rounded(settings.stepTokens());
        Sizes sizes = Sizes.of(shape, tokens);
        inputs = gpu.allocate(Integer.BYTES * (5L * tokens + pages));
        staged = Gpu.direct(Math.toIntExact(inputs.bytes()));
        x = gpu.allocate(sizes.x);
        normed = gpu.allocate(sizes.normed);
        added = gpu.allocate(sizes.added);
        qkv = gpu.allocate(sizes.qkv);
        mixed = gpu.allocate(sizes.mixed);
        gated = gpu.allocate(sizes.gated);
        angles = gpu.allocate(sizes.angles);
        pieces = gpu.allocate(sizes.pieces);
        shares = gpu.allocate(sizes.shares);
        logits = gpu.allocate(sizes.logits);
        highest = gpu.allocate(sizes.highest);
        candidates = new CandidateFinder(gpu, MemoryPlan.LOGIT_ROWS, shape.vocabulary());
    }

    /** A part of the staged inputs, for as many numbers as there are tokens. */
    private IntBuffer part(int index, int length) {
        return staged.asIntBuffer().slice(index * tokens, length);
    }

    IntBuffer stagedIds() {
        return part(0, tokens);
    }

    IntBuffer stagedPositions() {
        return part(1, tokens);
    }

    IntBuffer stagedStarts() {
        return part(2, tokens);
    }

    IntBuffer stagedRows() {
        return part(3, tokens);
    }

    IntBuffer stagedTables() {
        return part(5, pages);
    }

    /**
     * Stages the tiles of attention: runs of tokens of one sequence.
     *
     * @param count how many tokens were staged
     * @param longest tokens of a tile at most
     * @return how many tiles there are
     */
    int stageTiles(int count, int longest) {
        IntBuffer starts = stagedStarts();
        IntBuffer tiles = part(4, tokens);
        int length = 0;
        for (int token = 0, first = 0; token < count; token++) {
            if (token == 0 || starts.get(token) != starts.get(first) || token - first == longest) {
                tiles.put(length++, token);
                first = token;
            }
        }
        return length;
    }

    /** Uploads what was staged, with this many numbers of page lists. */
    void upload(int tableLength) {
        gpu.upload(inputs, 0, staged, Integer.BYTES * (5L * tokens + tableLength));
    }

    long ids() {
        return inputs.address();
    }

    long positions() {
        return inputs.address() + 4L * tokens;
    }

    long starts() {
        return inputs.address() + 8L * tokens;
    }

    long rows() {
        return inputs.address() + 12L * tokens;
    }

    long tiles() {
        return inputs.address() + 16L * tokens;
    }

    long tables() {
        return inputs.address() + 20L * tokens;
    }
}
