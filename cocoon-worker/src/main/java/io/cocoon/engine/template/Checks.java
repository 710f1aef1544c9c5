package io.cocoon.engine.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What may stand behind {@code is}. */
final class Checks {

    private Checks() {}

    /** Returns the answer, or null if there is no such test. */
    static @Nullable Boolean check(Run run, String name, Object value, Arguments arguments) {
        return switch (name) {
            case "defined" -> !(value instanceof Undefined);
            case "undefined" -> value instanceof Undefined;
            case "none" -> value == None.NONE;
            case "string" -> value instanceof Text;
            case "number" -> value instanceof Long || value instanceof Double || value instanceof Boolean;
            case "integer" -> value instanceof Long;
            case "float" -> value instanceof Double;
            case "boolean" -> value instanceof Boolean;
            case "true" -> value == Boolean.TRUE || Boolean.TRUE.equals(value);
            case "false" -> Boolean.FALSE.equals(value);
            case "mapping" -> value instanceof Dict;
            case "sequence", "iterable" -> value instanceof Text || value instanceof List || value instanceof Dict;
            case "callable" -> value instanceof Callable;
            case "odd" -> (Values.needInteger(value) & 1) == 1;
            case "even" -> (Values.needInteger(value) & 1) == 0;
            case "divisibleby" -> {
                long by = Values.needInteger(arguments.need(0, "num"));
                if (by == 0) {
                    throw new Fault("division by 0");
                }
                yield Values.needInteger(value) % by == 0;
            }
            case "equalto", "eq", "==" -> Values.same(run, value, arguments.need(0, "other"));
            case "ne", "!=" -> !Values.same(run, value, arguments.need(0, "other"));
            case "lt", "lessthan" -> Values.compare(run, value, arguments.need(0, "other")) < 0;
            case "gt", "greaterthan" -> Values.compare(run, value, arguments.need(0, "other")) > 0;
            case "le" -> Values.compare(run, value, arguments.need(0, "other")) <= 0;
            case "ge" -> Values.compare(run, value, arguments.need(0, "other")) >= 0;
            case "in" -> Values.contains(run, arguments.need(0, "seq"), value);
            case "lower" -> {
                Text text = Values.needText(value);
                yield Strings.lower(run, text).chars().equals(text.chars());
            }
            case "upper" -> {
                Text text = Values.needText(value);
                yield Strings.upper(run, text).chars().equals(text.chars());
            }
            default -> null;
        };
    }
}
