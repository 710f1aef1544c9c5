package io.cocoon.engine.cpu;

import io.cocoon.engine.model.ModelShape;
import java.util.Arrays;

/**
 * Lets each token of a batch look at the keys and values up to its own, or at those in its window. Neighbours of one sequence are
 * taken together, so that a page which was fetched from memory serves all of them; each token's sums are the same alone.
 */
final class Attention {

    /** Tokens that look at a page together. */
    private static final int BLOCK = 16;

    private static final int PAGE = KvPages.TOKENS;

    private final ModelShape shape;
    private final Kernels kernels;
    private final KvPages pages;
    private final Team team;
    private final float[][] scores;

    /** For each block its first token, then the end of the last one. */
    private int[] blocks = {};

    private int count;

    /** How many positions there are before the end of the longest sequence. */
    private int longest;

    Attention(ModelShape shape, Kernels kernels, KvPages pages, Team team) {
        this.shape = shape;
        this.kernels = kernels;
        this.pages = pages;
        this.team = team;
        scores = new float[team.size()][0];
    }

    /** Prepares for the layers of a batch whose keys and values have room. */
    void begin(Batch batch) {
        if (blocks.length <= batch.tokens) {
            blocks = new int[batch.tokens + 1];
        }
        count = 0;
        longest = 0;
        for (int t = 0; t < batch.tokens; t++) {
            boolean isNew = count == 0
                    || t - blocks[count - 1] == BLOCK
                    || batch.caches.get(t) != batch.caches.get(blocks[count - 1]);
            if (isNew) {
                blocks[count++] = t;
            }
            longest = Math.max(longest, batch.positions[t] + 1);
        }
        blocks[count] = batch.tokens;
        int room = Math.multiplyExact(Math.min(BLOCK, batch.tokens), (longest / PAGE + 2) * PAGE);
        for (int i = 0; i < scores.length; i++) {
            scores[i] = scores[i].length < room ? new float[room + room / 2] : scores[i];
        }
    }

    /**
     * Computes one layer, from the queries in {@code batch.qkv} to {@code batch.mixed}.
     *
     * @param window how many positions a token looks back, its own included; 0 for all
     */
    void run(Batch batch, int layer, int window) {
        // Head by head, whose keys and values stay in a core's cache while all blocks look at them.
        long work = 2L * longest * shape.headSize() * (batch.tokens / count);
        team.run(count * shape.heads(), 1, work, (from, to, thread) -> {
            for (int i = from; i < to; i++) {
                int block = i % count;
                new Block(batch, layer, window, blocks[block], blocks[block + 1], scores[thread]).run(i / count);
            }
        });
    }

    /** Some tokens of one sequence, one behind the other. */
    private final class Block {
        private final Batch batch;
        private final int layer;
        private final int window;
        private final int from;
        private final int to;
        private final float[] scores;
        private final KvCache cache;
        private final int firstPage;
        private final int last;
        /** From one token's scores to the next one's. */
        private final int stride;

        Block(Batch batch, int layer, int window, int from, int to, float[] scores) {
            this.batch = batch;
            this.layer = layer;
            this.window = window;
            this.from = from;
            this.to = to;
            this.scores = scores;
            cache = batch.caches.get(from);
            firstPage = first(from) / PAGE * PAGE;
            last = batch.positions[to - 1];
            stride = (last - firstPage) / PAGE * PAGE + PAGE;
        }

        /** The first position that a token looks at. */
        private int first(int t) {
            return window == 0 ? 0 : Math.max(0, batch.positions[t] - window + 1);
        }

        void run(int head) {
            int size = shape.headSize();
            int kvHead = head / (shape.heads() / shape.kvHeads());
            int keys = pages.keys(layer, kvHead);
            int values = pages.values(layer, kvHead);
            int queries = shape.queryWidth() + 2 * shape.kvWidth();
            float scale = (float) shape.scoreScale();
            for (int page = firstPage; page <= last; page += PAGE) {
                float[] data = cache.page(page);
                for (int t = from; t < to; t++) {
                    if (page <= batch.positions[t]) {
                        int q = t * queries + head * size;
                        kernels.scores(batch.qkv, q, size, data, keys, scale, scores, row(t) + page);
                    }
                }
            }
            for (int t = from; t < to; t++) {
                kernels.softmax(scores, row(t) + first(t), batch.positions[t] - first(t) + 1);
                int out = t * shape.queryWidth() + head * size;
                Arrays.fill(batch.mixed, out, out + size, 0);
            }
            for (int page = firstPage; page <= last; page += PAGE) {
                float[] data = cache.page(page);
                for (int t = from; t < to; t++) {
                    int begin = Math.max(page, first(t));
                    int end = Math.min(page + PAGE, batch.positions[t] + 1);
                    if (begin < end) {
                        int value = values + (begin - page) * size;
                        int out = t * shape.queryWidth() + head * size;
                        kernels.mix(scores, row(t) + begin, end - begin, data, value, size, batch.mixed, out, size);
                    }
                }
            }
        }

        /** Where the score of position 0 would be. */
        private int row(int t) {
            return (t - from) * stride - firstPage;
        }
    }
}
