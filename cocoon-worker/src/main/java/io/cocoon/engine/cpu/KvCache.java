package io.cocoon.engine.cpu;

import io.cocoon.engine.model.Backend;
import java.util.ArrayList;
import java.util.List;

/** Keys and values of one sequence, in pages that other sequences may read too. A shared page is never written. */
final class KvCache implements Backend.Sequence {

    private final KvPages pool;
    private final List<KvPages.Page> pages = new ArrayList<>();
    private int length;

    KvCache(KvPages pool) {
        this.pool = pool;
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
        while (pages.size() > (length + KvPages.TOKENS - 1) / KvPages.TOKENS) {
            pages.remove(pages.size() - 1).close();
        }
    }

    @Override
    public void close() {
        truncate(0);
    }

    @Override
    public Backend.Page sharePage(int index) {
        if (index < 0 || (index + 1L) * KvPages.TOKENS > length) {
            throw new IllegalArgumentException("page " + index + " is not whole: there are " + length + " tokens");
        }
        return pages.get(index).hold();
    }

    /** Appends a whole page of another sequence. */
    void append(KvPages.Page page) {
        pages.add(page.hold());
        length += KvPages.TOKENS;
    }

    /** Makes room for tokens that are about to be written. */
    void grow(int tokens) {
        int last = pages.size() - 1;
        if (length % KvPages.TOKENS != 0) {
            pages.set(last, pool.own(pages.get(last)));
        }
        length += tokens;
        while (pages.size() * KvPages.TOKENS < length) {
            pages.add(pool.empty());
        }
    }

    float[] page(int position) {
        return pages.get(position / KvPages.TOKENS).data();
    }

    /** Writes the key and the value of a position that there is room for. */
    void put(int layer, int position, float[] from, int key, int value) {
        int size = pool.size();
        float[] page = page(position);
        int token = position % KvPages.TOKENS;
        for (int head = 0; head < pool.heads(); head++) {
            int to = pool.keys(layer, head) + token;
            for (int i = 0; i < size; i++) {
                page[to + i * KvPages.TOKENS] = from[key + head * size + i];
            }
            System.arraycopy(from, value + head * size, page, pool.values(layer, head) + token * size, size);
        }
    }
}
