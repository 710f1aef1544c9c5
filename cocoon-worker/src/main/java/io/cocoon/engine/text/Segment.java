package io.cocoon.engine.text;

import java.util.Objects;

/**
 * A piece of text and where it came from. Immutable.
 *
 * @param text the text
 * @param trusted whether a model's template wrote it, so that markers in it are meant as markers; false for everything that a
 *     caller sent
 */
public record Segment(String text, boolean trusted) {

    /** Checks that the text is there. */
    public Segment {
        Objects.requireNonNull(text, "text");
    }

    /** Makes one that a template wrote. */
    public static Segment ofTemplate(String text) {
        return new Segment(text, true);
    }

    /** Makes one that a caller wrote. */
    public static Segment ofCaller(String text) {
        return new Segment(text, false);
    }
}
