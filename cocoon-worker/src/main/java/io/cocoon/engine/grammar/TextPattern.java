package io.cocoon.engine.grammar;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * What a regular expression allows within the quotes of a JSON text. Of the syntax of ECMA-262, which JSON Schema names:
 * characters and their escapes, classes, groups, alternatives, and counts; anchors at the ends of the expression or of its
 * alternatives. Without an anchor, anything may stand there. Not supported, because no grammar has a place for them: looking
 * around, references to groups, borders of words, classes by Unicode property.
 *
 * <p>A character is a code point, and has one form in the text: itself, or its shortest escape.
 */
final class TextPattern {

    /** No expression that a person wrote is longer. */
    static final int MAX_LENGTH = 4_096;

    private static final int MAX_GROUPS = 64;
    private static final int LAST = Character.MAX_CODE_POINT;
    private static final int DELETE = 0x7f;
    private static final String ESCAPED = "\"\\\b\f\n\r\t";
    private static final String ESCAPES = "\"\\bfnrt";

    private static final int[] DIGITS = ranges('0', '9');
    private static final int[] WORD = ranges('0', '9', 'A', 'Z', '_', '_', 'a', 'z');
    private static final int[] SPACE = ranges(
            '\t', '\r', ' ', ' ', 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f, 0x205f,
            0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff);
    private static final int[] LINE_END = ranges('\n', '\n', '\r', '\r', 0x2028, 0x2029);

    private final Grammar grammar;
    private final JsonGrammar json;
    private final String source;
    private int at;
    private int groups;

    private TextPattern(Grammar grammar, JsonGrammar json, String source) {
        this.grammar = grammar;
        this.json = json;
        this.source = source;
    }

    /**
     * Reads an expression.
     *
     * @return what stands between the quotes
     * @throws SchemaException if it is none, or uses what is not supported; the message says where
     */
    static Grammar.Part read(Grammar grammar, JsonGrammar json, String source) throws SchemaException {
        if (source.length() > MAX_LENGTH) {
            throw new SchemaException(
                    "a pattern of " + source.length() + " characters; at most " + MAX_LENGTH + " are read");
        }
        return new TextPattern(grammar, json, source).whole();
    }

    private SchemaException problem(String what) {
        return new SchemaException("the pattern '" + source + "' at character " + (at + 1) + ": " + what);
    }

    private boolean take(char c) {
        boolean is = at < source.length() && source.charAt(at) == c;
        at += is ? 1 : 0;
        return is;
    }

    private boolean isAt(char c) {
        return at < source.length() && source.charAt(at) == c;
    }

    private Grammar.Part whole() throws SchemaException {
        List<Grammar.Part> ways = new ArrayList<>();
        do {
            boolean fromStart = take('^');
            Grammar.Part way = sequence();
            boolean toEnd = take('$');
            ways.add(next -> {
                Node end = toEnd ? next : anything(next);
                Node begin = way.before(end);
                return fromStart ? begin : anything(begin);
            });
        } while (take('|'));
        if (at < source.length()) {
            throw problem(isAt(')') ? "a bracket too many" : "an anchor is supported at the ends only");
        }
        return oneOf(ways);
    }

    private Node anything(Node next) throws SchemaException {
        return grammar.repeat(json::character, 0, -1, next);
    }

    private Grammar.Part oneOf(List<Grammar.Part> ways) {
        return next -> {
            List<Node> nodes = new ArrayList<>();
            for (Grammar.Part way : ways) {
                nodes.add(way.before(next));
            }
            return grammar.either(nodes);
        };
    }

    private Grammar.Part sequence() throws SchemaException {
        List<Grammar.Part> parts = new ArrayList<>();
        while (at < source.length() && "|)$^".indexOf(source.charAt(at)) < 0) {
            parts.add(counted(single()));
        }
        return next -> {
            Node node = next;
            for (int i = parts.size() - 1; i >= 0; i--) {
                node = parts.get(i).before(node);
            }
            return node;
        };
    }

    private Grammar.Part counted(Grammar.Part part) throws SchemaException {
        int least;
        int most;
        if (take('*')) {
            least = 0;
            most = -1;
        } else if (take('+')) {
            least = 1;
            most = -1;
        } else if (take('?')) {
            least = 0;
            most = 1;
        } else if (take('{')) {
            least = count();
            most = take(',') ? isAt('}') ? -1 : count() : least;
            if (!take('}')) {
                throw problem("wanted '}' behind a count");
            }
            if (most >= 0 && most < least) {
                throw problem("counts from " + least + " to " + most);
            }
        } else {
            return part;
        }
        // Which of several ways a text takes first does not matter: the same texts fit.
        take('?');
        if (at < source.length() && "*+?{".indexOf(source.charAt(at)) >= 0) {
            throw problem("a count of a count");
        }
        return next -> grammar.repeat(part, least, most, next);
    }

    private int count() throws SchemaException {
        int from = at;
        while (at < source.length() && source.charAt(at) >= '0' && source.charAt(at) <= '9') {
            at++;
        }
        if (from == at || at - from > 5) {
            throw problem("wanted a count of one to five digits");
        }
        return Integer.parseInt(source, from, at, 10);
    }

    private Grammar.Part single() throws SchemaException {
        if (take('(')) {
            return group();
        }
        if (take('[')) {
            return characters(set());
        }
        if (take('.')) {
            return characters(all(LINE_END));
        }
        if (take('\\')) {
            return characters(escape(false));
        }
        if ("*+?{".indexOf(source.charAt(at)) >= 0) {
            throw problem("a count of nothing");
        }
        return characters(literal());
    }

    private Grammar.Part group() throws SchemaException {
        if (take('?') && !take(':')) {
            throw problem("of groups that begin with (? only (?: is supported");
        }
        if (++groups > MAX_GROUPS) {
            throw problem("more than " + MAX_GROUPS + " groups within each other");
        }
        List<Grammar.Part> ways = new ArrayList<>();
        do {
            ways.add(sequence());
        } while (take('|'));
        if (!take(')')) {
            throw problem(at < source.length() ? "an anchor is supported at the ends only" : "a group has no end");
        }
        groups--;
        return oneOf(ways);
    }

    private int[] literal() {
        int c = source.codePointAt(at);
        at += Character.charCount(c);
        return ranges(c, c);
    }

    /** A class, behind its opening bracket. */
    private int[] set() throws SchemaException {
        boolean others = take('^');
        List<int[]> members = new ArrayList<>();
        while (!take(']')) {
            int[] first = member();
            if (!isAt('-') || at + 1 >= source.length() || source.charAt(at + 1) == ']') {
                members.add(first);
                continue;
            }
            at++;
            int[] last = member();
            if (!isSingle(first) || !isSingle(last) || first[0] > last[0]) {
                throw problem("a range goes from one character to a later one");
            }
            members.add(ranges(first[0], last[0]));
        }
        int[] set = union(members);
        return others ? all(set) : set;
    }

    private int[] member() throws SchemaException {
        if (at >= source.length()) {
            throw problem("a class has no end");
        }
        return take('\\') ? escape(true) : literal();
    }

    /** What stands behind a backslash. */
    private int[] escape(boolean inClass) throws SchemaException {
        if (at >= source.length()) {
            throw problem("ends with a backslash");
        }
        char c = source.charAt(at++);
        return switch (c) {
            case 'd' -> DIGITS;
            case 'D' -> all(DIGITS);
            case 'w' -> WORD;
            case 'W' -> all(WORD);
            case 's' -> SPACE;
            case 'S' -> all(SPACE);
            case 'n' -> ranges('\n', '\n');
            case 'r' -> ranges('\r', '\r');
            case 't' -> ranges('\t', '\t');
            case 'f' -> ranges('\f', '\f');
            case 'v' -> ranges(0x0b, 0x0b);
            case 'x' -> hex(2);
            case 'u' -> hex(4);
            default -> {
                boolean isBackspace = c == 'b' && inClass;
                if (!isBackspace && (Character.isLetterOrDigit(c) || c > DELETE)) {
                    at--;
                    throw problem("'\\" + c + "' is not supported");
                }
                yield isBackspace ? ranges('\b', '\b') : ranges(c, c);
            }
        };
    }

    private int[] hex(int digits) throws SchemaException {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = at < source.length() ? Character.digit(source.charAt(at), 16) : -1;
            if (digit < 0) {
                throw problem("wanted " + digits + " hexadecimal digits");
            }
            value = value * 16 + digit;
            at++;
        }
        if (value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE) {
            throw problem("half of a character; write the character itself");
        }
        return ranges(value, value);
    }

    /** A set of characters: first and last of each range, in order, with gaps between. A bit for each would take 140 KiB. */
    private static int[] ranges(int... bounds) {
        return bounds;
    }

    private static boolean isSingle(int[] set) {
        return set.length == 2 && set[0] == set[1];
    }

    private static int[] union(List<int[]> sets) {
        List<int[]> all = new ArrayList<>();
        for (int[] set : sets) {
            for (int i = 0; i < set.length; i += 2) {
                all.add(new int[] {set[i], set[i + 1]});
            }
        }
        all.sort(Comparator.comparingInt(range -> range[0]));
        int[] merged = new int[2 * all.size()];
        int size = 0;
        for (int[] range : all) {
            if (size > 0 && range[0] <= merged[size - 1] + 1) {
                merged[size - 1] = Math.max(merged[size - 1], range[1]);
            } else {
                merged[size++] = range[0];
                merged[size++] = range[1];
            }
        }
        return Arrays.copyOf(merged, size);
    }

    private static int[] all(int[] but) {
        int[] others = new int[but.length + 2];
        int size = 0;
        int from = 0;
        for (int i = 0; i < but.length; i += 2) {
            if (from < but[i]) {
                others[size++] = from;
                others[size++] = but[i] - 1;
            }
            from = but[i + 1] + 1;
        }
        if (from <= LAST) {
            others[size++] = from;
            others[size++] = LAST;
        }
        return Arrays.copyOf(others, size);
    }

    /** As a rule, so that a count of a large class costs one place for each. */
    private Grammar.Part characters(int[] set) throws SchemaException {
        Node.Rule rule = new Node.Rule();
        Node node = grammar.either();
        for (int i = 0; i < set.length; i += 2) {
            int from = set[i];
            int to = set[i + 1];
            range(node, from, Math.min(to, DELETE), grammar.end());
            wide(node, Math.max(from, DELETE + 1), Math.min(to, Character.MIN_SURROGATE - 1), grammar.end());
            wide(node, Math.max(from, Character.MAX_SURROGATE + 1), to, grammar.end());
        }
        rule.start(node);
        return next -> grammar.call(rule, next);
    }

    /** Of ASCII: as it is, but for what has to be escaped. */
    private void range(Node node, int from, int to, Node next) throws SchemaException {
        for (int c = from; c <= to; c++) {
            int escape = ESCAPED.indexOf(c);
            if (escape >= 0) {
                node.free.add(grammar.text("\\" + ESCAPES.charAt(escape), next));
            } else if (c < ' ') {
                node.free.add(grammar.text(String.format("\\u%04x", c), next));
            } else {
                node.edges.add(new Node.Edge(c, c, next));
            }
        }
    }

    /** Of what UTF-8 writes with two bytes or more: ranges of one length are cut where all but the first byte go round. */
    private void wide(Node node, int from, int to, Node next) throws SchemaException {
        if (from > to) {
            return;
        }
        int last = from < 0x800 ? 0x7ff : from < 0x10000 ? 0xffff : LAST;
        int end = Math.min(to, last);
        int bytes = from < 0x800 ? 2 : from < 0x10000 ? 3 : 4;
        node.free.add(tail(from, end, bytes, bytes, next));
        wide(node, end + 1, to, next);
    }

    /** The last {@code left} bytes of the code points of a range that have the same bytes before. */
    private Node tail(int from, int to, int left, int bytes, Node next) throws SchemaException {
        if (left == 0) {
            return next;
        }
        int shift = 6 * (left - 1);
        int first = from >> shift;
        int last = to >> shift;
        int rest = (1 << shift) - 1;
        if (first == last) {
            int b = lead(first, left, bytes);
            return grammar.bytes(b, b, tail(from & rest, to & rest, left - 1, bytes, next));
        }
        Node node = grammar.either();
        int begin = first;
        int end = last;
        if ((from & rest) != 0) {
            int b = lead(begin, left, bytes);
            node.free.add(grammar.bytes(b, b, tail(from & rest, rest, left - 1, bytes, next)));
            begin++;
        }
        if ((to & rest) != rest) {
            int b = lead(end, left, bytes);
            node.free.add(grammar.bytes(b, b, tail(0, to & rest, left - 1, bytes, next)));
            end--;
        }
        if (begin <= end) {
            node.free.add(grammar.bytes(
                    lead(begin, left, bytes), lead(end, left, bytes), tail(0, rest, left - 1, bytes, next)));
        }
        return node;
    }

    /** A byte of UTF-8 with its mark: the first one of a character tells how many there are. */
    private static int lead(int bits, int left, int bytes) {
        if (left < bytes) {
            return 0x80 | bits;
        }
        return (bytes == 2 ? 0xc0 : bytes == 3 ? 0xe0 : 0xf0) | bits;
    }
}
