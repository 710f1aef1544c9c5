package io.cocoon.engine.grammar;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Walks a grammar byte by byte. A state is the set of all places where a text may be, each with the rules that it is in, so that
 * nothing has to be guessed. States and ways are made when they are first needed and kept. For one thread.
 *
 * <p>No state is a dead end: a place from which the text cannot be brought to an end within the limit of depth is never entered.
 */
final class Automaton {

    /** Symbols are bytes, and from here on tokens that are no text. */
    static final int FIRST_MARKER = 256;

    private static final int SYMBOLS = FIRST_MARKER + 2;

    /** How many rules may be within each other. A level of JSON takes two or three. */
    static final int MAX_DEPTH = 128;

    /** How many states are kept; a free text needs a few dozen. */
    private static final int MAX_STATES = 4_096;

    /** How many places are looked at for one answer: some seconds. A schema with very many alternatives that begin alike needs so. */
    private static final long MAX_WORK = 50_000_000;

    /** Where to go on behind a rule. Equal ones are the same object, so that identity compares them. */
    private record Frame(Node behind, @Nullable Frame below, int depth) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Frame frame && behind == frame.behind && below == frame.below;
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(behind) + System.identityHashCode(below);
        }
    }

    private record Place(Node node, @Nullable Frame stack) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Place place && node == place.node && stack == place.stack;
        }

        @Override
        public int hashCode() {
            return 31 * System.identityHashCode(node) + System.identityHashCode(stack);
        }
    }

    /** Where a text may be. */
    final class State {
        private final Set<Place> places;
        private final boolean accepts;
        private final @Nullable State[] next = new State[SYMBOLS];
        private @Nullable BitSet tokens;

        private State(Set<Place> places, boolean accepts) {
            this.places = places;
            this.accepts = accepts;
        }

        /** Returns whether the text may end here. */
        boolean accepts() {
            return accepts;
        }

        /** Returns whether no byte can follow. */
        boolean isFinal() {
            return places.isEmpty();
        }

        /** Returns where a byte or a marker leads, or null if it must not follow. */
        @Nullable
        State next(int b) {
            if (next[b] == null) {
                fill(b);
            }
            State known = next[b];
            return known == nowhere ? null : known;
        }

        /** Fills in a byte and those around it that lead the same ways. */
        private void fill(int b) {
            int from = 0;
            int to = SYMBOLS - 1;
            List<Place> reached = new ArrayList<>();
            for (Place place : places) {
                for (Node.Edge edge : place.node.edges) {
                    if (b < edge.from()) {
                        to = Math.min(to, edge.from() - 1);
                    } else if (b > edge.to()) {
                        from = Math.max(from, edge.to() + 1);
                    } else {
                        from = Math.max(from, edge.from());
                        to = Math.min(to, edge.to());
                        reached.add(new Place(edge.next(), place.stack));
                    }
                }
            }
            State target = state(reached);
            Arrays.fill(next, from, to + 1, target.isFinal() && !target.accepts ? nowhere : target);
        }

        /** Returns what {@link #keep} got, or null. */
        @Nullable
        BitSet kept() {
            return tokens;
        }

        void keep(BitSet value) {
            tokens = value;
        }
    }

    private final State nowhere = new State(Set.of(), false);
    private final Grammar grammar;
    private final Map<Frame, Frame> frames = new HashMap<>();
    private final Map<Set<Place>, State> states = new HashMap<>();
    private final Map<Set<Place>, State> accepting = new HashMap<>();

    private long work;

    Automaton(Grammar grammar) {
        this.grammar = grammar;
    }

    State start() {
        return state(List.of(new Place(grammar.start(), null)));
    }

    /** Goes every way that costs no byte. */
    private State state(List<Place> reached) {
        Set<Place> seen = new HashSet<>();
        Set<Place> kept = new HashSet<>();
        Deque<Place> open = new ArrayDeque<>(reached);
        boolean accepts = false;
        while (!open.isEmpty()) {
            Place place = open.remove();
            int depth = place.stack == null ? 0 : place.stack.depth;
            if (depth + place.node.need > MAX_DEPTH || !seen.add(place)) {
                continue;
            }
            if (++work > MAX_WORK) {
                throw new IllegalStateException("the schema has too many alternatives that begin alike");
            }
            Node node = place.node;
            if (node == grammar.end()) {
                accepts |= place.stack == null;
                if (place.stack != null) {
                    open.add(new Place(place.stack.behind, place.stack.below));
                }
            }
            if (!node.edges.isEmpty()) {
                kept.add(place);
            }
            node.free.forEach(next -> open.add(new Place(next, place.stack)));
            for (Node.Call call : node.calls) {
                if (depth + call.behind().need <= MAX_DEPTH) {
                    Frame frame = frame(call.behind(), place.stack, depth + 1);
                    open.add(new Place(call.rule().start(), frame));
                }
            }
        }
        return interned(kept, accepts);
    }

    private Frame frame(Node behind, @Nullable Frame below, int depth) {
        Frame frame = new Frame(behind, below, depth);
        Frame known = frames.putIfAbsent(frame, frame);
        return known == null ? frame : known;
    }

    private State interned(Set<Place> places, boolean accepts) {
        if (states.size() + accepting.size() > MAX_STATES) {
            // What is still in use lives on; equal states that come later are other objects, which costs time only.
            states.clear();
            accepting.clear();
            frames.clear();
        }
        return (accepts ? accepting : states).computeIfAbsent(places, set -> new State(set, accepts));
    }
}
