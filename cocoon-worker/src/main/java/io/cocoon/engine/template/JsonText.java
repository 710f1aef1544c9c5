package io.cocoon.engine.template;

import java.util.List;

/** Prints a value as Python's {@code json.dumps} does with {@code ensure_ascii=False}. All of it counts as the caller's. */
final class JsonText {

    private static final int MAX_INDENT = 32;

    private final Run run;
    private final int indent;
    private final TextBuilder out;

    private JsonText(Run run, int indent) {
        this.run = run;
        this.indent = indent;
        out = run.newText();
    }

    /** @param indent how many spaces a level is indented by; -1 for all in one line */
    static Text of(Run run, Object value, long indent) {
        if (indent > MAX_INDENT) {
            throw new Fault("tojson: an indent of " + indent + "; at most " + MAX_INDENT + " is supported");
        }
        JsonText text = new JsonText(run, (int) Math.max(-1, indent));
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
        for (Dict.Member member : dict.members().values()) {
            separate(first, level);
            first = false;
            string(member.name().chars());
            put(": ");
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

    private void separate(boolean first, int level) {
        if (indent < 0) {
            put(first ? "" : ", ");
        } else {
            put((first ? "\n" : ",\n") + " ".repeat(indent * level));
        }
    }

    private void close(boolean empty, int level, String bracket) {
        if (indent >= 0 && !empty) {
            put("\n" + " ".repeat(indent * (level - 1)));
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
                    if (c < ' ') {
                        escaped.append("\\u00")
                                .append(Character.forDigit(c >> 4, 16))
                                .append(Character.forDigit(c & 15, 16));
                    } else {
                        escaped.append(c);
                    }
                }
            }
        }
        put(escaped.append('"').toString());
    }
}
