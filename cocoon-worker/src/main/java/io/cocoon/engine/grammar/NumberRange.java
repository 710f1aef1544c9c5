package io.cocoon.engine.grammar;

import org.jspecify.annotations.Nullable;

/** Numbers between bounds, as digits. Bounds are whole; more than 15 digits are not written. */
final class NumberRange {

    private static final long MOST = 999_999_999_999_999L;

    private final Grammar grammar;
    private final JsonGrammar json;

    NumberRange(Grammar grammar, JsonGrammar json) {
        this.grammar = grammar;
        this.json = json;
    }

    /** Whole numbers from {@code least} to {@code most}, null for no bound; null if there are none. */
    @Nullable
    Node integers(@Nullable Long least, @Nullable Long most, Node next) throws SchemaException {
        long from = least == null ? -MOST : Math.max(least, -MOST);
        long to = most == null ? MOST : Math.min(most, MOST);
        Node node = grammar.either();
        if (to >= 0) {
            addRange(node, Math.max(from, 0), to, next);
        }
        if (from < 0) {
            Node minus = grammar.either();
            addRange(minus, Math.max(1, -to), -from, next);
            if (!minus.free.isEmpty()) {
                node.free.add(grammar.oneOf("-", minus));
            }
        }
        return node.free.isEmpty() ? null : node;
    }

    /** Where numbers end. */
    record Bound(long value, boolean isExcluded) {}

    /** Numbers with or without a fraction, null for no bound; null if there are none. */
    @Nullable
    Node numbers(@Nullable Bound least, @Nullable Bound most, Node next) throws SchemaException {
        Bound low = least == null || least.value < -MOST ? new Bound(-MOST, false) : least;
        Bound high = most == null || most.value > MOST ? new Bound(MOST, false) : most;
        Bound zero = new Bound(0, false);
        Node node = grammar.either();
        if (high.value >= 0) {
            addNumbers(node, low.value < 0 ? zero : low, high, next);
        }
        if (low.value < 0) {
            Node minus = grammar.either();
            addNumbers(minus, high.value > 0 ? zero : negative(high), negative(low), next);
            node.free.add(grammar.oneOf("-", minus));
        }
        return node.free.isEmpty() || low.value > high.value ? null : node;
    }

    private static Bound negative(Bound bound) {
        return new Bound(-bound.value, bound.isExcluded);
    }

    private void addNumbers(Node node, Bound low, Bound high, Node next) throws SchemaException {
        Node fraction = grammar.either(next, grammar.oneOf(".", json.digits(1, 15, next)));
        Node zeros = grammar.either(next, grammar.oneOf(".", grammar.repeat(this::zero, 1, 15, next)));
        if (low.value == high.value && !low.isExcluded && !high.isExcluded) {
            addRange(node, low.value, low.value, zeros);
        }
        if (low.value < high.value) {
            // What is above a bound by less than one has a digit that is not zero in its fraction.
            Node more = grammar.oneOf(
                    ".", grammar.repeat(this::zero, 0, 7, grammar.bytes('1', '9', json.digits(0, 7, next))));
            addRange(node, low.value, low.value, low.isExcluded ? more : fraction);
            addRange(node, low.value + 1, high.value - 1, fraction);
            if (!high.isExcluded) {
                // Without a fraction, which would lead out of the range.
                addRange(node, high.value, high.value, zeros);
            }
        }
    }

    private Node zero(Node next) throws SchemaException {
        return grammar.oneOf("0", next);
    }

    private void addRange(Node node, long from, long to, Node next) throws SchemaException {
        if (from > to) {
            return;
        }
        for (int length = Long.toString(from).length();
                length <= Long.toString(to).length();
                length++) {
            long lowest = length == 1 ? 0 : power(length - 1);
            String low = Long.toString(Math.max(from, lowest));
            String high = Long.toString(Math.min(to, power(length) - 1));
            node.free.add(between(low, high, next));
        }
    }

    private static long power(int digits) {
        long power = 1;
        for (int i = 0; i < digits; i++) {
            power *= 10;
        }
        return power;
    }

    /** Digits of one length, from one number to another. */
    private Node between(String low, String high, Node next) throws SchemaException {
        int rest = low.length() - 1;
        if (low.isEmpty()) {
            return next;
        }
        char first = low.charAt(0);
        char last = high.charAt(0);
        String nines = "9".repeat(rest);
        String zeros = "0".repeat(rest);
        if (first == last) {
            return grammar.bytes(first, first, between(low.substring(1), high.substring(1), next));
        }
        boolean lowIsWhole = low.substring(1).equals(zeros);
        boolean highIsWhole = high.substring(1).equals(nines);
        Node node = grammar.either();
        if (!lowIsWhole) {
            node.free.add(grammar.bytes(first, first, between(low.substring(1), nines, next)));
        }
        if (!highIsWhole) {
            node.free.add(grammar.bytes(last, last, between(zeros, high.substring(1), next)));
        }
        int from = lowIsWhole ? first : first + 1;
        int to = highIsWhole ? last : last - 1;
        if (from <= to) {
            node.free.add(grammar.bytes(from, to, json.digits(rest, rest, next)));
        }
        return node;
    }
}
