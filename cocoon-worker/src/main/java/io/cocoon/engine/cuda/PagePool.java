package io.cocoon.engine.cuda;

import io.cocoon.engine.model.Backend;

/** Which pages of keys and values are free, and how many hold each of the others. Not thread-safe. */
final class PagePool {

    /** Tokens of a page ({@code layout.cuh}). */
    static final int PAGE = 16;

    /** Copies the keys and values of one page to another, behind the launches before. */
    interface Copier {
        void copy(int from, int to);
    }

    private final int[] free;
    private final int[] holders;
    private final Copier copier;
    private int left;

    PagePool(int pages, Copier copier) {
        this.copier = copier;
        free = new int[pages];
        holders = new int[pages];
        left = pages;
        for (int i = 0; i < pages; i++) {
            free[i] = pages - 1 - i;
        }
    }

    int pages() {
        return free.length;
    }

    int left() {
        return left;
    }

    static int pagesFor(int tokens) {
        return (tokens + PAGE - 1) / PAGE;
    }

    /** Takes a page that nobody holds. */
    int take() {
        if (left == 0) {
            throw new IllegalStateException("all " + free.length + " pages of keys and values are taken");
        }
        int page = free[--left];
        holders[page] = 1;
        return page;
    }

    /** Adds a holder to a page that is held already. */
    int hold(int page) {
        holders[page]++;
        return page;
    }

    boolean isShared(int page) {
        return holders[page] > 1;
    }

    /** Ends one hold; the page is free with the last. */
    void giveBack(int page) {
        if (--holders[page] == 0) {
            free[left++] = page;
        }
    }

    /** Gives a shared page back for one of equal content that nobody else holds. */
    int own(int page) {
        int copy = take();
        copier.copy(page, copy);
        giveBack(page);
        return copy;
    }

    /** Holds a page for others than sequences. */
    Shared share(int page) {
        return new Shared(hold(page));
    }

    /** A page that stays until this is closed. */
    final class Shared implements Backend.Page {
        private final int page;
        private boolean closed;

        private Shared(int page) {
            this.page = page;
        }

        /** Its number, for a sequence of {@code pool}. */
        int page(PagePool pool) {
            if (closed || pool != PagePool.this) {
                throw new IllegalArgumentException("a page that was given back, or is of another backend");
            }
            return page;
        }

        @Override
        public void close() {
            if (closed) {
                throw new IllegalStateException("a page was given back more often than it was taken");
            }
            closed = true;
            giveBack(page);
        }
    }
}
