package io.cocoon.engine.cuda;

import io.cocoon.engine.model.Backend;
import java.nio.IntBuffer;
import java.util.Arrays;

/** Which pages hold the keys and values of one sequence. */
final class CudaSequence implements Backend.Sequence {

    private final PagePool pool;
    private int[] pages = new int[4];
    private int taken;
    private int length;

    CudaSequence(PagePool pool) {
        this.pool = pool;
    }

    boolean isFrom(PagePool other) {
        return pool == other;
    }

    @Override
    public int length() {
        return length;
    }

    /** How many more pages {@code tokens} more would take. */
    int missing(int tokens) {
        return PagePool.pagesFor(length + tokens) - taken;
    }

    /** Makes room for tokens that are about to be written. */
    void grow(int tokens) {
        while (missing(tokens) > 0) {
            if (taken == pages.length) {
                pages = Arrays.copyOf(pages, 2 * taken);
            }
            pages[taken] = pool.take();
            taken++;
        }
        length += tokens;
    }

    void listPages(IntBuffer to) {
        to.put(pages, 0, taken);
    }

    @Override
    public void truncate(int to) {
        if (to < 0 || to > length) {
            throw new IllegalArgumentException("cannot truncate " + length + " tokens to " + to);
        }
        length = to;
        while (taken > PagePool.pagesFor(length)) {
            taken--;
            pool.giveBack(pages[taken]);
        }
    }

    @Override
    public void close() {
        truncate(0);
    }
}
