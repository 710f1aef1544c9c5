package io.cocoon.engine.text;

/**
 * Joins bytes to characters as they come. Bytes that may still become a character are held back; those that cannot any more
 * become U+FFFD, one for each longest prefix of a character (the Unicode Standard, 3.9). Belongs to one thread.
 */
final class Utf8Joiner {

    private static final char REPLACEMENT = '\ufffd';

    private int codePoint;
    private int missing;
    private int lowest = 0x80;
    private int highest = 0xbf;

    /** Takes bytes and appends the characters that are complete. */
    void take(byte[] bytes, int from, int to, StringBuilder out) {
        for (int i = from; i < to; i++) {
            take(bytes[i] & 0xff, out);
        }
    }

    private void take(int b, StringBuilder out) {
        if (missing > 0) {
            if (b >= lowest && b <= highest) {
                lowest = 0x80;
                highest = 0xbf;
                codePoint = codePoint << 6 | b & 0x3f;
                if (--missing == 0) {
                    out.appendCodePoint(codePoint);
                }
                return;
            }
            finish(out);
        }
        if (b < 0x80) {
            out.append((char) b);
        } else if (b >= 0xc2 && b <= 0xdf) {
            begin(b & 0x1f, 1);
        } else if (b >= 0xe0 && b <= 0xef) {
            begin(b & 0x0f, 2);
            // No longer forms than needed, and no surrogates.
            lowest = b == 0xe0 ? 0xa0 : 0x80;
            highest = b == 0xed ? 0x9f : 0xbf;
        } else if (b >= 0xf0 && b <= 0xf4) {
            begin(b & 0x07, 3);
            lowest = b == 0xf0 ? 0x90 : 0x80;
            highest = b == 0xf4 ? 0x8f : 0xbf;
        } else {
            out.append(REPLACEMENT);
        }
    }

    private void begin(int bits, int more) {
        codePoint = bits;
        missing = more;
    }

    /** Ends the text: what was held back becomes U+FFFD. */
    void finish(StringBuilder out) {
        if (missing > 0) {
            out.append(REPLACEMENT);
        }
        missing = 0;
        lowest = 0x80;
        highest = 0xbf;
    }
}
