package io.cocoon.engine.cuda;

/** Which pages of keys and values are free. Not thread-safe. */
final class PagePool {

    /** Tokens of a page ({@code layout.cuh}). */
    static final int PAGE = 16;

    private final int[] free;
    private int left;

    PagePool(int pages) {
        free = new int[pages];
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

    int take() {
        if (left == 0) {
            throw new IllegalStateException("all " + free.length + " pages of keys and values are taken");
        }
        return free[--left];
    }

    void giveBack(int page) {
        free[left++] = page;
    }
}
