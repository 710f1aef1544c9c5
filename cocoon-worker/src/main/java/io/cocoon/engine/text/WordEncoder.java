package io.cocoon.engine.text;

/** Encodes normalized text that holds no added token. Immutable. */
interface WordEncoder {

    void encode(String text, IntList out);
}
