package io.cocoon.engine.text;

import java.text.Normalizer;

/** What is done to text before it is cut. Doing it twice changes nothing. */
enum Normalization {
    /** Nothing. */
    NONE,
    /** Composed characters (Unicode form C). */
    NFC,
    /** Every space becomes U+2581. */
    SPACE_MARKS;

    String apply(String text) {
        return switch (this) {
            case NONE -> text;
            case NFC ->
                Normalizer.isNormalized(text, Normalizer.Form.NFC)
                        ? text
                        : Normalizer.normalize(text, Normalizer.Form.NFC);
            case SPACE_MARKS -> text.replace(' ', Characters.SPACE_MARK);
        };
    }
}
