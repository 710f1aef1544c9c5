package io.cocoon.engine.template;

/**
 * An expression that knows its place: it counts a step and a level, and says where something went wrong.
 *
 * @param token where it stands
 * @param inner what it does
 */
record Node(Lexer.Token token, Expression inner) implements Expression {

    @Override
    public Object value(Run run) throws TemplateException {
        try {
            run.charge(1);
            run.enter();
            try {
                return inner.value(run);
            } finally {
                run.leave();
            }
        } catch (Fault e) {
            throw e.at(token.line(), token.column());
        }
    }
}
