package io.cocoon.engine.template;

import io.cocoon.engine.template.Lexer.Kind;
import io.cocoon.engine.template.Lexer.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads expressions, by the binding power of the sign behind them (Pratt). */
class ExpressionParser extends TokenReader {

    private static final int NOT_POWER = 3;
    private static final int COMPARE_POWER = 4;

    private static final Map<String, Integer> POWERS = Map.ofEntries(
            Map.entry("or", 1),
            Map.entry("and", 2),
            Map.entry("==", COMPARE_POWER),
            Map.entry("!=", COMPARE_POWER),
            Map.entry("<", COMPARE_POWER),
            Map.entry("<=", COMPARE_POWER),
            Map.entry(">", COMPARE_POWER),
            Map.entry(">=", COMPARE_POWER),
            Map.entry("in", COMPARE_POWER),
            Map.entry("not", COMPARE_POWER),
            Map.entry("+", 5),
            Map.entry("-", 5),
            Map.entry("~", 6),
            Map.entry("*", 7),
            Map.entry("/", 7),
            Map.entry("//", 7),
            Map.entry("%", 7),
            Map.entry("**", 8));

    private static final Set<String> NO_ARGUMENT = Set.of("and", "or", "if", "else", "is", "in", "not");

    ExpressionParser(List<Token> tokens) {
        super(tokens);
    }

    /** Reads an expression, or several with commas between, which are a list. */
    final Expression expressions() throws TemplateException {
        Token token = peek();
        Expression first = expression();
        if (!peek().is(Kind.SIGN, ",")) {
            return first;
        }
        List<Expression> all = new ArrayList<>(List.of(first));
        while (sign(",")) {
            if (peek().kind() == Kind.TAG_END || peek().kind() == Kind.PRINT_END) {
                break;
            }
            all.add(expression());
        }
        return list(token, all);
    }

    final Expression expression() throws TemplateException {
        enter();
        Expression value = binary(0);
        while (peek().is(Kind.NAME, "if")) {
            Token token = take();
            Expression condition = binary(0);
            Expression otherwise = word("else") ? expression() : run -> new Undefined("the absent else");
            Expression chosen = value;
            value = new Node(
                    token, run -> Values.truth(condition.value(run)) ? chosen.value(run) : otherwise.value(run));
        }
        leave();
        return value;
    }

    private static int power(Token token) {
        return token.kind() == Kind.SIGN || token.kind() == Kind.NAME ? POWERS.getOrDefault(token.text(), 0) : 0;
    }

    final Expression binary(int least) throws TemplateException {
        enter();
        Expression left = prefix();
        while (power(peek()) > least) {
            Token token = take();
            int power = power(token);
            String sign = token.text();
            if (sign.equals("not")) {
                need(Kind.NAME, "in");
                sign = "not in";
            }
            left = operation(token, sign, left, binary(power));
            if (power == COMPARE_POWER && power(peek()) == COMPARE_POWER) {
                throw problem(peek(), "a comparison of a comparison is not supported; use 'and'");
            }
        }
        leave();
        return left;
    }

    private static Expression operation(Token token, String sign, Expression left, Expression right) {
        return new Node(token, run -> {
            Object a = left.value(run);
            if (sign.equals("and") || sign.equals("or")) {
                return Values.truth(a) == sign.equals("or") ? a : right.value(run);
            }
            return Operators.apply(run, sign, a, right.value(run));
        });
    }

    private Expression prefix() throws TemplateException {
        Token token = peek();
        if (word("not")) {
            Expression operand = binary(NOT_POWER);
            return new Node(token, run -> !Values.truth(operand.value(run)));
        }
        return filtersAndTests(unary());
    }

    private Expression unary() throws TemplateException {
        Token token = peek();
        if (!sign("-") && !sign("+")) {
            return postfix(primary());
        }
        enter();
        Expression operand = unary();
        leave();
        return token.text().equals("-")
                ? new Node(token, run -> Operators.negative(operand.value(run)))
                : new Node(token, run -> {
                    Object value = operand.value(run);
                    Values.needNumber(value);
                    return value;
                });
    }

    private Expression primary() throws TemplateException {
        Token token = take();
        switch (token.kind()) {
            case STRING -> {
                StringBuilder text = new StringBuilder(token.text());
                while (peek().kind() == Kind.STRING) {
                    text.append(take().text());
                }
                return constant(Text.ofTemplate(text.toString()));
            }
            case INTEGER -> {
                return constant(Long.parseLong(token.text()));
            }
            case REAL -> {
                return constant(Double.parseDouble(token.text()));
            }
            case NAME -> {
                return name(token);
            }
            default -> {
                if (token.is(Kind.SIGN, "[")) {
                    return list(token, until("]"));
                }
                if (token.is(Kind.SIGN, "(")) {
                    return bracket(token);
                }
                if (token.is(Kind.SIGN, "{")) {
                    return mapping(token);
                }
                throw problem(token, "wanted a value, found '" + token.text() + "'");
            }
        }
    }

    private static Expression constant(Object value) {
        return run -> value;
    }

    private static Expression name(Token token) throws TemplateException {
        return switch (token.text()) {
            case "true", "True" -> constant(true);
            case "false", "False" -> constant(false);
            case "none", "None" -> constant(None.NONE);
            case "and", "or", "in", "is", "if", "else", "not" ->
                throw problem(token, "wanted a value, found '" + token.text() + "'");
            default -> new Node(token, run -> run.lookUp(token.text()));
        };
    }

    private List<Expression> until(String end) throws TemplateException {
        List<Expression> all = new ArrayList<>();
        while (!sign(end)) {
            if (!all.isEmpty()) {
                need(Kind.SIGN, ",");
                if (sign(end)) {
                    break;
                }
            }
            all.add(expression());
        }
        return all;
    }

    private static Expression list(Token token, List<Expression> all) {
        return new Node(token, run -> {
            List<Object> items = new ArrayList<>();
            for (Expression each : all) {
                items.add(each.value(run));
            }
            return items;
        });
    }

    private Expression bracket(Token token) throws TemplateException {
        if (sign(")")) {
            return list(token, List.of());
        }
        Expression first = expression();
        if (sign(")")) {
            return first;
        }
        need(Kind.SIGN, ",");
        List<Expression> all = new ArrayList<>(List.of(first));
        all.addAll(until(")"));
        return list(token, all);
    }

    private Expression mapping(Token token) throws TemplateException {
        List<Expression> names = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!sign("}")) {
            if (!names.isEmpty()) {
                need(Kind.SIGN, ",");
                if (sign("}")) {
                    break;
                }
            }
            names.add(expression());
            need(Kind.SIGN, ":");
            values.add(expression());
        }
        return new Node(token, run -> {
            Dict dict = new Dict();
            for (int i = 0; i < names.size(); i++) {
                dict.put(Values.needText(names.get(i).value(run)), values.get(i).value(run));
            }
            return dict;
        });
    }

    private record CallArguments(List<Expression> values, Map<String, Expression> named) {

        static final CallArguments NONE = new CallArguments(List.of(), Map.of());

        Arguments evaluated(Run run) throws TemplateException {
            if (values.isEmpty() && named.isEmpty()) {
                return Arguments.NONE;
            }
            List<Object> all = new ArrayList<>();
            for (Expression each : values) {
                all.add(each.value(run));
            }
            Map<String, Object> others = new LinkedHashMap<>();
            for (Map.Entry<String, Expression> each : named.entrySet()) {
                others.put(each.getKey(), each.getValue().value(run));
            }
            return new Arguments(all, others);
        }
    }

    /** Reads what stands between brackets, the opening one of which is consumed. */
    private CallArguments arguments() throws TemplateException {
        List<Expression> values = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        boolean first = true;
        while (!sign(")")) {
            if (!first) {
                need(Kind.SIGN, ",");
                if (sign(")")) {
                    break;
                }
            }
            first = false;
            if (peek().kind() == Kind.NAME && second().is(Kind.SIGN, "=")) {
                String name = needName();
                take();
                named.put(name, expression());
            } else {
                values.add(expression());
            }
        }
        return new CallArguments(values, named);
    }

    private Expression postfix(Expression start) throws TemplateException {
        Expression target = start;
        while (true) {
            Token token = peek();
            if (sign(".")) {
                target = member(token, target);
            } else if (sign("[")) {
                target = subscript(token, target);
            } else if (sign("(")) {
                CallArguments arguments = arguments();
                Expression function = target;
                target = new Node(token, run -> call(run, function.value(run), arguments.evaluated(run)));
            } else {
                return target;
            }
        }
    }

    private static Object call(Run run, Object function, Arguments arguments) throws TemplateException {
        if (function instanceof Callable callable) {
            return callable.call(run, arguments);
        }
        throw new Fault("cannot call " + Values.kind(function));
    }

    private Expression member(Token token, Expression target) throws TemplateException {
        if (peek().kind() == Kind.INTEGER) {
            long place = Long.parseLong(take().text());
            return new Node(token, run -> Members.at(target.value(run), place));
        }
        String name = needName();
        if (!sign("(")) {
            return new Node(token, run -> Members.named(target.value(run), name));
        }
        CallArguments arguments = arguments();
        return new Node(token, run -> {
            Object value = target.value(run);
            Arguments evaluated = arguments.evaluated(run);
            Object result = Methods.call(run, value, name, evaluated);
            if (result != null) {
                return result;
            }
            Object function = Members.named(value, name);
            if (function instanceof Undefined) {
                throw new Fault(Values.kind(value) + " has no method '" + name + "'");
            }
            return call(run, function, evaluated);
        });
    }

    private Expression subscript(Token token, Expression target) throws TemplateException {
        @Nullable Expression[] parts = new @Nullable Expression[3];
        int part = 0;
        boolean slice = false;
        while (!sign("]")) {
            if (sign(":")) {
                slice = true;
                if (++part > 2) {
                    throw problem(token, "a slice has more than three parts");
                }
            } else if (parts[part] == null) {
                parts[part] = expression();
            } else {
                throw problem(peek(), "wanted ']', found '" + peek().text() + "'");
            }
        }
        Expression first = parts[0];
        Expression second = parts[1];
        Expression third = parts[2];
        if (slice) {
            return new Node(
                    token,
                    run -> Members.slice(
                            run, target.value(run), value(run, first), value(run, second), value(run, third)));
        }
        if (first == null) {
            throw problem(token, "an index is missing");
        }
        return new Node(token, run -> Members.at(target.value(run), first.value(run)));
    }

    private static @Nullable Object value(Run run, @Nullable Expression expression) throws TemplateException {
        return expression == null ? null : expression.value(run);
    }

    private Expression filtersAndTests(Expression start) throws TemplateException {
        Expression value = start;
        while (true) {
            Token token = peek();
            if (sign("|")) {
                value = filter(token, value);
            } else if (word("is")) {
                value = test(token, value);
            } else {
                return value;
            }
        }
    }

    private Expression filter(Token token, Expression value) throws TemplateException {
        String name = needName();
        CallArguments arguments = sign("(") ? arguments() : CallArguments.NONE;
        return new Node(token, run -> {
            Object result = Filters.apply(run, name, value.value(run), arguments.evaluated(run));
            if (result == null) {
                throw new Fault("there is no filter '" + name + "'");
            }
            return result;
        });
    }

    private Expression test(Token token, Expression value) throws TemplateException {
        boolean negated = word("not");
        String name = needName();
        CallArguments arguments = CallArguments.NONE;
        Token next = peek();
        if (sign("(")) {
            arguments = arguments();
        } else if (next.kind() == Kind.STRING
                || next.kind() == Kind.INTEGER
                || next.kind() == Kind.REAL
                || next.is(Kind.SIGN, "[")
                || next.kind() == Kind.NAME && !NO_ARGUMENT.contains(next.text())) {
            arguments = new CallArguments(List.of(postfix(primary())), Map.of());
        }
        CallArguments given = arguments;
        return new Node(token, run -> {
            Boolean holds = Checks.check(run, name, value.value(run), given.evaluated(run));
            if (holds == null) {
                throw new Fault("there is no test '" + name + "'");
            }
            return holds != negated;
        });
    }
}
