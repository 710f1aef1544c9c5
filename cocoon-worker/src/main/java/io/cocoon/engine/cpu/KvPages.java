package io.cocoon.engine.cpu;

import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.ModelShape;

/**
 * Pages of keys and values, 16 tokens each: for each layer and head the keys {@code [size][token]}, so that a query is compared with
 * all of a page at once, then the values {@code [token][size]}. What a head looks at lies in one piece: with a stride of a power of
 * two it would fall into few sets of a core's cache. For one thread.
 */
final class KvPages {

    static final int TOKENS = Kernels.PAGE;

    private final int size;
    private final int heads;
    private final int floats;
    private int inUse;

    KvPages(ModelShape shape) {
        size = shape.headSize();
        heads = shape.kvHeads();
        floats = Math.multiplyExact(shape.layers() * 2 * TOKENS, shape.kvWidth());
    }

    /** One page, with a count of the sequences and references that hold it. */
    final class Page implements Backend.Page {
        private final float[] data;
        private int holders = 1;

        private Page(float[] data) {
            this.data = data;
            inUse++;
        }

        float[] data() {
            return data;
        }

        boolean isShared() {
            return holders > 1;
        }

        Page hold() {
            holders++;
            return this;
        }

        @Override
        public void close() {
            if (holders == 0) {
                throw new IllegalStateException("a page was given back more often than it was taken");
            }
            if (--holders == 0) {
                inUse--;
            }
        }
    }

    Page empty() {
        return new Page(new float[floats]);
    }

    /** Returns a page with the same content that nobody else holds, and gives {@code page} back. */
    Page own(Page page) {
        if (!page.isShared()) {
            return page;
        }
        page.close();
        return new Page(page.data.clone());
    }

    /** Returns how many numbers the key of a head has, and its value. */
    int size() {
        return size;
    }

    int heads() {
        return heads;
    }

    int inUse() {
        return inUse;
    }

    /** Where the keys of a head begin in a page. */
    int keys(int layer, int head) {
        return (layer * heads + head) * 2 * TOKENS * size;
    }

    /** Where the values of a head begin in a page. */
    int values(int layer, int head) {
        return keys(layer, head) + TOKENS * size;
    }
}
