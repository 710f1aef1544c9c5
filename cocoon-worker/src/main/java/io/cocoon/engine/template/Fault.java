package io.cocoon.engine.template;

/** Something went wrong at a place that is not known here; the node around it adds the place. */
final class Fault extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final boolean raised;

    Fault(String problem) {
        this(problem, false);
    }

    private Fault(String problem, boolean raised) {
        super(problem, null, false, false);
        this.raised = raised;
    }

    static Fault raisedByTemplate(String text) {
        return new Fault(text, true);
    }

    TemplateException at(int line, int column) {
        String text = String.valueOf(getMessage());
        return raised ? TemplateException.raisedAt(text, line, column) : TemplateException.at(text, line, column);
    }
}
