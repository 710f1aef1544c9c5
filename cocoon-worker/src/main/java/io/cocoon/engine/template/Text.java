package io.cocoon.engine.template;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** A string of which each character is the template's or a caller's. Immutable. */
final class Text {

    static final Text EMPTY = ofTemplate("");

    private final String chars;
    private final boolean trusted;
    /** Which characters are the template's, or null if all are alike. */
    private final @Nullable BitSet mixed;

    private Text(String chars, boolean trusted, @Nullable BitSet mixed) {
        this.chars = chars;
        this.trusted = trusted;
        this.mixed = mixed;
    }

    static Text ofTemplate(String chars) {
        return new Text(chars, true, null);
    }

    static Text ofCaller(String chars) {
        return new Text(chars, false, null);
    }

    static Text of(String chars, BitSet trusted) {
        int count = trusted.cardinality();
        if (count == 0 || count == chars.length()) {
            return new Text(chars, count > 0 || chars.isEmpty(), null);
        }
        return new Text(chars, false, trusted);
    }

    String chars() {
        return chars;
    }

    int length() {
        return chars.length();
    }

    /** Returns where the run of characters of one origin ends that begins at {@code at}. */
    int runEnd(int at) {
        if (mixed == null) {
            return chars.length();
        }
        int end = mixed.get(at) ? mixed.nextClearBit(at) : mixed.nextSetBit(at);
        return end < 0 || end > chars.length() ? chars.length() : end;
    }

    boolean trustedAt(int at) {
        return mixed == null ? trusted : mixed.get(at);
    }

    Text substring(int from, int to) {
        if (from == 0 && to == chars.length()) {
            return this;
        }
        String part = chars.substring(from, to);
        return mixed == null ? new Text(part, trusted, null) : of(part, mixed.get(from, to));
    }

    @Override
    public String toString() {
        return chars;
    }
}
