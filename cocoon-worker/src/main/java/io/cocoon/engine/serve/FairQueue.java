package io.cocoon.engine.serve;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What waits, by caller: deficit round robin over proxies, and over the users of each (Shreedhar and Varghese, "Efficient fair
 * queueing using deficit round robin", 1995; engine dossier 10). While two proxies have something waiting, what they get differs by no
 * more than a few of the dearest entries, however much each of them has queued; and so for two users of a proxy. The entries of one
 * caller keep their order.
 *
 * <p>Not thread-safe.
 */
final class FairQueue<T> {

    /** What a turn is worth. A small one is fairer, a large one takes fewer turns. */
    static final int TURN = 256;

    private record Entry<T>(T item, long cost) {}

    /** What takes turns. Never empty. */
    private interface Source<T> {

        /** Returns the entry that is next; the same one until it is taken, removed, or another one is put in front of it. */
        Entry<T> first();

        /** Takes the entry that is next. */
        void takeFirst();

        boolean isEmpty();

        void removeIf(Predicate<T> filter, List<T> removed);
    }

    /** The entries of one caller. */
    private static final class Line<T> implements Source<T> {
        private final Deque<Entry<T>> entries = new ArrayDeque<>();

        @Override
        public Entry<T> first() {
            return entries.getFirst();
        }

        @Override
        public void takeFirst() {
            entries.removeFirst();
        }

        @Override
        public boolean isEmpty() {
            return entries.isEmpty();
        }

        @Override
        public void removeIf(Predicate<T> filter, List<T> removed) {
            entries.removeIf(entry -> filter.test(entry.item) && removed.add(entry.item));
        }
    }

    /** Several that take turns. Whoever has nothing left leaves, and what it has saved is gone. */
    private static final class Ring<S extends Source<T>, T> implements Source<T> {

        private final class Member {
            private final String name;
            private final S source;
            private long saved;

            private Member(String name, S source) {
                this.name = name;
                this.source = source;
            }
        }

        private final Deque<Member> turns = new ArrayDeque<>();
        private final Map<String, Member> members = new HashMap<>();

        @Nullable
        S find(String name) {
            Member member = members.get(name);
            return member == null ? null : member.source;
        }

        S join(String name, S source) {
            Member member = new Member(name, source);
            members.put(name, member);
            turns.add(member);
            return source;
        }

        /** Passes the turn on until somebody can pay for what is next. */
        private Member turn() {
            while (true) {
                Member member = turns.getFirst();
                if (member.source.first().cost <= member.saved) {
                    return member;
                }
                member.saved += TURN;
                turns.add(turns.removeFirst());
            }
        }

        @Override
        public Entry<T> first() {
            return turn().source.first();
        }

        @Override
        public void takeFirst() {
            Member member = turn();
            member.saved -= member.source.first().cost;
            member.source.takeFirst();
            leaveIfEmpty(member);
        }

        private void leaveIfEmpty(Member member) {
            if (member.source.isEmpty()) {
                turns.remove(member);
                members.remove(member.name);
            }
        }

        @Override
        public boolean isEmpty() {
            return turns.isEmpty();
        }

        @Override
        public void removeIf(Predicate<T> filter, List<T> removed) {
            for (Member member : List.copyOf(turns)) {
                member.source.removeIf(filter, removed);
                leaveIfEmpty(member);
            }
        }
    }

    private final Ring<Ring<Line<T>, T>, T> proxies = new Ring<>();
    private int size;

    private Line<T> line(Caller caller) {
        Ring<Line<T>, T> users = proxies.find(caller.proxy());
        Line<T> line = users == null ? null : users.find(caller.user());
        size++;
        if (line != null) {
            return line;
        }
        // The line is put in before anybody looks: a source is never empty.
        return (users == null ? proxies.join(caller.proxy(), new Ring<>()) : users).join(caller.user(), new Line<>());
    }

    /** Puts an item behind those of its caller. */
    void add(Caller caller, T item, long cost) {
        line(caller).entries.addLast(new Entry<>(item, cost));
    }

    /** Puts an item in front of those of its caller. */
    void addFirst(Caller caller, T item, long cost) {
        line(caller).entries.addFirst(new Entry<>(item, cost));
    }

    /** Returns the item that is next, or null if there is none. It stays the next one whatever others add behind theirs. */
    @Nullable
    T peek() {
        return isEmpty() ? null : proxies.first().item;
    }

    /** Takes the item that {@link #peek} returns. */
    @Nullable
    T poll() {
        T next = peek();
        if (next != null) {
            proxies.takeFirst();
            size--;
        }
        return next;
    }

    /** Takes out all items that are meant, and returns them. */
    List<T> removeIf(Predicate<T> filter) {
        List<T> removed = new ArrayList<>();
        proxies.removeIf(filter, removed);
        size -= removed.size();
        return removed;
    }

    int size() {
        return size;
    }

    boolean isEmpty() {
        return size == 0;
    }
}
