package io.cocoon.engine.grammar;

/** A schema cannot be followed. The message names the keyword and its place, and holds nothing else of the schema. */
public final class SchemaException extends Exception {

    private static final long serialVersionUID = 1L;

    SchemaException(String message) {
        super(message);
    }
}
