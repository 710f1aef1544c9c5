package io.cocoon.engine.template;

/** What can be called: a macro, or a function that every template has. */
interface Callable {

    Object call(Run run, Arguments arguments) throws TemplateException;
}
