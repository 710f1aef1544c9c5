package io.cocoon.engine.template;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Prints a value as Python's {@code json.dumps} does. All of it counts as the caller's. */
final class JsonText {

    private static final int MAX_INDENT = 32;

    /**
     * What {@code json.dumps} is told; by default as transformers does.
     *
     * @param indent how many spaces a level is indented by; -1 for all in one line
     * @param between what stands between two members; without the line break that an indent adds
     * @param colon what stands behind a name
     * @param sorted whether members are sorted by their names
     * @param ascii whether all other characters are written as their codes
     */
    record Style(int indent, String between, String colon, boolean sorted, boolean ascii) {

        static Style of(Run run, Arguments arguments) {
            long indent = arguments.get(0, "indent") == None.NONE ? -1 : arguments.number(0, "indent", -1);
            if (indent > MAX_INDENT) {
                throw new Fault("tojson: an indent of " + indent + "; at most " + MAX_INDENT + " is supported");
            }
            String between = indent < 0 ? ", " : ",";
            String colon = ": ";
            Object separators = arguments.named().get("separators");
            if (separators != null && separators != None.NONE) {
                List<Object> both = Values.items(run, separators);
                if (both.size() != 2) {
                    throw new Fault("tojson: wanted two separators, found " + both.size());
                }
                between = Values.needText(both.get(0)).chars();
                colon = Values.needText(both.get(1)).chars();
            }
            return new Style(
                    (int) Math.max(-1, indent),
                    between,
                    colon,
                    isTrue(arguments, "sort_keys"),
                    isTrue(arguments, "ensure_ascii"));
        }

        private static boolean isTrue(Arguments arguments, String name) {
            Object value = arguments.named().get(name);
            return value != null && Values.truth(value);
        }
    }

    private final Run run;
    private final Style style;
    private final TextBuilder out;

    private JsonText(Run run, Style style) {
        this.run = run;
        this.style = style;
        out = run.newText();
    }

    static Text of(Run run, Object value, Style style) {
        JsonText text = new JsonText(run, style);
        text.value(value, 1);
        return text.out.text();
    }

    private void put(String text) {
        out.append(text, false);
    }

    private void value(Object value, int level) {
        run.charge(1);
        if (value instanceof Text text) {
            string(text.chars());
        } else if (value instanceof Double number) {
            put(
                    Double.isNaN(number)
                            ? "NaN"
                            : Double.isInfinite(number)
                                    ? (number > 0 ? "Infinity" : "-Infinity")
                                    : Values.real(number));
        } else if (value instanceof Long || value instanceof Boolean) {
            put(value.toString());
        } else if (value == None.NONE) {
            put("null");
        } else if (value instanceof List || value instanceof Dict) {
            run.enter();
            try {
                if (value instanceof Dict dict) {
                    object(dict, level);
                } else {
                    array((List<?>) value, level);
                }
            } finally {
                run.leave();
            }
        } else {
            throw new Fault("tojson: cannot print " + Values.kind(value));
        }
    }

    private void object(Dict dict, int level) {
        put("{");
        boolean first = true;
        Map<String, Dict.Member> members = style.sorted ? sorted(dict) : dict.members();
        for (Dict.Member member : members.values()) {
            separate(first, level);
            first = false;
            string(member.name().chars());
            put(style.colon);
            value(member.value(), level + 1);
        }
        close(first, level, "}");
    }

    private void array(List<?> list, int level) {
        put("[");
        boolean first = true;
        for (Object each : list) {
            separate(first, level);
            first = false;
            value(each, level + 1);
        }
        close(first, level, "]");
    }

    /** By their code points, as Python sorts. */
    private Map<String, Dict.Member> sorted(Dict dict) {
        run.charge(dict.members().size());
        Map<String, Dict.Member> sorted = new TreeMap<>((a, b) ->
                Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray()));
        sorted.putAll(dict.members());
        return sorted;
    }

    private void separate(boolean first, int level) {
        if (!first) {
            put(style.between);
        }
        if (style.indent >= 0) {
            put("\n" + " ".repeat(style.indent * level));
        }
    }

    private void close(boolean empty, int level, String bracket) {
        if (style.indent >= 0 && !empty) {
            put("\n" + " ".repeat(style.indent * (level - 1)));
        }
        put(bracket);
    }

    private void string(String text) {
        run.chargeText(text.length());
        StringBuilder escaped = new StringBuilder(text.length() + 2).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> escaped.append("\\\"");
                case '\\' -> escaped.append("\\\\");
                case '\n' -> escaped.append("\\n");
                case '\r' -> escaped.append("\\r");
                case '\t' -> escaped.append("\\t");
                case '\b' -> escaped.append("\\b");
                case '\f' -> escaped.append("\\f");
                default -> {
                    if (c < ' ' || style.ascii && c > '~') {
                        escaped.append("\\u").append(HexFormat.of().toHexDigits(c));
                    } else {
                        escaped.append(c);
                    }
                }
            }
        }
        put(escaped.append('"').toString());
    }
}
