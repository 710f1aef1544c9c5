package io.cocoon.engine.template;

import io.cocoon.engine.template.Lexer.Kind;
import io.cocoon.engine.template.Lexer.Token;
import io.cocoon.engine.template.Statement.Flow;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns a template into statements. */
final class Parser extends ExpressionParser {

    /** What one turn of a loop costs, with the names that it makes. */
    private static final int TURN_STEPS = 4;

    private int loops;

    private Parser(List<Token> tokens) {
        super(tokens);
    }

    static List<Statement> parse(String source) throws TemplateException {
        Parser parser = new Parser(Lexer.tokens(source));
        List<Statement> statements = parser.block(Set.of());
        parser.need(Kind.END, "the end of the template");
        return statements;
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
                        leave();
                        return statements;
                    }
                    Token word = peek();
                    statements.add(new StatementNode(word, statement(needName(), word)));
                }
                default -> {
                    if (!ends.isEmpty()) {
                        throw problem(token, "wanted one of " + ends + ", found the end of the template");
                    }
                    leave();
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
}
