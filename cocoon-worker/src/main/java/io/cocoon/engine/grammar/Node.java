package io.cocoon.engine.grammar;

import java.util.ArrayList;
import java.util.List;

/**
 * A place in a grammar, and the ways on from it: over a byte, for nothing, or through a whole rule. Not changed once the
 * grammar is built.
 */
final class Node {

    /** Stands for what can never be reached. */
    static final int NEVER = Integer.MAX_VALUE / 2;

    /** A way over one byte of a range, or over one marker. */
    record Edge(int from, int to, Node next) {}

    /** A way through a rule and on from {@code behind}. */
    record Call(Rule rule, Node behind) {}

    /** What can be called from several places, itself included. */
    static final class Rule {
        private Node start = new Node();

        Node start() {
            return start;
        }

        void start(Node node) {
            start = node;
        }
    }

    final List<Edge> edges = new ArrayList<>();
    final List<Node> free = new ArrayList<>();
    final List<Call> calls = new ArrayList<>();

    /** How many calls within each other it takes at least to come to the end of the rule. */
    int need = NEVER;
}
