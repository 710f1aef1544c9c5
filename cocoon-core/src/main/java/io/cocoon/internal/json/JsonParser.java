package io.cocoon.internal.json;

import io.cocoon.tl.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Parses one JSON document (RFC 8259: no comments, strict UTF-8; a byte order mark is skipped). Of a repeated member the last
 * counts. Depth and the length of numbers are bounded, and checked before the parser goes deeper.
 */
public final class JsonParser {

    /** How deep objects and arrays may nest. */
    public static final int MAX_DEPTH = 128;

    /** How many characters a number may have. */
    public static final int MAX_NUMBER_LENGTH = 400;

    private static final int LONG_DIGITS = 18;

    private final byte[] in;
    private final int start;
    private final int end;
    private final int maxDepth;
    private final boolean strict;
    private int at;
    private int depth;

    private JsonParser(Bytes text, int maxDepth, boolean strict) {
        this.maxDepth = maxDepth;
        this.strict = strict;
        in = text.unsafeArray();
        start = text.unsafeOffset();
        at = start;
        end = start + text.length();
    }

    /**
     * Parses a document; white space around it is allowed.
     *
     * @throws JsonException if the text is anything else
     */
    public static Json parse(Bytes text) throws JsonException {
        JsonParser parser = new JsonParser(text, MAX_DEPTH, false);
        parser.skipSpace();
        if (parser.startsWithMark()) {
            parser.at += 3;
        }
        Json value = parser.value();
        parser.skipSpace();
        if (parser.at != parser.end) {
            throw parser.problem("text behind the JSON document");
        }
        return value;
    }

    /**
     * Parses a document in which everything has to mean one thing only: a repeated member and a byte order mark are refused.
     * For what somebody signed, and for settings.
     *
     * @param maxDepth how deep objects and arrays may nest, at most {@link #MAX_DEPTH}
     * @throws JsonException if the text is anything else
     */
    public static Json parseStrict(Bytes text, int maxDepth) throws JsonException {
        if (maxDepth < 1 || maxDepth > MAX_DEPTH) {
            throw new IllegalArgumentException("a depth of 1 to " + MAX_DEPTH + ", not " + maxDepth);
        }
        JsonParser parser = new JsonParser(text, maxDepth, true);
        Json value = parser.value();
        parser.skipSpace();
        if (parser.at != parser.end) {
            throw parser.problem("text behind the JSON document");
        }
        return value;
    }

    private boolean startsWithMark() {
        return end - at >= 3 && in[at] == (byte) 0xef && in[at + 1] == (byte) 0xbb && in[at + 2] == (byte) 0xbf;
    }

    private JsonException problem(String what) {
        return new JsonException(what, at - start);
    }

    private void skipSpace() {
        while (at < end && (in[at] == ' ' || in[at] == '\n' || in[at] == '\r' || in[at] == '\t')) {
            at++;
        }
    }

    private int peek() throws JsonException {
        skipSpace();
        if (at == end) {
            throw problem("the JSON document is cut off");
        }
        return in[at];
    }

    private Json value() throws JsonException {
        return switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> new Json.Str(string());
            case 't' -> literal("true", new Json.Bool(true));
            case 'f' -> literal("false", new Json.Bool(false));
            case 'n' -> literal("null", Json.Null.NULL);
            default -> number();
        };
    }

    private Json literal(String text, Json value) throws JsonException {
        for (int i = 0; i < text.length(); i++) {
            if (at == end || in[at] != text.charAt(i)) {
                throw problem("no JSON value");
            }
            at++;
        }
        return value;
    }

    private void enter() throws JsonException {
        if (++depth > maxDepth) {
            throw problem("JSON nested deeper than " + maxDepth);
        }
        at++;
    }

    private Json object() throws JsonException {
        enter();
        Json.Obj object = new Json.Obj();
        if (peek() == '}') {
            at++;
            depth--;
            return object;
        }
        while (true) {
            if (peek() != '"') {
                throw problem("expected a member name");
            }
            String name = string();
            if (peek() != ':') {
                throw problem("expected ':'");
            }
            at++;
            Json value = value();
            if (strict && object.has(name)) {
                throw problem("a member for the second time");
            }
            object.put(name, value);
            if (closes('}')) {
                return object;
            }
        }
    }

    private Json array() throws JsonException {
        enter();
        Json.Arr array = new Json.Arr();
        if (peek() == ']') {
            at++;
            depth--;
            return array;
        }
        while (true) {
            array.items().add(value());
            if (closes(']')) {
                return array;
            }
        }
    }

    private boolean closes(char bracket) throws JsonException {
        int next = peek();
        if (next != ',' && next != bracket) {
            throw problem("expected ',' or '" + bracket + "'");
        }
        at++;
        if (next == bracket) {
            depth--;
            return true;
        }
        return false;
    }

    private String string() throws JsonException {
        int from = ++at;
        int seen = 0;
        while (at < end) {
            byte b = in[at];
            if (b == '"') {
                String text = decode(from, at, seen < 0);
                at++;
                return text;
            }
            if (b == '\\') {
                return escapedString(from);
            }
            if (b >= 0 && b < ' ') {
                throw problem("control character in a string");
            }
            seen |= b;
            at++;
        }
        throw problem("the JSON document is cut off");
    }

    private String escapedString(int start) throws JsonException {
        StringBuilder text = new StringBuilder();
        int from = start;
        while (at < end) {
            byte b = in[at];
            if (b == '"') {
                text.append(decode(from, at, true));
                at++;
                return text.toString();
            }
            if (b == '\\') {
                text.append(decode(from, at, true));
                at++;
                escape(text);
                from = at;
            } else if (b >= 0 && b < ' ') {
                throw problem("control character in a string");
            } else {
                at++;
            }
        }
        throw problem("the JSON document is cut off");
    }

    private void escape(StringBuilder text) throws JsonException {
        if (at == end) {
            throw problem("the JSON document is cut off");
        }
        switch (in[at++]) {
            case '"' -> text.append('"');
            case '\\' -> text.append('\\');
            case '/' -> text.append('/');
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case 'n' -> text.append('\n');
            case 'r' -> text.append('\r');
            case 't' -> text.append('\t');
            case 'u' -> unicode(text);
            default -> throw problem("unknown escape in a string");
        }
    }

    private void unicode(StringBuilder text) throws JsonException {
        char unit = hexUnit();
        if (Character.isLowSurrogate(unit)) {
            throw problem("half a surrogate pair in a string");
        }
        text.append(unit);
        if (Character.isHighSurrogate(unit)) {
            if (end - at < 2 || in[at] != '\\' || in[at + 1] != 'u') {
                throw problem("half a surrogate pair in a string");
            }
            at += 2;
            char low = hexUnit();
            if (!Character.isLowSurrogate(low)) {
                throw problem("half a surrogate pair in a string");
            }
            text.append(low);
        }
    }

    private char hexUnit() throws JsonException {
        if (end - at < 4) {
            throw problem("the JSON document is cut off");
        }
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            int digit = Character.digit(in[at++], 16);
            if (digit < 0) {
                throw problem("no hexadecimal digit in an escape");
            }
            unit = unit << 4 | digit;
        }
        return (char) unit;
    }

    private String decode(int from, int to, boolean mayHaveNonAscii) throws JsonException {
        if (!mayHaveNonAscii) {
            return new String(in, from, to - from, StandardCharsets.ISO_8859_1);
        }
        String text = new String(in, from, to - from, StandardCharsets.UTF_8);
        if (text.indexOf('\ufffd') >= 0) {
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(in, from, to - from))
                        .toString();
            } catch (CharacterCodingException e) {
                throw problem("a string is not UTF-8");
            }
        }
        return text;
    }

    private Json number() throws JsonException {
        int from = at;
        boolean negative = in[at] == '-';
        if (negative) {
            at++;
        }
        int integerDigits = digits();
        if (integerDigits == 0 || (integerDigits > 1 && in[at - integerDigits] == '0')) {
            throw problem("no JSON value");
        }
        boolean real = false;
        if (at < end && in[at] == '.') {
            real = true;
            at++;
            requireDigits();
        }
        if (at < end && (in[at] == 'e' || in[at] == 'E')) {
            real = true;
            at++;
            if (at < end && (in[at] == '+' || in[at] == '-')) {
                at++;
            }
            requireDigits();
        }
        if (at - from > MAX_NUMBER_LENGTH) {
            throw problem("a number has more than " + MAX_NUMBER_LENGTH + " characters");
        }
        if (!real && integerDigits <= LONG_DIGITS) {
            long value = 0;
            for (int i = negative ? from + 1 : from; i < at; i++) {
                value = value * 10 + (in[i] - '0');
            }
            return new Json.Int(negative ? -value : value);
        }
        return longNumber(new String(in, from, at - from, StandardCharsets.ISO_8859_1), real, negative);
    }

    private Json longNumber(String text, boolean real, boolean negative) throws JsonException {
        if (!real) {
            try {
                if (negative) {
                    return new Json.Int(Long.parseLong(text));
                }
                long bits = Long.parseUnsignedLong(text);
                return new Json.Int(bits, bits < 0);
            } catch (NumberFormatException e) {
                // Beyond 64 bits: the network turns it into floating point.
            }
        }
        double value = Double.parseDouble(text);
        if (Double.isInfinite(value)) {
            throw problem("a number beyond floating point");
        }
        return new Json.Real(value);
    }

    private int digits() {
        int from = at;
        while (at < end && in[at] >= '0' && in[at] <= '9') {
            at++;
        }
        return at - from;
    }

    private void requireDigits() throws JsonException {
        if (digits() == 0) {
            throw problem("digits are missing in a number");
        }
    }
}
