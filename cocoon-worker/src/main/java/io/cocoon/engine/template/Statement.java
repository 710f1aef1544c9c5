package io.cocoon.engine.template;

/** A part of a template that does something. */
interface Statement {

    /** Where to go on. */
    enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    Flow run(Run run) throws TemplateException;
}
