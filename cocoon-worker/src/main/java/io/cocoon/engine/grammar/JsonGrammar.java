package io.cocoon.engine.grammar;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The parts that JSON is made of. Numbers and white space are bounded, so that no answer is endless in them. */
final class JsonGrammar {

    /** A value of any kind has numbers that a double and a long can hold. */
    private static final int MOST_DIGITS = 15;

    /** How far a line may be indented. */
    private static final int MOST_SPACES = 40;

    private final Grammar grammar;
    private Node.@Nullable Rule space;
    private Node.@Nullable Rule character;
    private Node.@Nullable Rule text;
    private Node.@Nullable Rule value;
    private Node.@Nullable Rule object;
    private Node.@Nullable Rule array;

    JsonGrammar(Grammar grammar) {
        this.grammar = grammar;
    }

    /** Nothing, a space, or a new line with its indentation. */
    Node space(Node next) throws SchemaException {
        Node.Rule rule = space;
        if (rule == null) {
            rule = new Node.Rule();
            space = rule;
            Node end = grammar.end();
            rule.start(grammar.either(
                    end,
                    grammar.oneOf(" ", end),
                    grammar.oneOf("\n", grammar.repeat(n -> grammar.oneOf(" ", n), 0, MOST_SPACES, end))));
        }
        return grammar.call(rule, next);
    }

    /** One character within quotes: itself, or escaped. Half of a pair of surrogates never stands alone. */
    Node character(Node next) throws SchemaException {
        Node.Rule rule = character;
        if (rule == null) {
            rule = new Node.Rule();
            character = rule;
            Node end = grammar.end();
            rule.start(grammar.either(plain(0, end), grammar.bytes('\\', '\\', escaped(end))));
        }
        return grammar.call(rule, next);
    }

    private Node escaped(Node end) throws SchemaException {
        Node low = grammar.text("\\u", grammar.oneOf("dD", grammar.oneOf("cdefCDEF", hex(2, end))));
        return grammar.either(
                grammar.oneOf("\"\\/bfnrt", end),
                grammar.oneOf(
                        "u",
                        grammar.either(
                                grammar.oneOf("0123456789abcefABCEF", hex(3, end)),
                                grammar.oneOf(
                                        "dD",
                                        grammar.either(
                                                grammar.oneOf("01234567", hex(2, end)),
                                                grammar.oneOf("89abAB", hex(2, low)))))));
    }

    Node hex(int count, Node next) throws SchemaException {
        return grammar.repeat(n -> grammar.oneOf("0123456789abcdefABCDEF", n), count, count, next);
    }

    /** A character that stands for itself, its first byte not below {@code from}; in UTF-8, each in its one form. */
    private Node plain(int from, Node end) throws SchemaException {
        Node one = grammar.bytes(0x80, 0xbf, end);
        Node two = grammar.bytes(0x80, 0xbf, one);
        Node node = grammar.either();
        if (from < 0x80) {
            ascii(node, " !", end);
            node.edges.add(new Node.Edge('#', '[', end));
            node.edges.add(new Node.Edge(']', 0x7f, end));
        }
        node.edges.add(new Node.Edge(0xc2, 0xdf, one));
        node.edges.add(new Node.Edge(0xe0, 0xe0, grammar.bytes(0xa0, 0xbf, one)));
        node.edges.add(new Node.Edge(0xe1, 0xec, two));
        node.edges.add(new Node.Edge(0xed, 0xed, grammar.bytes(0x80, 0x9f, one)));
        node.edges.add(new Node.Edge(0xee, 0xef, two));
        node.edges.add(new Node.Edge(0xf0, 0xf0, grammar.bytes(0x90, 0xbf, two)));
        node.edges.add(new Node.Edge(0xf1, 0xf3, grammar.bytes(0x80, 0xbf, two)));
        node.edges.add(new Node.Edge(0xf4, 0xf4, grammar.bytes(0x80, 0x8f, two)));
        return node;
    }

    private static void ascii(Node node, String characters, Node next) {
        for (char c : characters.toCharArray()) {
            node.edges.add(new Node.Edge(c, c, next));
        }
    }

    /** A text in quotes with a number of characters; {@code most} is -1 for any. */
    Node text(int least, int most, Node next) throws SchemaException {
        return quoted(n -> grammar.repeat(this::character, least, most, n), next);
    }

    Node quoted(Grammar.Part content, Node next) throws SchemaException {
        return grammar.oneOf("\"", content.before(grammar.oneOf("\"", next)));
    }

    /**
     * A name in quotes that is none of some others.
     *
     * @param others ASCII without quotes and backslashes
     */
    Node nameBut(List<String> others, Node next) throws SchemaException {
        Node close = grammar.oneOf("\"", next);
        // No escapes: one could spell a name that is excluded.
        Node free = grammar.either(close);
        free.free.add(plain(0, free));
        return grammar.oneOf("\"", nameBut(others, 0, free, close));
    }

    private Node nameBut(List<String> others, int at, Node free, Node close) throws SchemaException {
        Node node = grammar.either(plain(0x80, free));
        if (others.stream().noneMatch(name -> name.length() == at)) {
            node.free.add(close);
        }
        for (char c = ' '; c < 0x80; c++) {
            char here = c;
            List<String> same = others.stream()
                    .filter(name -> name.length() > at && name.charAt(at) == here)
                    .toList();
            if (c != '"' && c != '\\') {
                node.edges.add(new Node.Edge(c, c, same.isEmpty() ? free : nameBut(same, at + 1, free, close)));
            }
        }
        return node;
    }

    /** A number, with or without fraction and exponent. */
    Node number(Node next) throws SchemaException {
        Node exponent =
                grammar.oneOf("eE", grammar.either(digits(1, 2, next), grammar.oneOf("+-", digits(1, 2, next))));
        Node end = grammar.either(next, exponent);
        Node fraction = grammar.either(end, grammar.oneOf(".", digits(1, MOST_DIGITS, end)));
        return signed(fraction);
    }

    Node integer(Node next) throws SchemaException {
        return signed(next);
    }

    private Node signed(Node next) throws SchemaException {
        Node whole =
                grammar.either(grammar.oneOf("0", next), grammar.bytes('1', '9', digits(0, MOST_DIGITS - 1, next)));
        return grammar.either(whole, grammar.oneOf("-", whole));
    }

    Node digits(int least, int most, Node next) throws SchemaException {
        return grammar.repeat(n -> grammar.bytes('0', '9', n), least, most, next);
    }

    Node.Rule value() throws SchemaException {
        Node.Rule rule = value;
        if (rule == null) {
            rule = new Node.Rule();
            value = rule;
            Node end = grammar.end();
            rule.start(grammar.either(
                    anyText(end),
                    number(end),
                    grammar.text("true", end),
                    grammar.text("false", end),
                    grammar.text("null", end),
                    grammar.call(object(), end),
                    grammar.call(array(), end)));
        }
        return rule;
    }

    Node anyText(Node next) throws SchemaException {
        Node.Rule rule = text;
        if (rule == null) {
            rule = new Node.Rule();
            text = rule;
            rule.start(text(0, -1, grammar.end()));
        }
        return grammar.call(rule, next);
    }

    Node.Rule object() throws SchemaException {
        Node.Rule rule = object;
        if (rule == null) {
            rule = new Node.Rule();
            object = rule;
            Node end = grammar.oneOf("}", grammar.end());
            rule.start(grammar.oneOf("{", list(n -> anyText(colon(grammar.call(value(), n))), end)));
        }
        return rule;
    }

    Node.Rule array() throws SchemaException {
        Node.Rule rule = array;
        if (rule == null) {
            rule = new Node.Rule();
            array = rule;
            Node end = grammar.oneOf("]", grammar.end());
            rule.start(grammar.oneOf("[", list(n -> grammar.call(value(), n), end)));
        }
        return rule;
    }

    /** Any number of items with commas between, and space around all. */
    Node list(Grammar.Part item, Node end) throws SchemaException {
        Node close = space(end);
        Node more = grammar.repeat(n -> comma(item.before(n)), 0, -1, close);
        return grammar.either(space(item.before(more)), close);
    }

    Node comma(Node next) throws SchemaException {
        return grammar.oneOf(",", space(next));
    }

    Node colon(Node next) throws SchemaException {
        return space(grammar.oneOf(":", space(next)));
    }
}
