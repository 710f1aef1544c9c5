package io.cocoon.engine.template;

import java.util.ArrayList;
import java.util.List;

/** Cuts a template into text and the words of its tags. White space goes as with trim_blocks and lstrip_blocks. */
final class Lexer {

    enum Kind {
        DATA,
        TAG_BEGIN,
        TAG_END,
        PRINT_BEGIN,
        PRINT_END,
        NAME,
        STRING,
        INTEGER,
        REAL,
        SIGN,
        END
    }

    record Token(Kind kind, String text, int line, int column) {

        boolean is(Kind wanted, String wantedText) {
            return kind == wanted && text.equals(wantedText);
        }
    }

    private static final List<String> SIGNS = List.of("//", "**", "==", "!=", "<=", ">=");
    private static final String SINGLE_SIGNS = "+-*/%~<>=()[]{},:.|";

    private final String source;
    private final List<Token> tokens = new ArrayList<>();
    private int at;
    private int line = 1;
    private int lineStart;
    private int counted;

    private Lexer(String source) {
        this.source = source;
    }

    static List<Token> tokens(String template) throws TemplateException {
        if (template.length() > TemplateLimits.MAX_SOURCE) {
            throw TemplateException.at(
                    "the source has " + template.length() + " characters; at most " + TemplateLimits.MAX_SOURCE
                            + " are read",
                    1,
                    1);
        }
        String source = template.replace("\r\n", "\n").replace('\r', '\n');
        Lexer lexer = new Lexer(source.endsWith("\n") ? source.substring(0, source.length() - 1) : source);
        lexer.run();
        return lexer.tokens;
    }

    private TemplateException problem(String what, int place) {
        // The place may lie before what was counted.
        int end = Math.min(place, source.length());
        int lineOfPlace = 1
                + (int) source.substring(0, end).chars().filter(c -> c == '\n').count();
        return TemplateException.at(what, lineOfPlace, end - source.lastIndexOf('\n', end - 1));
    }

    /** Moves the line count on to a place. */
    private void count(int place) {
        for (; counted < place && counted < source.length(); counted++) {
            if (source.charAt(counted) == '\n') {
                line++;
                lineStart = counted + 1;
            }
        }
    }

    private void add(Kind kind, String text, int place) {
        count(place);
        tokens.add(new Token(kind, text, line, place - lineStart + 1));
    }

    private void run() throws TemplateException {
        boolean stripLeft = false;
        while (true) {
            int open = nextOpen(at);
            int from = at;
            int to = open < 0 ? source.length() : open;
            if (stripLeft) {
                while (from < to && isSpace(source.charAt(from))) {
                    from++;
                }
            }
            if (open >= 0) {
                to = leftOf(open, from);
            }
            if (to > from) {
                add(Kind.DATA, source.substring(from, to), from);
            }
            if (open < 0) {
                add(Kind.END, "the end of the template", source.length());
                return;
            }
            stripLeft = tag(open);
        }
    }

    private int nextOpen(int from) {
        int open = source.indexOf('{', from);
        while (open >= 0 && (open + 1 == source.length() || "{%#".indexOf(source.charAt(open + 1)) < 0)) {
            open = source.indexOf('{', open + 1);
        }
        return open;
    }

    private char charAt(int place) {
        return place < source.length() ? source.charAt(place) : 0;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || c >= '\t' && c <= '\r';
    }

    /** Returns where the text before a tag ends. */
    private int leftOf(int open, int from) {
        int to = open;
        if (charAt(open + 2) == '-') {
            while (to > from && isSpace(source.charAt(to - 1))) {
                to--;
            }
            return to;
        }
        if (source.charAt(open + 1) == '{' || charAt(open + 2) == '+') {
            return open;
        }
        while (to > from && (source.charAt(to - 1) == ' ' || source.charAt(to - 1) == '\t')) {
            to--;
        }
        return to == 0 || source.charAt(to - 1) == '\n' ? to : open;
    }

    /** Reads a tag; returns whether white space behind it goes. */
    private boolean tag(int open) throws TemplateException {
        char kind = source.charAt(open + 1);
        at = open + 2;
        if (kind == '#') {
            int end = source.indexOf("#}", at);
            if (end < 0) {
                throw problem("a comment is not closed", open);
            }
            boolean strip = end > at && source.charAt(end - 1) == '-';
            at = end + 2;
            skipLineEnd(true);
            return strip;
        }
        boolean print = kind == '{';
        add(print ? Kind.PRINT_BEGIN : Kind.TAG_BEGIN, print ? "{{" : "{%", open);
        if (charAt(at) == '-' || charAt(at) == '+') {
            at++;
        }
        String close = print ? "}}" : "%}";
        int braces = 0;
        while (true) {
            while (isSpace(charAt(at))) {
                at++;
            }
            if (at >= source.length()) {
                throw problem("a tag is not closed", open);
            }
            if (braces == 0) {
                char c = source.charAt(at);
                boolean modified = (c == '-' || c == '+') && source.startsWith(close, at + 1);
                if (modified || source.startsWith(close, at)) {
                    add(print ? Kind.PRINT_END : Kind.TAG_END, close, at);
                    at += modified ? 3 : 2;
                    boolean strip = modified && c == '-';
                    skipLineEnd(!print && !(modified && c == '+'));
                    return strip;
                }
            }
            braces += word();
        }
    }

    private void skipLineEnd(boolean wanted) {
        if (wanted && charAt(at) == '\n') {
            at++;
        }
    }

    /** Reads one word of a tag; returns by how much it opens braces. */
    private int word() throws TemplateException {
        char c = source.charAt(at);
        int from = at;
        if (c == '_' || Character.isLetter(c)) {
            while (charAt(at) == '_' || Character.isLetterOrDigit(charAt(at))) {
                at++;
            }
            add(Kind.NAME, source.substring(from, at), from);
            return 0;
        }
        if (c >= '0' && c <= '9') {
            number();
            return 0;
        }
        if (c == '\'' || c == '"') {
            string(c);
            return 0;
        }
        for (String sign : SIGNS) {
            if (source.startsWith(sign, at)) {
                at += 2;
                add(Kind.SIGN, sign, from);
                return 0;
            }
        }
        if (SINGLE_SIGNS.indexOf(c) < 0) {
            throw problem("an unexpected character U+" + Integer.toHexString(c), at);
        }
        at++;
        add(Kind.SIGN, String.valueOf(c), from);
        return c == '{' ? 1 : c == '}' ? -1 : 0;
    }

    private void number() throws TemplateException {
        int from = at;
        skipDigits();
        boolean real = charAt(at) == '.' && charAt(at + 1) >= '0' && charAt(at + 1) <= '9';
        if (real) {
            at++;
            skipDigits();
        }
        if (at - from > 18) {
            throw problem("a number has more than 18 characters", from);
        }
        add(real ? Kind.REAL : Kind.INTEGER, source.substring(from, at), from);
    }

    private void skipDigits() {
        while (charAt(at) >= '0' && charAt(at) <= '9') {
            at++;
        }
    }

    private void string(char quote) throws TemplateException {
        int from = at++;
        StringBuilder text = new StringBuilder();
        while (true) {
            if (at >= source.length()) {
                throw problem("a string is not closed", from);
            }
            char c = source.charAt(at++);
            if (c == quote) {
                add(Kind.STRING, text.toString(), from);
                return;
            }
            if (c != '\\') {
                text.append(c);
            } else {
                escape(text);
            }
        }
    }

    private void escape(StringBuilder text) throws TemplateException {
        char c = charAt(at++);
        switch (c) {
            case 'n' -> text.append('\n');
            case 't' -> text.append('\t');
            case 'r' -> text.append('\r');
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case '\\', '\'', '"' -> text.append(c);
            case 'x' -> text.append((char) hex(2));
            case 'u' -> text.append((char) hex(4));
            default -> text.append('\\').append(c);
        }
    }

    private int hex(int digits) throws TemplateException {
        int value = 0;
        for (int i = 0; i < digits; i++) {
            int digit = Character.digit(charAt(at), 16);
            if (digit < 0) {
                throw problem("no hexadecimal digit in an escape", at);
            }
            value = value << 4 | digit;
            at++;
        }
        return value;
    }
}
