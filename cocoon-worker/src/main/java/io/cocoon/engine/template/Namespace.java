package io.cocoon.engine.template;

/**
 * Members that a template may set, also from inside of a loop.
 *
 * @param members them
 */
record Namespace(Dict members) {}
