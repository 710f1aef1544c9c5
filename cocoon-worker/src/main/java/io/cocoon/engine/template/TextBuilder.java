package io.cocoon.engine.template;

import io.cocoon.engine.text.Segment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.UnaryOperator;

/** Builds a text and never lets it grow beyond a limit. */
final class TextBuilder {

    private final int limit;
    private final StringBuilder chars = new StringBuilder();
    private final BitSet trusted = new BitSet();

    TextBuilder(int limit) {
        this.limit = limit;
    }

    TextBuilder append(Text text) {
        for (int at = 0; at < text.length(); ) {
            int end = text.runEnd(at);
            append(text.chars(), at, end, text.trustedAt(at));
            at = end;
        }
        return this;
    }

    /** Appends what a function makes of each run of one origin. */
    TextBuilder appendMapped(Text text, UnaryOperator<String> function) {
        for (int at = 0; at < text.length(); ) {
            int end = text.runEnd(at);
            append(function.apply(text.chars().substring(at, end)), text.trustedAt(at));
            at = end;
        }
        return this;
    }

    TextBuilder append(String text, boolean trust) {
        append(text, 0, text.length(), trust);
        return this;
    }

    private void append(String text, int from, int to, boolean trust) {
        if (to - from > limit - chars.length()) {
            throw new Fault("a text has more than " + limit + " characters, the limit");
        }
        if (trust) {
            trusted.set(chars.length(), chars.length() + to - from);
        }
        chars.append(text, from, to);
    }

    int length() {
        return chars.length();
    }

    Text text() {
        return Text.of(chars.toString(), (BitSet) trusted.clone());
    }

    List<Segment> segments() {
        Text whole = text();
        List<Segment> segments = new ArrayList<>();
        for (int at = 0; at < whole.length(); ) {
            int end = whole.runEnd(at);
            segments.add(new Segment(whole.chars().substring(at, end), whole.trustedAt(at)));
            at = end;
        }
        return segments;
    }
}
