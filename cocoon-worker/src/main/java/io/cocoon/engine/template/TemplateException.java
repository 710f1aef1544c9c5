package io.cocoon.engine.template;

/** A template that cannot be read, that goes beyond a limit, or that refused a conversation. */
public final class TemplateException extends Exception {

    private static final long serialVersionUID = 1L;

    private final int line;
    private final int column;
    private final boolean raised;

    private TemplateException(String message, int line, int column, boolean raised) {
        super(message);
        this.line = line;
        this.column = column;
        this.raised = raised;
    }

    static TemplateException at(String problem, int line, int column) {
        return new TemplateException(
                "template, line " + line + ", column " + column + ": " + problem, line, column, false);
    }

    static TemplateException raisedAt(String text, int line, int column) {
        return new TemplateException(text, line, column, true);
    }

    /** Returns the line, from 1. */
    public int line() {
        return line;
    }

    /** Returns the column, from 1. */
    public int column() {
        return column;
    }

    /**
     * Returns whether the template itself refused the conversation with {@code raise_exception}. Then the message is its text,
     * which may quote the caller.
     */
    public boolean raised() {
        return raised;
    }
}
