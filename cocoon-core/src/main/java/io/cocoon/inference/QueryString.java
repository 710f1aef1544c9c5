package io.cocoon.inference;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The query string of a target, decoded as form data: pairs sorted, {@code +} is a blank, a broken hexadecimal digit
 * counts as 0. 2026 part, section 6.1.
 *
 * @param pairs names and values, sorted
 */
public record QueryString(List<Pair> pairs) {

    /** How many pairs are read; the rest is ignored. */
    public static final int MAX_PAIRS = 256;

    /** One name with its value. */
    public record Pair(String name, String value) {}

    /** Copies the list. */
    public QueryString {
        pairs = List.copyOf(pairs);
    }

    /** Parses the text behind the question mark. */
    public static QueryString parse(String text) {
        List<Pair> pairs = new ArrayList<>();
        int from = 0;
        while (from < text.length() && pairs.size() < MAX_PAIRS) {
            int to = text.indexOf('&', from);
            if (to < 0) {
                to = text.length();
            }
            String pair = text.substring(from, to);
            int equals = pair.indexOf('=');
            pairs.add(
                    equals < 0
                            ? new Pair(decode(pair), "")
                            : new Pair(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1))));
            from = to + 1;
        }
        pairs.sort(Comparator.comparing(Pair::name).thenComparing(Pair::value));
        return new QueryString(pairs);
    }

    /** Returns the smallest value of a name, if there is one. */
    public Optional<String> first(String name) {
        return pairs.stream()
                .filter(pair -> pair.name().equals(name))
                .map(Pair::value)
                .findFirst();
    }

    private static String decode(String text) {
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(raw.length);
        for (int i = 0; i < raw.length; i++) {
            if (raw[i] == '%' && raw.length - i > 2) {
                out.write(digit(raw[i + 1]) << 4 | digit(raw[i + 2]));
                i += 2;
            } else {
                out.write(raw[i] == '+' ? ' ' : raw[i]);
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static int digit(byte c) {
        return Math.max(0, Character.digit(c, 16));
    }
}
