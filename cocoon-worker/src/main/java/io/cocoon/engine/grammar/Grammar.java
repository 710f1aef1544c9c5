package io.cocoon.engine.grammar;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What texts are allowed, as bytes. Immutable once built, but for one thread at a time while it is.
 *
 * <p>It is put together from its end: every method takes the place where to go on and returns where to begin.
 */
public final class Grammar {

    /** The largest grammar: far more than a reasonable schema takes, and some 10 MiB. */
    static final int MAX_NODES = 50_000;

    private final List<Node> nodes = new ArrayList<>();
    private final Node end = new Node();
    private Node start = end;

    Grammar() {
        nodes.add(end);
        end.need = 0;
    }

    Node start() {
        return start;
    }

    /** Where every rule ends. */
    Node end() {
        return end;
    }

    private Node node() throws SchemaException {
        if (nodes.size() >= MAX_NODES) {
            throw new SchemaException("the schema is too large: its grammar has more than " + MAX_NODES + " places");
        }
        Node node = new Node();
        nodes.add(node);
        return node;
    }

    Node bytes(int from, int to, Node next) throws SchemaException {
        Node node = node();
        node.edges.add(new Node.Edge(from, to, next));
        return node;
    }

    /** One of some ASCII characters. */
    Node oneOf(String characters, Node next) throws SchemaException {
        Node node = node();
        for (char c : characters.toCharArray()) {
            node.edges.add(new Node.Edge(c, c, next));
        }
        return node;
    }

    Node text(String text, Node next) throws SchemaException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Node at = next;
        for (int i = bytes.length - 1; i >= 0; i--) {
            at = bytes(bytes[i] & 0xff, bytes[i] & 0xff, at);
        }
        return at;
    }

    Node either(List<Node> ways) throws SchemaException {
        Node node = node();
        node.free.addAll(ways);
        return node;
    }

    Node either(Node... ways) throws SchemaException {
        return either(List.of(ways));
    }

    Node call(Node.Rule rule, Node behind) throws SchemaException {
        Node node = node();
        node.calls.add(new Node.Call(rule, behind));
        return node;
    }

    /** Builds something in front of a place. */
    interface Part {
        Node before(Node next) throws SchemaException;
    }

    /**
     * A part again and again.
     *
     * @param most how often at most; -1 for any number
     */
    Node repeat(Part part, int least, int most, Node next) throws SchemaException {
        Node at = next;
        if (most < 0) {
            Node loop = node();
            loop.free.add(part.before(loop));
            loop.free.add(next);
            at = loop;
        }
        for (int i = most - Math.max(least, 0); i > 0; i--) {
            at = either(part.before(at), next);
        }
        for (int i = 0; i < least; i++) {
            at = part.before(at);
        }
        return at;
    }

    /** Finishes it. */
    Grammar startingAt(Node node) throws SchemaException {
        start = node;
        for (boolean changed = true; changed; ) {
            changed = false;
            // What is behind a place was made before it, so that few rounds are enough.
            for (Node each : nodes) {
                int need = need(each);
                changed |= need < each.need;
                each.need = Math.min(need, each.need);
            }
        }
        if (start.need > Automaton.MAX_DEPTH) {
            throw new SchemaException("no document of finite depth fits the schema");
        }
        return this;
    }

    private static int need(Node node) {
        int least = node.need;
        for (Node.Edge edge : node.edges) {
            least = Math.min(least, edge.next().need);
        }
        for (Node next : node.free) {
            least = Math.min(least, next.need);
        }
        for (Node.Call call : node.calls) {
            least = Math.min(least, Math.max(1 + call.rule().start().need, call.behind().need));
        }
        return least;
    }
}
