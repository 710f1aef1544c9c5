package io.cocoon.engine.file;

import java.io.IOException;

/** A model's file is broken, hostile or of a kind that this engine does not load. The message names file, place and reason. */
public final class ModelFormatException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Reports what is wrong. */
    public ModelFormatException(String message) {
        super(message);
    }

    /** Reports what is wrong, and what led to it. */
    public ModelFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
