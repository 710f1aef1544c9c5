package io.cocoon.engine.template;

import com.fasterxml.jackson.core.io.schubfach.DoubleToDecimal;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What all values have in common. A value is a {@link Text}, Long, Double, Boolean, {@link None}, {@link Undefined}, a list,
 * a {@link Dict}, {@link Namespace}, {@link Loop} or {@link Callable}. The rules are Python's.
 */
final class Values {

    /** Decimal point positions between which a number is printed without an exponent. */
    private static final int MAX_PLAIN = 16;

    private static final int MIN_PLAIN = -4;

    /** How many compared characters count as one step. */
    private static final int CHARACTERS_PER_STEP = 64;

    private Values() {}

    /** Takes over a caller's value: maps, lists, strings, numbers, booleans and null. All text in it is the caller's. */
    static Object ofCaller(Run run, @Nullable Object value) {
        run.charge(1);
        if (value == null) {
            return None.NONE;
        }
        if (value instanceof CharSequence text) {
            return Text.ofCaller(text.toString());
        }
        if (value instanceof Boolean) {
            return value;
        }
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return ((Number) value).longValue();
        }
        if (value instanceof Number number) {
            return number.doubleValue();
        }
        if (!(value instanceof Map) && !(value instanceof Iterable)) {
            throw new Fault("a value of the Java type " + value.getClass().getName()
                    + " was given; wanted maps, lists, strings, numbers, booleans or null");
        }
        run.enter();
        try {
            if (value instanceof Map<?, ?> map) {
                Dict dict = new Dict();
                for (Map.Entry<?, ?> each : map.entrySet()) {
                    dict.put(Text.ofCaller(String.valueOf(each.getKey())), ofCaller(run, each.getValue()));
                }
                return dict;
            }
            List<Object> list = new ArrayList<>();
            for (Iterator<?> each = ((Iterable<?>) value).iterator(); each.hasNext(); ) {
                list.add(ofCaller(run, each.next()));
            }
            return list;
        } finally {
            run.leave();
        }
    }

    static String kind(Object value) {
        if (value instanceof Undefined undefined) {
            return "'" + undefined.name() + "', which is undefined";
        }
        return value instanceof Text
                ? "a string"
                : value instanceof Long || value instanceof Double
                        ? "a number"
                        : value instanceof Boolean
                                ? "a boolean"
                                : value instanceof List
                                        ? "a list"
                                        : value instanceof Dict
                                                ? "a mapping"
                                                : value == None.NONE ? "none" : "a function or the like";
    }

    static Text needText(Object value) {
        if (value instanceof Text text) {
            return text;
        }
        throw new Fault("wanted a string, found " + kind(value));
    }

    static long needInteger(Object value) {
        if (value instanceof Long number) {
            return number;
        }
        if (value instanceof Boolean truth) {
            return truth ? 1 : 0;
        }
        throw new Fault("wanted a whole number, found " + kind(value));
    }

    static double needNumber(Object value) {
        return value instanceof Double number ? number : needInteger(value);
    }

    static boolean truth(Object value) {
        if (value instanceof Boolean truth) {
            return truth;
        }
        if (value instanceof Text text) {
            return text.length() > 0;
        }
        if (value instanceof List<?> list) {
            return !list.isEmpty();
        }
        if (value instanceof Dict dict) {
            return !dict.members().isEmpty();
        }
        if (value instanceof Long || value instanceof Double) {
            return needNumber(value) != 0;
        }
        return value != None.NONE && !(value instanceof Undefined);
    }

    /** Returns what a loop goes over. */
    static List<Object> items(Run run, Object value) {
        if (value instanceof List<?> list) {
            run.charge(list.size());
            return new ArrayList<>(list);
        }
        List<Object> items = new ArrayList<>();
        if (value instanceof Dict dict) {
            run.charge(dict.members().size());
            dict.members().values().forEach(member -> items.add(member.name()));
        } else if (value instanceof Text text) {
            run.charge(text.length());
            for (int at = 0; at < text.length(); ) {
                int end = text.chars().offsetByCodePoints(at, 1);
                items.add(text.substring(at, end));
                at = end;
            }
        } else if (!(value instanceof Undefined)) {
            throw new Fault("cannot go over " + kind(value));
        }
        return items;
    }

    static long length(Object value) {
        if (value instanceof Text text) {
            return text.chars().codePointCount(0, text.length());
        }
        if (value instanceof List<?> list) {
            return list.size();
        }
        if (value instanceof Dict dict) {
            return dict.members().size();
        }
        if (value instanceof Undefined) {
            return 0;
        }
        throw new Fault("no length has " + kind(value));
    }

    static boolean same(Run run, Object a, Object b) {
        run.charge(1);
        if (a instanceof Text x && b instanceof Text y) {
            run.chargeText(Math.min(x.length(), y.length()));
            return x.chars().equals(y.chars());
        }
        if (isNumeric(a) && isNumeric(b)) {
            return a instanceof Double || b instanceof Double
                    ? needNumber(a) == needNumber(b)
                    : needInteger(a) == needInteger(b);
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            return sameLists(run, x, y);
        }
        if (a instanceof Dict x && b instanceof Dict y) {
            return sameDicts(run, x, y);
        }
        return a instanceof Undefined ? b instanceof Undefined : a == b;
    }

    private static boolean isNumeric(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    private static boolean sameLists(Run run, List<?> x, List<?> y) {
        if (x.size() != y.size()) {
            return false;
        }
        run.enter();
        try {
            for (int i = 0; i < x.size(); i++) {
                if (!same(run, x.get(i), y.get(i))) {
                    return false;
                }
            }
            return true;
        } finally {
            run.leave();
        }
    }

    private static boolean sameDicts(Run run, Dict x, Dict y) {
        if (x.members().size() != y.members().size()) {
            return false;
        }
        run.enter();
        try {
            for (Dict.Member each : x.members().values()) {
                Object other = y.get(each.name().chars());
                if (other == null || !same(run, each.value(), other)) {
                    return false;
                }
            }
            return true;
        } finally {
            run.leave();
        }
    }

    static int compare(Run run, Object a, Object b) {
        if (a instanceof Text x && b instanceof Text y) {
            run.chargeText(Math.min(x.length(), y.length()));
            return x.chars().compareTo(y.chars());
        }
        if (a instanceof Long x && b instanceof Long y) {
            return Long.compare(x, y);
        }
        if (isNumeric(a) && isNumeric(b)) {
            return Double.compare(needNumber(a), needNumber(b));
        }
        throw new Fault("cannot compare " + kind(a) + " with " + kind(b));
    }

    static boolean contains(Run run, Object whole, Object part) {
        if (whole instanceof Text text) {
            return indexOf(run, text, needText(part), 0) >= 0;
        }
        if (whole instanceof Dict dict) {
            return part instanceof Text name && dict.get(name.chars()) != null;
        }
        if (whole instanceof List<?> list) {
            for (Object each : list) {
                if (same(run, each, part)) {
                    return true;
                }
            }
            return false;
        }
        if (whole instanceof Undefined) {
            return false;
        }
        throw new Fault("cannot look into " + kind(whole));
    }

    static int indexOf(Run run, Text text, Text part, int from) {
        int length = text.length() - from;
        // The search is naive: in the worst case it compares the whole part at each place.
        if (part.length() > CHARACTERS_PER_STEP) {
            run.charge(1 + Math.max(0L, length - part.length() + 1) * part.length() / CHARACTERS_PER_STEP);
            return text.chars().indexOf(part.chars(), from);
        }
        int found = text.chars().indexOf(part.chars(), from);
        long seen = found < 0 ? length : found - from;
        run.charge(1 + seen * part.length() / CHARACTERS_PER_STEP);
        return found;
    }

    /** Returns the text of a value as it is printed. */
    static Text text(Run run, Object value) {
        if (value instanceof Text text) {
            return text;
        }
        if (value instanceof Undefined) {
            return Text.EMPTY;
        }
        TextBuilder text = run.newText();
        represent(run, value, text);
        return text.text();
    }

    private static void represent(Run run, Object value, TextBuilder out) {
        run.charge(1);
        if (value instanceof Text text) {
            run.chargeText(text.length());
            char quote = text.chars().indexOf('\'') >= 0 && text.chars().indexOf('"') < 0 ? '"' : '\'';
            String escaped = text.chars()
                    .replace("\\", "\\\\")
                    .replace("\n", "\\n")
                    .replace("\r", "\\r")
                    .replace("\t", "\\t");
            out.append(quote + (quote == '\'' ? escaped.replace("'", "\\'") : escaped) + quote, false);
        } else if (value instanceof Boolean truth) {
            out.append(truth ? "True" : "False", false);
        } else if (value instanceof Long) {
            out.append(value.toString(), false);
        } else if (value instanceof Double number) {
            out.append(real(number), false);
        } else if (value == None.NONE) {
            out.append("None", false);
        } else if (value instanceof List || value instanceof Dict) {
            run.enter();
            try {
                representAll(run, value, out);
            } finally {
                run.leave();
            }
        } else {
            throw new Fault("cannot print " + kind(value));
        }
    }

    private static void representAll(Run run, Object value, TextBuilder out) {
        boolean first = true;
        if (value instanceof Dict dict) {
            out.append("{", false);
            for (Dict.Member member : dict.members().values()) {
                out.append(first ? "" : ", ", false);
                first = false;
                represent(run, member.name(), out);
                out.append(": ", false);
                represent(run, member.value(), out);
            }
            out.append("}", false);
            return;
        }
        out.append("[", false);
        for (Object each : (List<?>) value) {
            out.append(first ? "" : ", ", false);
            first = false;
            represent(run, each, out);
        }
        out.append("]", false);
    }

    /** Returns the shortest digits that read back as the same number, in Python's notation. */
    static String real(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = new BigDecimal(DoubleToDecimal.toString(Math.abs(value))).stripTrailingZeros();
        String digits = shortest.unscaledValue().toString();
        int count = digits.length();
        int point = count - shortest.scale();
        StringBuilder text = new StringBuilder(value < 0 ? "-" : "");
        if (count <= point && point <= MAX_PLAIN) {
            text.append(digits).append("0".repeat(point - count)).append(".0");
        } else if (point > 0 && point <= MAX_PLAIN) {
            text.append(digits, 0, point).append('.').append(digits, point, count);
        } else if (point > MIN_PLAIN && point <= 0) {
            text.append("0.").append("0".repeat(-point)).append(digits);
        } else {
            int exponent = point - 1;
            text.append(digits.charAt(0)).append(count > 1 ? "." : "").append(digits, 1, count);
            text.append(exponent < 0 ? "e-" : "e+").append(Math.abs(exponent) < 10 ? "0" : "");
            text.append(Math.abs(exponent));
        }
        return text.toString();
    }
}
