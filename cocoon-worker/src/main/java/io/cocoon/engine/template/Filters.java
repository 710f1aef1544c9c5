package io.cocoon.engine.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What may stand behind {@code |}. */
final class Filters {

    private Filters() {}

    /** Returns the filtered value, or null if there is no such filter. */
    static @Nullable Object apply(Run run, String name, Object value, Arguments arguments) {
        return switch (name) {
            case "trim" -> {
                Object chars = arguments.get(0, "chars");
                yield Strings.strip(
                        run,
                        Values.text(run, value),
                        chars == null || chars == None.NONE ? null : Values.needText(chars),
                        true,
                        true);
            }
            case "tojson" -> JsonText.of(run, value, JsonText.Style.of(run, arguments));
            case "length", "count" -> {
                if (value instanceof Text text) {
                    run.chargeText(text.length());
                }
                yield Values.length(value);
            }
            case "default", "d" -> {
                Object otherwise = arguments.get(0, "default_value");
                Object alsoFalse = arguments.get(1, "boolean");
                boolean replaced = value instanceof Undefined
                        || alsoFalse != null && Values.truth(alsoFalse) && !Values.truth(value);
                yield !replaced ? value : otherwise == null ? Text.EMPTY : otherwise;
            }
            case "join" -> {
                List<Object> parts = Values.items(run, value);
                Object attribute = arguments.get(1, "attribute");
                if (attribute != null) {
                    String path = Values.needText(attribute).chars();
                    parts.replaceAll(each -> attribute(run, each, path));
                }
                Object separator = arguments.get(0, "d");
                yield Strings.join(run, parts, separator == null ? Text.EMPTY : Values.text(run, separator));
            }
            case "map" -> map(run, value, arguments);
            case "selectattr" -> select(run, value, arguments, true, true);
            case "rejectattr" -> select(run, value, arguments, true, false);
            case "select" -> select(run, value, arguments, false, true);
            case "reject" -> select(run, value, arguments, false, false);
            case "list" -> Values.items(run, value);
            case "items" -> {
                if (value instanceof Undefined) {
                    yield new ArrayList<>();
                }
                if (!(value instanceof Dict dict)) {
                    throw new Fault("items: wanted a mapping, found " + Values.kind(value));
                }
                yield Methods.items(run, dict);
            }
            case "first" -> Members.at(indexable(run, value), 0L);
            case "last" -> Members.at(indexable(run, value), -1L);
            case "reverse" -> {
                List<Object> items = Values.items(run, value);
                Collections.reverse(items);
                yield value instanceof Text ? Strings.join(run, items, Text.EMPTY) : items;
            }
            case "upper" -> Strings.upper(run, Values.text(run, value));
            case "lower" -> Strings.lower(run, Values.text(run, value));
            case "title" -> Strings.title(run, Values.text(run, value), true);
            case "capitalize" -> Strings.capitalize(run, Values.text(run, value));
            case "replace" ->
                Strings.replace(
                        run,
                        Values.text(run, value),
                        arguments.needText(0, "old"),
                        arguments.needText(1, "new"),
                        arguments.number(2, "count", -1));
            case "string", "safe" -> Values.text(run, value);
            case "int" -> integer(value, arguments);
            case "float" -> real(value, arguments);
            case "abs" ->
                value instanceof Long number
                        ? (Object) Math.absExact(number)
                        : (Object) Math.abs(Values.needNumber(value));
            default -> null;
        };
    }

    private static Object indexable(Run run, Object value) {
        return value instanceof Text || value instanceof List ? value : Values.items(run, value);
    }

    private static Object attribute(Run run, Object value, String path) {
        Object found = value;
        int from = 0;
        while (from <= path.length()) {
            run.charge(1);
            int dot = path.indexOf('.', from);
            int to = dot < 0 ? path.length() : dot;
            found = Members.named(found, path.substring(from, to));
            from = to + 1;
        }
        return found;
    }

    private static Object map(Run run, Object value, Arguments arguments) {
        List<Object> items = Values.items(run, value);
        Object attribute = arguments.named().get("attribute");
        if (attribute != null) {
            String path = Values.needText(attribute).chars();
            Object otherwise = arguments.named().get("default");
            items.replaceAll(each -> {
                Object found = attribute(run, each, path);
                return found instanceof Undefined && otherwise != null ? otherwise : found;
            });
            return items;
        }
        String filter = arguments.needText(0, "filter").chars();
        Arguments rest = rest(arguments, 1);
        items.replaceAll(each -> {
            Object mapped = apply(run, filter, each, rest);
            if (mapped == null) {
                throw new Fault("there is no filter '" + filter + "'");
            }
            return mapped;
        });
        return items;
    }

    private static Arguments rest(Arguments arguments, int from) {
        List<Object> values = arguments.values();
        return new Arguments(values.subList(Math.min(from, values.size()), values.size()), arguments.named());
    }

    private static Object select(Run run, Object value, Arguments arguments, boolean byAttribute, boolean wanted) {
        String path = byAttribute ? arguments.needText(0, "attribute").chars() : "";
        int place = byAttribute ? 1 : 0;
        Object test = arguments.get(place, "test");
        Arguments rest = rest(arguments, place + 1);
        List<Object> picked = new ArrayList<>();
        for (Object each : Values.items(run, value)) {
            Object seen = byAttribute ? attribute(run, each, path) : each;
            Boolean holds = test == null
                    ? (Boolean) Values.truth(seen)
                    : Checks.check(run, Values.needText(test).chars(), seen, rest);
            if (holds == null) {
                throw new Fault("there is no test '" + test + "'");
            }
            if (holds == wanted) {
                picked.add(each);
            }
        }
        return picked;
    }

    private static Object integer(Object value, Arguments arguments) {
        if (value instanceof Double number) {
            return number.longValue();
        }
        if (value instanceof Text text) {
            try {
                return Long.parseLong(text.chars().strip());
            } catch (NumberFormatException e) {
                return arguments.number(0, "default", 0);
            }
        }
        return value instanceof Long || value instanceof Boolean
                ? Values.needInteger(value)
                : arguments.number(0, "default", 0);
    }

    private static Object real(Object value, Arguments arguments) {
        if (value instanceof Text text) {
            try {
                return Double.parseDouble(text.chars().strip());
            } catch (NumberFormatException e) {
                return Values.needNumber(arguments.values().isEmpty() ? (Object) 0.0 : arguments.need(0, "default"));
            }
        }
        return Values.needNumber(value);
    }
}
