package io.cocoon.tl;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Text of TL's {@code string} without losing a byte.
 *
 * <p>A {@code string} is meant to be UTF-8, but the reference does not check it, and a header value from an upstream
 * server may hold anything. Each byte that is not part of well-formed UTF-8 becomes a lone low surrogate U+DC80 to
 * U+DCFF, which well-formed text cannot contain, and comes back as that byte when written. So text of a peer survives a
 * pass through this library byte for byte.
 */
final class TlText {

    private static final char ESCAPE = 0xdc00;

    private TlText() {}

    static String decode(byte[] source, int offset, int length) {
        if (length == 0) {
            return ""; // One shared object: a peer may send millions of empty strings in one message.
        }
        int ascii = 0;
        while (ascii < length && source[offset + ascii] >= 0) {
            ascii++;
        }
        if (ascii == length) {
            return new String(source, offset, length, StandardCharsets.US_ASCII);
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(source, offset, length);
        CharBuffer out = CharBuffer.allocate(length);
        while (in.hasRemaining()) {
            CoderResult result = decoder.decode(in, out, true);
            if (result.isError()) {
                // One byte at a time: the rest of a bad sequence may begin a good one.
                out.put((char) (ESCAPE | (in.get() & 0xff)));
                decoder.reset();
            }
        }
        return out.flip().toString();
    }

    static byte[] encode(String text) {
        if (!hasEscape(text)) {
            return text.getBytes(StandardCharsets.UTF_8);
        }
        java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream(text.length() + 16);
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            if (isEscape(text, i)) {
                out.writeBytes(text.substring(from, i).getBytes(StandardCharsets.UTF_8));
                out.write(text.charAt(i) & 0xff);
                from = i + 1;
            }
        }
        out.writeBytes(text.substring(from).getBytes(StandardCharsets.UTF_8));
        return out.toByteArray();
    }

    private static boolean hasEscape(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isEscape(text, i)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isEscape(String text, int at) {
        char c = text.charAt(at);
        return c >= 0xdc80 && c <= 0xdcff && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
    }
}
