package io.cocoon.engine.cpu;

import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.ModelShape;

/** Pages of keys and values, 16 tokens each: {@code [layer][key or value][token][width]}. For one thread. */
final class KvPages {

    static final int TOKENS = 16;

    private final int width;
    private final int floats;
    private int inUse;

    KvPages(ModelShape shape) {
        width = shape.kvWidth();
        floats = Math.multiplyExact(shape.layers() * 2 * TOKENS, width);
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

    int inUse() {
        return inUse;
    }

    /** Where the key of a position begins in its page. */
    int key(int layer, int position) {
        return (layer * 2 * TOKENS + position % TOKENS) * width;
    }

    /** Where the value of a position begins in its page. */
    int value(int layer, int position) {
        return ((layer * 2 + 1) * TOKENS + position % TOKENS) * width;
    }
}
