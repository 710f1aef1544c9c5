package io.cocoon.engine.template;

import java.util.ArrayList;
import java.util.List;

/** What the signs between two values do. The rules are Python's. */
final class Operators {

    private Operators() {}

    static Object apply(Run run, String sign, Object a, Object b) {
        return switch (sign) {
            case "+" -> plus(run, a, b);
            case "-", "*", "/", "//", "%", "**" -> arithmetic(run, sign, a, b);
            case "~" -> {
                Text x = Values.text(run, a);
                Text y = Values.text(run, b);
                run.chargeText((long) x.length() + y.length());
                yield run.newText().append(x).append(y).text();
            }
            case "==" -> Values.same(run, a, b);
            case "!=" -> !Values.same(run, a, b);
            case "<" -> Values.compare(run, a, b) < 0;
            case "<=" -> Values.compare(run, a, b) <= 0;
            case ">" -> Values.compare(run, a, b) > 0;
            case ">=" -> Values.compare(run, a, b) >= 0;
            case "in" -> Values.contains(run, b, a);
            case "not in" -> !Values.contains(run, b, a);
            default -> throw new IllegalStateException(sign);
        };
    }

    private static Object plus(Run run, Object a, Object b) {
        if (a instanceof Text x && b instanceof Text y) {
            run.chargeText((long) x.length() + y.length());
            return run.newText().append(x).append(y).text();
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            run.charge((long) x.size() + y.size());
            List<Object> both = new ArrayList<>(x);
            both.addAll(y);
            return both;
        }
        if (a instanceof Text || b instanceof Text) {
            throw new Fault("cannot add " + Values.kind(a) + " and " + Values.kind(b));
        }
        return arithmetic(run, "+", a, b);
    }

    private static Object arithmetic(Run run, String sign, Object a, Object b) {
        if (sign.equals("*") && (a instanceof Text || b instanceof Text)) {
            return a instanceof Text text
                    ? Strings.repeat(run, text, Values.needInteger(b))
                    : Strings.repeat(run, Values.needText(b), Values.needInteger(a));
        }
        if (a instanceof Double || b instanceof Double || sign.equals("/") || sign.equals("**")) {
            return real(sign, Values.needNumber(a), Values.needNumber(b));
        }
        long x = Values.needInteger(a);
        long y = Values.needInteger(b);
        if (y == 0 && (sign.equals("//") || sign.equals("%"))) {
            throw new Fault("division by 0");
        }
        try {
            return switch (sign) {
                case "+" -> Math.addExact(x, y);
                case "-" -> Math.subtractExact(x, y);
                case "*" -> Math.multiplyExact(x, y);
                case "//" -> Math.floorDiv(x, y);
                default -> Math.floorMod(x, y);
            };
        } catch (ArithmeticException e) {
            throw new Fault("a number beyond 64 bits");
        }
    }

    private static Object real(String sign, double x, double y) {
        if (y == 0 && (sign.equals("/") || sign.equals("//") || sign.equals("%"))) {
            throw new Fault("division by 0");
        }
        double result = switch (sign) {
            case "+" -> x + y;
            case "-" -> x - y;
            case "*" -> x * y;
            case "/" -> x / y;
            case "//" -> Math.floor(x / y);
            case "%" -> x - y * Math.floor(x / y);
            default -> Math.pow(x, y);
        };
        boolean whole =
                sign.equals("**") && x == Math.rint(x) && y == Math.rint(y) && y >= 0 && Math.abs(result) < 1e15;
        return whole ? (Object) (long) result : (Object) result;
    }

    static Object negative(Object value) {
        if (value instanceof Double number) {
            return -number;
        }
        // The smallest number cannot be written in a template, and has no opposite.
        return -Values.needInteger(value);
    }
}
