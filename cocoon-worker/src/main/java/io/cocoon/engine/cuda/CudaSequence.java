package io.cocoon.engine.cuda;

import io.cocoon.engine.model.Backend;
import java.nio.IntBuffer;
import java.util.Arrays;

/** Which pages hold the keys and values of one sequence. A page that others hold too is never written. */
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

    private boolean writesIntoSharedPage() {
        return length % PagePool.PAGE != 0 && pool.isShared(pages[taken - 1]);
    }

    /** How many more pages {@code tokens} more would take. */
    int missing(int tokens) {
        return PagePool.pagesFor(length + tokens) - taken + (writesIntoSharedPage() ? 1 : 0);
    }

    /** Makes room for tokens that are about to be written. */
    void grow(int tokens) {
        if (writesIntoSharedPage()) {
            pages[taken - 1] = pool.own(pages[taken - 1]);
        }
        while (taken < PagePool.pagesFor(length + tokens)) {
            add(pool.take());
        }
        length += tokens;
    }

    private void add(int page) {
        if (taken == pages.length) {
            pages = Arrays.copyOf(pages, 2 * taken);
        }
        pages[taken++] = page;
    }

    /** Appends a whole page of another sequence. */
    void append(int page) {
        add(pool.hold(page));
        length += PagePool.PAGE;
    }

    void listPages(IntBuffer to) {
        to.put(pages, 0, taken);
    }

    @Override
    public Backend.Page sharePage(int index) {
        if (index < 0 || (index + 1L) * PagePool.PAGE > length) {
            throw new IllegalArgumentException("page " + index + " is not whole: there are " + length + " tokens");
        }
        return pool.share(pages[index]);
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
