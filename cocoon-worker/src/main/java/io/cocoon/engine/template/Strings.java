package io.cocoon.engine.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Python's string functions on texts that keep their origin. */
final class Strings {

    private Strings() {}

    /** White space as {@code str.strip} sees it. */
    private static boolean isSpace(char c) {
        return c <= ' ' && (c == ' ' || c >= '\t' && c <= '\r' || c >= 0x1c)
                || c == 0x85
                || c == 0xa0
                || Character.isSpaceChar(c);
    }

    /** @param chars which characters go, or null for white space */
    static Text strip(Run run, Text text, @Nullable Text chars, boolean left, boolean right) {
        run.chargeText((long) text.length() * (chars == null ? 1 : 1 + chars.length()));
        int from = 0;
        int to = text.length();
        while (left && from < to && goes(text.chars().charAt(from), chars)) {
            from++;
        }
        while (right && to > from && goes(text.chars().charAt(to - 1), chars)) {
            to--;
        }
        return text.substring(from, to);
    }

    private static boolean goes(char c, @Nullable Text chars) {
        return chars == null ? isSpace(c) : chars.chars().indexOf(c) >= 0;
    }

    static List<Object> split(Run run, Text text, @Nullable Text separator, long most) {
        long left = most < 0 ? Long.MAX_VALUE : most;
        List<Object> parts = new ArrayList<>();
        if (separator == null) {
            return splitAtSpaces(run, text, left);
        }
        if (separator.length() == 0) {
            throw new Fault("split: the separator is empty");
        }
        int from = 0;
        while (left-- > 0) {
            int found = Values.indexOf(run, text, separator, from);
            if (found < 0) {
                break;
            }
            parts.add(text.substring(from, found));
            from = found + separator.length();
        }
        parts.add(text.substring(from, text.length()));
        return parts;
    }

    private static List<Object> splitAtSpaces(Run run, Text text, long most) {
        run.charge(text.length());
        List<Object> parts = new ArrayList<>();
        int at = 0;
        while (true) {
            while (at < text.length() && isSpace(text.chars().charAt(at))) {
                at++;
            }
            if (at == text.length()) {
                return parts;
            }
            if (parts.size() == most) {
                parts.add(strip(run, text.substring(at, text.length()), null, false, true));
                return parts;
            }
            int from = at;
            while (at < text.length() && !isSpace(text.chars().charAt(at))) {
                at++;
            }
            parts.add(text.substring(from, at));
        }
    }

    static List<Object> lines(Run run, Text text) {
        run.charge(text.length());
        List<Object> lines = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.chars().charAt(i);
            if (c == '\n' || c == '\r') {
                lines.add(text.substring(from, i));
                if (c == '\r' && i + 1 < text.length() && text.chars().charAt(i + 1) == '\n') {
                    i++;
                }
                from = i + 1;
            }
        }
        if (from < text.length()) {
            lines.add(text.substring(from, text.length()));
        }
        return lines;
    }

    static Text replace(Run run, Text text, Text old, Text fresh, long most) {
        if (old.length() == 0) {
            throw new Fault("replace: the text to replace is empty");
        }
        TextBuilder out = run.newText();
        int from = 0;
        for (long left = most < 0 ? Long.MAX_VALUE : most; left > 0; left--) {
            int found = Values.indexOf(run, text, old, from);
            if (found < 0) {
                break;
            }
            run.chargeText(fresh.length());
            out.append(text.substring(from, found)).append(fresh);
            from = found + old.length();
        }
        run.chargeText(text.length());
        return out.append(text.substring(from, text.length())).text();
    }

    static Text upper(Run run, Text text) {
        run.chargeText(text.length());
        return run.newText()
                .appendMapped(text, part -> part.toUpperCase(Locale.ROOT))
                .text();
    }

    static Text lower(Run run, Text text) {
        run.chargeText(text.length());
        return run.newText()
                .appendMapped(text, part -> part.toLowerCase(Locale.ROOT))
                .text();
    }

    static Text capitalize(Run run, Text text) {
        if (text.length() == 0) {
            return text;
        }
        int first = text.chars().offsetByCodePoints(0, 1);
        return run.newText()
                .append(upper(run, text.substring(0, first)))
                .append(lower(run, text.substring(first, text.length())))
                .text();
    }

    /** @param filter whether a word begins as for the filter (behind a space, a dash or a bracket), or behind any non-letter */
    static Text title(Run run, Text text, boolean filter) {
        run.charge(text.length());
        TextBuilder out = run.newText();
        boolean begins = true;
        for (int at = 0; at < text.length(); ) {
            int end = text.chars().offsetByCodePoints(at, 1);
            Text letter = text.substring(at, end);
            out.append(begins ? upper(run, letter) : lower(run, letter));
            int c = text.chars().codePointAt(at);
            begins = filter ? Character.isWhitespace(c) || "-({[<".indexOf(c) >= 0 : !Character.isLetter(c);
            at = end;
        }
        return out.text();
    }

    static Text repeat(Run run, Text text, long times) {
        TextBuilder out = run.newText();
        if (text.length() > 0) {
            for (long i = 0; i < times; i++) {
                run.chargeText(text.length());
                out.append(text);
            }
        }
        return out.text();
    }

    static Text join(Run run, List<Object> parts, Text separator) {
        TextBuilder out = run.newText();
        boolean first = true;
        for (Object part : parts) {
            Text text = Values.text(run, part);
            run.chargeText((long) text.length() + separator.length());
            if (!first) {
                out.append(separator);
            }
            first = false;
            out.append(text);
        }
        return out.text();
    }
}
