package io.cocoon.internal.json;

/** Text that is not one JSON document within the limits. The message never quotes the text. */
public final class JsonException extends Exception {

    private static final long serialVersionUID = 1L;

    JsonException(String problem, int offset) {
        super(problem + " at byte " + offset, null, false, false);
    }
}
