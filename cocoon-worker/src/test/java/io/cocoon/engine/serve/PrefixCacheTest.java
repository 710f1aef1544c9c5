package io.cocoon.engine.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.model.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PrefixCacheTest {

    private final PrefixCache cache = new PrefixCache(2);
    private final List<String> closed = new ArrayList<>();

    /** A sequence whose pages are known by a name. */
    private final class Named implements Backend.Sequence {
        private final String name;

        Named(String name) {
            this.name = name;
        }

        @Override
        public int length() {
            return 0;
        }

        @Override
        public void truncate(int length) {
            // Nothing is held.
        }

        @Override
        public Backend.Page sharePage(int index) {
            return () -> closed.add(name + index);
        }

        @Override
        public void close() {
            // Nothing is held.
        }
    }

    private PrefixCache.Scope scope(String key) {
        return cache.enter(Optional.of(key));
    }

    private List<PrefixCache.Entry> put(PrefixCache.Scope scope, String name, int... tokens) {
        List<PrefixCache.Entry> used = cache.use(scope, tokens);
        cache.put(scope, used, tokens, new Named(name));
        return used;
    }

    @Test
    void a_beginning_is_found_and_one_token_is_left_to_read() {
        PrefixCache.Scope scope = scope("a");
        cache.release(put(scope, "x", 1, 2, 3, 4));

        assertThat(cache.use(scope, new int[] {1, 2, 3, 4})).hasSize(1);
        assertThat(cache.use(scope, new int[] {1, 2, 3, 4, 5})).hasSize(2);
        assertThat(cache.use(scope, new int[] {1, 2, 9, 9, 5})).hasSize(1);
        assertThat(cache.use(scope, new int[] {3, 4, 5})).isEmpty();
    }

    @Test
    void tokens_with_the_hash_of_others_are_not_taken_for_them() {
        PrefixCache.Scope scope = scope("a");
        cache.release(put(scope, "x", 0, 31));

        assertThat(cache.use(scope, new int[] {1, 0, 7})).isEmpty();
        assertThat(cache.use(scope, new int[] {0, 31, 7})).hasSize(1);
    }

    @Test
    void equal_tokens_in_another_scope_are_others() {
        cache.release(put(scope("a"), "x", 1, 2));

        assertThat(cache.use(scope("b"), new int[] {1, 2, 3})).isEmpty();
        assertThat(cache.use(scope("a"), new int[] {1, 2, 3})).hasSize(1);
    }

    @Test
    void the_end_of_what_was_idle_for_longest_goes_first_and_nothing_in_use() {
        PrefixCache.Scope scope = scope("a");
        cache.release(put(scope, "old", 1, 2, 3, 4));
        cache.release(put(scope, "new", 5, 6));
        List<PrefixCache.Entry> inUse = put(scope, "used", 7, 8);

        assertThat(cache.idleTokens()).isEqualTo(6);
        cache.shrink(2);
        assertThat(closed).containsExactly("old1");
        cache.shrink(0);
        assertThat(closed).containsExactly("old1", "old0", "new0");
        cache.release(inUse);
        cache.shrink(0);
        assertThat(closed).endsWith("used0");
    }

    @Test
    void what_is_used_again_becomes_young_again() {
        PrefixCache.Scope scope = scope("a");
        cache.release(put(scope, "x", 1, 2));
        cache.release(put(scope, "y", 3, 4));
        cache.release(cache.use(scope, new int[] {1, 2, 0}));
        cache.shrink(1);

        assertThat(closed).containsExactly("y0");
    }

    @Test
    void pages_of_a_request_without_a_key_end_with_it() {
        PrefixCache.Scope scope = cache.enter(Optional.empty());
        cache.release(put(scope, "x", 1, 2));
        assertThat(closed).isEmpty();
        cache.leave(scope);

        assertThat(closed).containsExactly("x0");
        assertThat(cache.idleTokens()).isZero();
    }

    @Test
    void a_page_that_two_wrote_at_once_is_kept_once() {
        PrefixCache.Scope scope = scope("a");
        List<PrefixCache.Entry> first = new ArrayList<>();
        List<PrefixCache.Entry> second = new ArrayList<>();
        cache.put(scope, first, new int[] {1, 2}, new Named("x"));
        cache.put(scope, second, new int[] {1, 2, 3, 4}, new Named("y"));

        assertThat(first).hasSize(1);
        assertThat(second).isEmpty();
    }
}
