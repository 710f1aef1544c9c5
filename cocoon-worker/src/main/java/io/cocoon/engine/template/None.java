package io.cocoon.engine.template;

/** The value {@code none}. */
enum None {
    NONE
}
