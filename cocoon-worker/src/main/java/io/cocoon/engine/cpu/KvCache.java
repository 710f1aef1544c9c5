package io.cocoon.engine.cpu;

import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.ModelShape;
import java.util.ArrayList;
import java.util.List;

/** Keys and values of one sequence, in pages of 16 tokens: {@code [layer][key or value][token][width]}. */
final class KvCache implements Backend.Sequence {

    static final int PAGE = 16;

    private final int width;
    private final int pageFloats;
    private final List<float[]> pages = new ArrayList<>();
    private int length;

    KvCache(ModelShape shape) {
        width = shape.kvWidth();
        pageFloats = Math.multiplyExact(shape.layers() * 2 * PAGE, width);
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public void truncate(int to) {
        if (to < 0 || to > length) {
            throw new IllegalArgumentException("cannot truncate " + length + " tokens to " + to);
        }
        length = to;
        while (pages.size() > (length + PAGE - 1) / PAGE) {
            pages.remove(pages.size() - 1);
        }
    }

    @Override
    public void close() {
        truncate(0);
    }

    /** Makes room for tokens that are about to be written. */
    void grow(int tokens) {
        length += tokens;
        while (pages.size() * PAGE < length) {
            pages.add(new float[pageFloats]);
        }
    }

    float[] page(int position) {
        return pages.get(position / PAGE);
    }

    /** Where the key of a position begins in its page. */
    int key(int layer, int position) {
        return (layer * 2 * PAGE + position % PAGE) * width;
    }

    /** Where the value of a position begins in its page. */
    int value(int layer, int position) {
        return ((layer * 2 + 1) * PAGE + position % PAGE) * width;
    }
}
