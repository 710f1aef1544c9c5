package io.cocoon.engine.template;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The methods of strings, mappings and lists. */
final class Methods {

    private Methods() {}

    /** Calls a method, or returns null if the value has none of this name. */
    @SuppressWarnings("unchecked")
    static @Nullable Object call(Run run, Object target, String name, Arguments arguments) {
        if (target instanceof Text text) {
            return ofText(run, text, name, arguments);
        }
        if (target instanceof Dict dict) {
            return ofDict(run, dict, name, arguments);
        }
        if (target instanceof List && name.equals("append")) {
            run.charge(1);
            ((List<Object>) target).add(arguments.need(0, "object"));
            return None.NONE;
        }
        return null;
    }

    private static @Nullable Text optionalText(Arguments arguments, int place, String name) {
        Object value = arguments.get(place, name);
        return value == null || value == None.NONE ? null : Values.needText(value);
    }

    private static @Nullable Object ofText(Run run, Text text, String name, Arguments arguments) {
        return switch (name) {
            case "strip" -> Strings.strip(run, text, optionalText(arguments, 0, "chars"), true, true);
            case "lstrip" -> Strings.strip(run, text, optionalText(arguments, 0, "chars"), true, false);
            case "rstrip" -> Strings.strip(run, text, optionalText(arguments, 0, "chars"), false, true);
            case "split" ->
                Strings.split(run, text, optionalText(arguments, 0, "sep"), arguments.number(1, "maxsplit", -1));
            case "splitlines" -> Strings.lines(run, text);
            case "startswith" -> edge(run, text, arguments.need(0, "prefix"), true);
            case "endswith" -> edge(run, text, arguments.need(0, "suffix"), false);
            case "replace" ->
                Strings.replace(
                        run,
                        text,
                        arguments.needText(0, "old"),
                        arguments.needText(1, "new"),
                        arguments.number(2, "count", -1));
            case "upper" -> Strings.upper(run, text);
            case "lower" -> Strings.lower(run, text);
            case "title" -> Strings.title(run, text, false);
            case "capitalize" -> Strings.capitalize(run, text);
            case "find" -> {
                int found = Values.indexOf(run, text, arguments.needText(0, "sub"), 0);
                yield found < 0 ? -1L : (long) text.chars().codePointCount(0, found);
            }
            case "join" -> Strings.join(run, Values.items(run, arguments.need(0, "iterable")), text);
            default -> null;
        };
    }

    private static boolean edge(Run run, Text text, Object part, boolean start) {
        if (part instanceof List<?> several) {
            for (Object each : several) {
                if (edge(run, text, Values.needText(each), start)) {
                    return true;
                }
            }
            return false;
        }
        String chars = Values.needText(part).chars();
        run.chargeText(chars.length());
        return start ? text.chars().startsWith(chars) : text.chars().endsWith(chars);
    }

    static List<Object> items(Run run, Dict dict) {
        run.charge(dict.members().size());
        List<Object> items = new ArrayList<>();
        for (Dict.Member member : dict.members().values()) {
            items.add(new ArrayList<>(List.of(member.name(), member.value())));
        }
        return items;
    }

    private static @Nullable Object ofDict(Run run, Dict dict, String name, Arguments arguments) {
        return switch (name) {
            case "items" -> items(run, dict);
            case "keys" -> Values.items(run, dict);
            case "values" -> {
                run.charge(dict.members().size());
                List<Object> values = new ArrayList<>();
                dict.members().values().forEach(member -> values.add(member.value()));
                yield values;
            }
            case "get" -> {
                Object value = dict.get(arguments.needText(0, "key").chars());
                Object otherwise = arguments.get(1, "default");
                yield value != null ? value : otherwise != null ? otherwise : None.NONE;
            }
            default -> null;
        };
    }
}
