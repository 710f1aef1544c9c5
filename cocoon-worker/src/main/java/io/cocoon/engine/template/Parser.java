package io.cocoon.engine.template;

import io.cocoon.engine.template.Lexer.Kind;
import io.cocoon.engine.template.Lexer.Token;
import io.cocoon.engine.template.Statement.Flow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns a template into statements. Expressions are read by the binding power of the sign behind them (Pratt). */
final class Parser {

    /** How deep blocks and expressions of a source may nest. */
    static final int MAX_DEPTH = 100;

    /** What one turn of a loop costs, with the names that it makes. */
    private static final int TURN_STEPS = 4;

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

    private final List<Token> tokens;
    private int at;
    private int depth;
    private int loops;

    private Parser(List<Token> tokens) {
        this.tokens = tokens;
    }

    static List<Statement> parse(String source) throws TemplateException {
        Parser parser = new Parser(Lexer.tokens(source));
        List<Statement> statements = parser.block(Set.of());
        parser.need(Kind.END, "the end of the template");
        return statements;
    }

    private Token peek() {
        return tokens.get(at);
    }

    private Token take() {
        // The last token stays, whatever is asked.
        return at + 1 < tokens.size() ? tokens.get(at++) : tokens.get(at);
    }

    private static TemplateException problem(Token token, String what) {
        return TemplateException.at(what, token.line(), token.column());
    }

    private boolean accept(Kind kind, String text) {
        if (peek().is(kind, text)) {
            take();
            return true;
        }
        return false;
    }

    private boolean sign(String text) {
        return accept(Kind.SIGN, text);
    }

    private boolean word(String text) {
        return accept(Kind.NAME, text);
    }

    private Token need(Kind kind, String text) throws TemplateException {
        Token token = take();
        if (!token.is(kind, text)) {
            throw problem(token, "wanted '" + text + "', found '" + token.text() + "'");
        }
        return token;
    }

    private String needName() throws TemplateException {
        Token token = take();
        if (token.kind() != Kind.NAME) {
            throw problem(token, "wanted a name, found '" + token.text() + "'");
        }
        return token.text();
    }

    private void enter() throws TemplateException {
        if (++depth > MAX_DEPTH) {
            throw problem(peek(), "the source nests deeper than " + MAX_DEPTH);
        }
    }

    /** Reads statements up to a tag with one of these words, whose beginning is consumed and whose word is not. */
    private List<Statement> block(Set<String> ends) throws TemplateException {
        enter();
        List<Statement> statements = new ArrayList<>();
        while (true) {
            Token token = peek();
            switch (token.kind()) {
                case DATA -> {
                    take();
                    Text text = Text.ofTemplate(token.text());
                    statements.add(print(token, run -> text));
                }
                case PRINT_BEGIN -> {
                    take();
                    statements.add(print(token, expressions()));
                    need(Kind.PRINT_END, "}}");
                }
                case TAG_BEGIN -> {
                    take();
                    if (peek().kind() == Kind.NAME && ends.contains(peek().text())) {
                        depth--;
                        return statements;
                    }
                    Token word = peek();
                    statements.add(new StatementNode(word, statement(needName(), word)));
                }
                default -> {
                    if (!ends.isEmpty()) {
                        throw problem(token, "wanted one of " + ends + ", found the end of the template");
                    }
                    depth--;
                    return statements;
                }
            }
        }
    }

    private static Statement print(Token token, Expression value) {
        return new StatementNode(token, run -> {
            run.print(value.value(run));
            return Flow.NEXT;
        });
    }

    private void endTag() throws TemplateException {
        need(Kind.TAG_END, "%}");
    }

    private void endTag(String word) throws TemplateException {
        need(Kind.NAME, word);
        endTag();
    }

    private static Flow runAll(Run run, List<Statement> statements) throws TemplateException {
        for (Statement each : statements) {
            Flow flow = each.run(run);
            if (flow != Flow.NEXT) {
                return flow;
            }
        }
        return Flow.NEXT;
    }

    private Statement statement(String word, Token token) throws TemplateException {
        return switch (word) {
            case "if" -> condition();
            case "for" -> loop();
            case "set" -> set();
            case "macro" -> macro();
            case "generation" -> {
                endTag();
                List<Statement> body = block(Set.of("endgeneration"));
                endTag("endgeneration");
                yield run -> runAll(run, body);
            }
            case "break", "continue" -> {
                if (loops == 0) {
                    throw problem(token, "'" + word + "' stands outside of a loop");
                }
                endTag();
                Flow flow = word.equals("break") ? Flow.BREAK : Flow.CONTINUE;
                yield run -> flow;
            }
            default -> throw problem(token, "the tag '" + word + "' is not supported here");
        };
    }

    private record Branch(Expression condition, List<Statement> body) {}

    private Statement condition() throws TemplateException {
        List<Branch> branches = new ArrayList<>();
        List<Statement> otherwise = List.of();
        do {
            Expression condition = expression();
            endTag();
            branches.add(new Branch(condition, block(Set.of("elif", "else", "endif"))));
        } while (word("elif"));
        if (word("else")) {
            endTag();
            otherwise = block(Set.of("endif"));
        }
        endTag("endif");
        List<Statement> last = otherwise;
        return run -> {
            for (Branch branch : branches) {
                run.charge(1);
                if (Values.truth(branch.condition.value(run))) {
                    return runAll(run, branch.body);
                }
            }
            return runAll(run, last);
        };
    }

    private Statement loop() throws TemplateException {
        List<String> names = new ArrayList<>();
        boolean bracket = sign("(");
        do {
            names.add(needName());
        } while (sign(","));
        if (bracket) {
            need(Kind.SIGN, ")");
        }
        need(Kind.NAME, "in");
        Expression over = binary(0);
        Expression filter = word("if") ? expression() : null;
        endTag();
        loops++;
        List<Statement> body = block(Set.of("else", "endfor"));
        loops--;
        List<Statement> otherwise = List.of();
        if (word("else")) {
            endTag();
            otherwise = block(Set.of("endfor"));
        }
        endTag("endfor");
        List<Statement> empty = otherwise;
        return run -> {
            List<Object> items = Values.items(run, over.value(run));
            Run.Scope outer = run.scope();
            try {
                if (filter != null) {
                    items = filtered(run, items, names, filter, outer);
                }
                if (!items.isEmpty()) {
                    turns(run, items, names, body, outer);
                    return Flow.NEXT;
                }
            } finally {
                run.use(outer);
            }
            return runAll(run, empty);
        };
    }

    private static List<Object> filtered(
            Run run, List<Object> items, List<String> names, Expression filter, Run.Scope outer)
            throws TemplateException {
        List<Object> kept = new ArrayList<>();
        for (Object item : items) {
            run.use(new Run.Scope(outer));
            bind(run, names, item);
            if (Values.truth(filter.value(run))) {
                kept.add(item);
            }
        }
        return kept;
    }

    private static void turns(Run run, List<Object> items, List<String> names, List<Statement> body, Run.Scope outer)
            throws TemplateException {
        for (int i = 0; i < items.size(); i++) {
            run.charge(TURN_STEPS);
            run.use(new Run.Scope(outer));
            run.scope().set("loop", new Loop(items, i));
            bind(run, names, items.get(i));
            if (runAll(run, body) == Flow.BREAK) {
                return;
            }
        }
    }

    private static void bind(Run run, List<String> names, Object value) {
        if (names.size() == 1) {
            run.scope().set(names.get(0), value);
            return;
        }
        if (!(value instanceof List<?> parts) || parts.size() != names.size()) {
            throw new Fault(
                    "wanted " + names.size() + " values for the names " + names + ", found " + Values.kind(value));
        }
        for (int i = 0; i < names.size(); i++) {
            run.scope().set(names.get(i), parts.get(i));
        }
    }

    private Statement set() throws TemplateException {
        List<String> names = new ArrayList<>();
        names.add(needName());
        if (sign(".")) {
            String member = needName();
            need(Kind.SIGN, "=");
            Expression value = expressions();
            endTag();
            String name = names.get(0);
            return run -> {
                if (!(run.lookUp(name) instanceof Namespace namespace)) {
                    throw new Fault(
                            "'" + name + "' is no namespace, so that its member '" + member + "' cannot be set");
                }
                namespace.members().put(Text.ofTemplate(member), value.value(run));
                return Flow.NEXT;
            };
        }
        while (sign(",")) {
            names.add(needName());
        }
        if (names.size() == 1 && peek().kind() == Kind.TAG_END) {
            endTag();
            List<Statement> body = block(Set.of("endset"));
            endTag("endset");
            return run -> {
                run.scope().set(names.get(0), captured(run, body));
                return Flow.NEXT;
            };
        }
        need(Kind.SIGN, "=");
        Expression value = expressions();
        endTag();
        return run -> {
            bind(run, names, value.value(run));
            return Flow.NEXT;
        };
    }

    private static Text captured(Run run, List<Statement> body) throws TemplateException {
        TextBuilder text = run.newText();
        TextBuilder before = run.divert(text);
        try {
            runAll(run, body);
        } finally {
            run.divert(before);
        }
        return text.text();
    }

    private Statement macro() throws TemplateException {
        String name = needName();
        List<String> parameters = new ArrayList<>();
        List<@Nullable Expression> defaults = new ArrayList<>();
        need(Kind.SIGN, "(");
        while (!sign(")")) {
            if (!parameters.isEmpty()) {
                need(Kind.SIGN, ",");
            }
            parameters.add(needName());
            defaults.add(sign("=") ? expression() : null);
        }
        endTag();
        int loopsOutside = loops;
        loops = 0;
        List<Statement> body = block(Set.of("endmacro"));
        loops = loopsOutside;
        endTag("endmacro");
        return run -> {
            Run.Scope home = run.scope();
            home.set(name, (Callable)
                    (caller, arguments) -> called(caller, name, arguments, parameters, defaults, body, home));
            return Flow.NEXT;
        };
    }

    private static Object called(
            Run run,
            String name,
            Arguments arguments,
            List<String> parameters,
            List<@Nullable Expression> defaults,
            List<Statement> body,
            Run.Scope home)
            throws TemplateException {
        if (arguments.values().size() > parameters.size()
                || !parameters.containsAll(arguments.named().keySet())) {
            throw new Fault("the macro '" + name + "' takes " + parameters + " only");
        }
        Run.Scope outer = run.use(new Run.Scope(home));
        try {
            for (int i = 0; i < parameters.size(); i++) {
                Object value = arguments.get(i, parameters.get(i));
                Expression otherwise = defaults.get(i);
                if (value == null) {
                    value = otherwise == null ? new Undefined(parameters.get(i)) : otherwise.value(run);
                }
                run.scope().set(parameters.get(i), value);
            }
            return captured(run, body);
        } finally {
            run.use(outer);
        }
    }

    /** Reads an expression, or several with commas between, which are a list. */
    private Expression expressions() throws TemplateException {
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

    private Expression expression() throws TemplateException {
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
        depth--;
        return value;
    }

    private static int power(Token token) {
        return token.kind() == Kind.SIGN || token.kind() == Kind.NAME ? POWERS.getOrDefault(token.text(), 0) : 0;
    }

    private Expression binary(int least) throws TemplateException {
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
        depth--;
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
        depth--;
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
            if (peek().kind() == Kind.NAME && tokens.get(at + 1).is(Kind.SIGN, "=")) {
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
