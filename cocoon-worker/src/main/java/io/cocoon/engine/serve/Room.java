package io.cocoon.engine.serve;

import java.util.List;

/**
 * The room for keys and values, in whole pages. Counted here and not by the backend, so that no step is begun that it cannot end.
 *
 * @param cache what holds the pages that may be shared
 * @param pageTokens tokens of a page; 1 for a backend without pages
 * @param pages how many there are
 */
record Room(PrefixCache cache, int pageTokens, long pages) {

    static Room of(long tokens, int pageTokens) {
        int size = Math.max(1, pageTokens);
        return new Room(new PrefixCache(pageTokens), size, tokens / size);
    }

    long tokens() {
        return pages * pageTokens;
    }

    /** Returns how many pages answers have; one that several share counts once, and an idle one not at all. */
    long used(List<Answer> running) {
        return cache.pagesInUse()
                + running.stream().mapToLong(answer -> answer.ownPages(cache)).sum();
    }

    /** Returns whether all can read what they have to read, and write on one more page each, when another one joins them. */
    boolean isEnough(List<Answer> running, Answer next) {
        return cache.pagesInUse()
                        + next.ownPagesSoon(cache)
                        + running.stream()
                                .mapToLong(answer -> answer.ownPagesSoon(cache))
                                .sum()
                <= pages;
    }
}
