package io.cocoon.engine.template;

/**
 * What a name or member stands for that is not there.
 *
 * @param name what was asked for
 */
record Undefined(String name) {}
