package io.cocoon.engine.template;

/**
 * A statement that knows its place: it counts a step and a level, and says where something went wrong.
 *
 * @param token where it stands
 * @param inner what it does
 */
record StatementNode(Lexer.Token token, Statement inner) implements Statement {

    @Override
    public Flow run(Run run) throws TemplateException {
        try {
            run.charge(1);
            run.enter();
            try {
                return inner.run(run);
            } finally {
                run.leave();
            }
        } catch (Fault e) {
            throw e.at(token.line(), token.column());
        }
    }
}
