package io.cocoon.engine.template;

import java.time.ZonedDateTime;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions that every template has. */
final class Functions {

    private static final Map<String, Callable> ALL = Map.of(
            "range", Functions::range,
            "namespace", Functions::namespace,
            "dict", (run, arguments) -> members(arguments),
            "raise_exception", Functions::raise,
            "strftime_now", Functions::now);

    private Functions() {}

    static @Nullable Callable find(String name) {
        return ALL.get(name);
    }

    private static Object range(Run run, Arguments arguments) {
        boolean one = arguments.values().size() < 2;
        long from = one ? 0 : arguments.number(0, "start", 0);
        long to = Values.needInteger(arguments.need(one ? 0 : 1, "stop"));
        long step = arguments.number(2, "step", 1);
        if (step == 0) {
            throw new Fault("range: the step is 0");
        }
        double count = Math.max(0, Math.ceil(((double) to - from) / step));
        run.charge((long) Math.min(count, Long.MAX_VALUE / 4.0));
        List<Object> numbers = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            numbers.add(from + i * step);
        }
        return numbers;
    }

    private static Dict members(Arguments arguments) {
        Dict members = new Dict();
        if (!arguments.values().isEmpty()) {
            throw new Fault("wanted arguments with names only");
        }
        arguments.named().forEach((name, value) -> members.put(Text.ofTemplate(name), value));
        return members;
    }

    private static Object namespace(Run run, Arguments arguments) {
        return new Namespace(members(arguments));
    }

    private static Object raise(Run run, Arguments arguments) {
        throw Fault.raisedByTemplate(
                Values.text(run, arguments.need(0, "message")).chars());
    }

    private static Object now(Run run, Arguments arguments) {
        String format = arguments.needText(0, "format").chars();
        run.charge(format.length());
        ZonedDateTime now = ZonedDateTime.now(run.clock());
        TextBuilder out = run.newText();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%') {
                out.append(String.valueOf(c), true);
                continue;
            }
            boolean plain = i + 1 < format.length() && format.charAt(i + 1) == '-';
            i += plain ? 2 : 1;
            out.append(field(now, i < format.length() ? format.charAt(i) : 0, plain), true);
        }
        return out.text();
    }

    private static String field(ZonedDateTime now, char field, boolean plain) {
        return switch (field) {
            case 'Y' -> String.valueOf(now.getYear());
            case 'y' -> digits(now.getYear() % 100, 2, plain);
            case 'm' -> digits(now.getMonthValue(), 2, plain);
            case 'B' -> now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b' ->
                now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
            case 'd' -> digits(now.getDayOfMonth(), 2, plain);
            case 'j' -> digits(now.getDayOfYear(), 3, plain);
            case 'A' -> now.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'a' ->
                now.getDayOfWeek()
                        .getDisplayName(TextStyle.FULL, Locale.ENGLISH)
                        .substring(0, 3);
            case 'H' -> digits(now.getHour(), 2, plain);
            case 'I' -> digits((now.getHour() + 11) % 12 + 1, 2, plain);
            case 'p' -> now.getHour() < 12 ? "AM" : "PM";
            case 'M' -> digits(now.getMinute(), 2, plain);
            case 'S' -> digits(now.getSecond(), 2, plain);
            case '%' -> "%";
            default -> throw new Fault("strftime_now: the field '%" + field + "' is not supported");
        };
    }

    private static String digits(int value, int width, boolean plain) {
        String text = String.valueOf(value);
        return plain ? text : "0".repeat(Math.max(0, width - text.length())) + text;
    }
}
