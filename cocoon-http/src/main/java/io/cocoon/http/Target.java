package io.cocoon.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a request is about: a path and a query, both decoded once.
 *
 * @param path begins with a slash; holds no control character
 * @param query values by name, in order
 */
record Target(String path, Map<String, String> query) {

    static final int MAX_PAIRS = 64;

    Target {
        query = Collections.unmodifiableMap(new LinkedHashMap<>(query));
    }

    /**
     * Parses the target of a request line in origin form (RFC 9112 3.2.1), which is all that a server needs which is no proxy.
     *
     * @throws BadRequestException for any other form, a broken escape, text that is not UTF-8, a control character, a name that
     *     comes twice, or too many names
     */
    static Target parse(String text) throws BadRequestException {
        if (!text.startsWith("/")) {
            throw new BadRequestException("the target of a request begins with a slash");
        }
        if (text.indexOf('#') >= 0) {
            throw new BadRequestException("the target of a request has no fragment");
        }
        int mark = text.indexOf('?');
        String path = decode(mark < 0 ? text : text.substring(0, mark), false);
        return new Target(path, mark < 0 ? Map.of() : pairs(text.substring(mark + 1)));
    }

    private static Map<String, String> pairs(String text) throws BadRequestException {
        Map<String, String> pairs = new LinkedHashMap<>();
        for (String pair : text.split("&", MAX_PAIRS + 1)) {
            if (pair.isEmpty()) {
                continue;
            }
            if (pairs.size() == MAX_PAIRS) {
                throw new BadRequestException("the query has more than " + MAX_PAIRS + " names");
            }
            int equals = pair.indexOf('=');
            String name = decode(equals < 0 ? pair : pair.substring(0, equals), true);
            // Which of two was meant is a guess, and guesses about money are errors.
            if (pairs.put(name, equals < 0 ? "" : decode(pair.substring(equals + 1), true)) != null) {
                throw new BadRequestException("a name comes twice in the query");
            }
        }
        return pairs;
    }

    private static String decode(String text, boolean form) throws BadRequestException {
        ByteBuffer bytes = ByteBuffer.allocate(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                int high = i + 2 < text.length() ? hex(text.charAt(i + 1)) : -1;
                int low = i + 2 < text.length() ? hex(text.charAt(i + 2)) : -1;
                if (high < 0 || low < 0) {
                    throw new BadRequestException(
                            "a percent sign in the target is not followed by two hexadecimal digits");
                }
                bytes.put((byte) (high << 4 | low));
                i += 2;
            } else if (c <= ' ' || c >= 0x7f) {
                throw new BadRequestException("the target has a character that must be written as an escape");
            } else {
                bytes.put((byte) (form && c == '+' ? ' ' : c));
            }
        }
        String decoded;
        try {
            decoded = StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
        } catch (CharacterCodingException e) {
            throw new BadRequestException("the target is not UTF-8");
        }
        if (decoded.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            throw new BadRequestException("the target has a control character");
        }
        return decoded;
    }

    private static int hex(char c) {
        return c < 0x7f ? Character.digit(c, 16) : -1;
    }
}
