package io.cocoon.engine.template;

/** A part of a template that has a value. */
interface Expression {

    Object value(Run run) throws TemplateException;
}
