package io.cocoon.engine.serve;

import io.cocoon.engine.model.Backend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of prompts that may come again, in whole pages. A page is found by its tokens and the page before it, so
 * that equal tokens behind another beginning are another page. The tokens themselves are compared, not only a hash of them:
 * no crafted collision gives one request what another one wrote.
 *
 * <p>Pages belong to a scope, and only requests of one scope share. How long a prompt takes tells whether its beginning was
 * here before; between clients that do not trust each other this would tell one what the other asked.
 *
 * <p>A page that no running answer uses is idle. Idle pages stay until room is needed; the one that was idle for longest goes
 * first, and the end of a prompt before its beginning. For one thread. Source: engine dossier 10.
 */
final class PrefixCache {

    /** Whose pages may be shared with whom. */
    static final class Scope {
        private final @Nullable String key;
        private final Set<Entry> entries = new HashSet<>();
        private int requests;

        private Scope(@Nullable String key) {
            this.key = key;
        }
    }

    /** A page and its place: what comes before it is the scope, or another entry. */
    static final class Entry {
        private final Place place;
        private final Scope scope;
        private final Backend.Page page;
        private int users = 1;

        private Entry(Place place, Scope scope, Backend.Page page) {
            this.place = place;
            this.scope = scope;
            this.page = page;
        }

        Backend.Page page() {
            return page;
        }
    }

    /** Compares what is before by identity and tokens by value. */
    private static final class Place {
        private final Object before;
        private final int[] tokens;
        private final int hash;

        Place(Object before, int[] tokens) {
            this.before = before;
            this.tokens = tokens;
            hash = 31 * System.identityHashCode(before) + Arrays.hashCode(tokens);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Place place && before == place.before && Arrays.equals(tokens, place.tokens);
        }

        @Override
        public int hashCode() {
            return hash;
        }
    }

    private final int pageTokens;
    private final Map<Place, Entry> entries = new HashMap<>();
    private final Map<String, Scope> scopes = new HashMap<>();
    private final Set<Entry> idle = new LinkedHashSet<>();

    /** Makes one; with pages of 0 tokens it never holds anything. */
    PrefixCache(int pageTokens) {
        this.pageTokens = pageTokens;
    }

    /** Enters the scope of a request; {@link #leave} has to follow. */
    Scope enter(Optional<String> key) {
        Scope scope = key.map(text -> scopes.computeIfAbsent(text, Scope::new)).orElseGet(() -> new Scope(null));
        scope.requests++;
        return scope;
    }

    /** Leaves a scope. What only this request could use is freed. */
    void leave(Scope scope) {
        if (--scope.requests > 0) {
            return;
        }
        if (scope.key == null) {
            List.copyOf(scope.entries).forEach(this::remove);
        }
        forgetIfEmpty(scope);
    }

    private void forgetIfEmpty(Scope scope) {
        if (scope.key != null && scope.requests == 0 && scope.entries.isEmpty()) {
            scopes.remove(scope.key);
        }
    }

    /** Finds the longest beginning of a prompt that is here, and uses its pages. One token at least is left to read. */
    List<Entry> use(Scope scope, int[] prompt) {
        List<Entry> found = new ArrayList<>();
        Object before = scope;
        while (pageTokens > 0 && (found.size() + 1L) * pageTokens < prompt.length) {
            Entry entry = entries.get(new Place(before, page(prompt, found.size())));
            if (entry == null) {
                break;
            }
            if (entry.users++ == 0) {
                idle.remove(entry);
            }
            found.add(entry);
            before = entry;
        }
        return found;
    }

    private int[] page(int[] tokens, int index) {
        return Arrays.copyOfRange(tokens, index * pageTokens, (index + 1) * pageTokens);
    }

    /**
     * Puts the whole pages of a sequence in, and uses them.
     *
     * @param used the pages that its owner uses already, from the beginning; those that are put in are appended
     * @param tokens what the sequence holds
     */
    void put(Scope scope, List<Entry> used, int[] tokens, Backend.Sequence sequence) {
        int pages = pageTokens == 0 ? 0 : tokens.length / pageTokens;
        for (int i = used.size(); i < pages; i++) {
            Place place = new Place(i == 0 ? scope : used.get(i - 1), page(tokens, i));
            if (entries.containsKey(place)) {
                // Another one wrote the same meanwhile. To go on behind its page would be to hold two of each.
                return;
            }
            Entry entry = new Entry(place, scope, sequence.sharePage(i));
            entries.put(place, entry);
            scope.entries.add(entry);
            used.add(entry);
        }
    }

    /** Ends the use of pages, in the order from the beginning. */
    void release(List<Entry> used) {
        for (int i = used.size() - 1; i >= 0; i--) {
            Entry entry = used.get(i);
            if (--entry.users == 0) {
                idle.add(entry);
            }
        }
        used.clear();
    }

    /** Frees idle pages until at most so many are left. */
    void shrink(long pages) {
        while (idle.size() > pages) {
            remove(idle.iterator().next());
        }
    }

    private void remove(Entry entry) {
        if (entry.users > 0) {
            throw new IllegalStateException("a page in use cannot be removed");
        }
        idle.remove(entry);
        entries.remove(entry.place);
        entry.scope.entries.remove(entry);
        entry.page.close();
        forgetIfEmpty(entry.scope);
    }

    /** Returns how many pages so many tokens take; for a backend without pages, each is its own. */
    long pagesFor(long tokens) {
        return pageTokens == 0 ? tokens : (tokens + pageTokens - 1) / pageTokens;
    }

    /** Returns how many of the pages in here are in use. */
    long pagesInUse() {
        return entries.size() - idle.size();
    }

    long idleTokens() {
        return (long) idle.size() * pageTokens;
    }
}
