package io.cocoon.engine.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class FairQueueTest {

    private static final Caller MANY = new Caller("proxy", "many");
    private static final Caller ONE = new Caller("proxy", "one");

    private static <T> List<T> all(FairQueue<T> queue) {
        List<T> items = new ArrayList<>();
        while (!queue.isEmpty()) {
            items.add(Objects.requireNonNull(queue.poll()));
        }
        return items;
    }

    @Test
    void a_short_request_does_not_wait_for_all_long_ones_of_another_caller() {
        FairQueue<String> queue = new FairQueue<>();
        for (int i = 0; i < 100; i++) {
            queue.add(MANY, "long", 4_000);
        }
        queue.add(ONE, "short", 100);

        assertThat(all(queue).indexOf("short")).isLessThan(2);
    }

    @Test
    void a_proxy_gains_nothing_by_users_that_it_invents() {
        FairQueue<String> queue = new FairQueue<>();
        for (int i = 0; i < 100; i++) {
            queue.add(new Caller("greedy", "user " + i), "greedy", 1_000);
        }
        for (int i = 0; i < 5; i++) {
            queue.add(new Caller("modest", ""), "modest", 1_000);
        }
        assertThat(all(queue).subList(0, 10)).filteredOn("modest"::equals).hasSizeBetween(4, 5);
    }

    @Test
    void what_is_put_in_front_comes_before_what_its_caller_has_waiting() {
        FairQueue<String> queue = new FairQueue<>();
        queue.add(MANY, "second", 10);
        queue.add(ONE, "other", 10);
        queue.addFirst(MANY, "first", 0);

        assertThat(all(queue)).containsSubsequence("first", "second").contains("other");
    }

    @Test
    void an_empty_queue_has_no_next() {
        FairQueue<String> queue = new FairQueue<>();

        assertThat(queue.peek()).isNull();
        assertThat(queue.poll()).isNull();
        queue.add(ONE, "a", 1);
        assertThat(queue.removeIf(item -> true)).containsExactly("a");
        assertThat(queue.peek()).isNull();
        assertThat(queue.size()).isZero();
    }

    @Property(tries = 300)
    void whatever_is_added_comes_out_once_in_the_order_of_its_caller_or_is_removed(@ForAll long seed) {
        Random random = new Random(seed);
        FairQueue<Integer> queue = new FairQueue<>();
        Map<Caller, Deque<Integer>> waiting = new HashMap<>();
        Map<Integer, Caller> owners = new HashMap<>();
        for (int i = 0; i < 400; i++) {
            Caller caller = new Caller("p" + random.nextInt(3), "u" + random.nextInt(4));
            Deque<Integer> line = waiting.computeIfAbsent(caller, any -> new ArrayDeque<>());
            switch (random.nextInt(8)) {
                case 0, 1, 2 -> {
                    queue.add(caller, i, random.nextInt(3_000));
                    line.addLast(i);
                    owners.put(i, caller);
                }
                case 3 -> {
                    queue.addFirst(caller, i, random.nextInt(2) * 500L);
                    line.addFirst(i);
                    owners.put(i, caller);
                }
                case 4 -> {
                    int of = 2 + random.nextInt(9);
                    List<Integer> removed = queue.removeIf(item -> item % of == 0);
                    removed.forEach(item ->
                            assertThat(line(waiting, owners, item).remove(item)).isTrue());
                    assertThat(waiting.values()).allMatch(each -> each.stream().allMatch(item -> item % of != 0));
                }
                default -> {
                    Integer next = queue.peek();
                    assertThat(queue.poll()).isEqualTo(next);
                    if (next != null) {
                        assertThat(line(waiting, owners, next).poll()).isEqualTo(next);
                    }
                }
            }
            assertThat(queue.size())
                    .isEqualTo(waiting.values().stream().mapToInt(Deque::size).sum());
        }
        all(queue)
                .forEach(item -> assertThat(line(waiting, owners, item).poll())
                        .as("seed %d", seed)
                        .isEqualTo(item));
        assertThat(waiting.values()).allMatch(Deque::isEmpty);
    }

    private static Deque<Integer> line(Map<Caller, Deque<Integer>> waiting, Map<Integer, Caller> owners, Integer item) {
        return Objects.requireNonNull(waiting.get(Objects.requireNonNull(owners.get(item))));
    }

    private record Work(int caller, long cost) {}

    @Property(tries = 200)
    void callers_with_work_waiting_get_equal_shares_and_one_that_comes_waits_for_a_bounded_share_of_each(
            @ForAll long seed, @ForAll boolean users) {
        Random random = new Random(seed);
        int dearest = 1 + random.nextInt(6_000);
        int callers = 2 + random.nextInt(6);
        FairQueue<Work> queue = new FairQueue<>();
        for (int caller = 0; caller < callers; caller++) {
            for (int i = 0; i < 60; i++) {
                // Some have cheap ones only, some dear ones.
                long cost = 1 + random.nextInt(caller % 2 == 0 ? dearest : 1 + dearest / 10);
                queue.add(caller(caller, users), new Work(caller, cost), cost);
            }
        }
        long[] served = new long[callers];
        long[] left = new long[callers];
        Arrays.fill(left, 60);
        for (boolean busy = true; busy; ) {
            Work work = Objects.requireNonNull(queue.poll());
            served[work.caller] += work.cost;
            busy = --left[work.caller] > 0;
            for (long one : served) {
                assertThat(served[work.caller] - one).isLessThanOrEqualTo(dearest + 2L * FairQueue.TURN);
            }
        }
        long cost = 1 + random.nextInt(dearest);
        queue.add(caller(callers, users), new Work(callers, cost), cost);
        long[] before = new long[callers + 1];
        for (Work work = queue.poll(); work != null && work.caller != callers; work = queue.poll()) {
            before[work.caller] += work.cost;
        }
        long turns = (cost + FairQueue.TURN - 1) / FairQueue.TURN + 1;
        for (long one : before) {
            assertThat(one).isLessThanOrEqualTo(turns * FairQueue.TURN + dearest);
        }
    }

    private static Caller caller(int number, boolean users) {
        return users ? new Caller("p", "u" + number) : new Caller("p" + number, "u");
    }
}
