package io.cocoon.engine.text;

/**
 * Cuts text into the words that are encoded one by one, for the two patterns that Qwen and Llama 3 use. They differ in how
 * many digits go together. Written by hand because a regular expression would recurse once a character on a long run.
 */
final class WordScanner {

    private static final String BEFORE_DIGITS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}";
    private static final String AFTER_DIGITS = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /** The pattern of Qwen: digits one by one. */
    static final String QWEN = BEFORE_DIGITS + AFTER_DIGITS;

    /** The pattern of Llama 3: up to three digits. */
    static final String LLAMA3 = BEFORE_DIGITS + "{1,3}" + AFTER_DIGITS;

    private final int digits;

    /** @param digits how many digits one word holds at most */
    WordScanner(int digits) {
        this.digits = digits;
    }

    /** Returns where the word ends that begins at {@code at}, which lies before the end of the text. */
    int end(String text, int at) {
        int c = text.codePointAt(at);
        if (c == '\'') {
            int contraction = contraction(text, at);
            if (contraction > 0) {
                return at + contraction;
            }
        }
        if (Characters.isLetter(c)) {
            return letters(text, at);
        }
        int next = at + Character.charCount(c);
        if (Characters.isNumber(c)) {
            return digits(text, next);
        }
        int second = next < text.length() ? text.codePointAt(next) : -1;
        if (c != '\r' && c != '\n' && second >= 0 && Characters.isLetter(second)) {
            return letters(text, next);
        }
        if (!Characters.isSpace(c)) {
            return signs(text, next);
        }
        if (c == ' ' && second >= 0 && isSign(second)) {
            return signs(text, next);
        }
        return spaces(text, at);
    }

    /** Returns the length of 's, 't, 're, 've, 'm, 'll or 'd in any case at this place, or 0. */
    private static int contraction(String text, int at) {
        char first = lower(text, at + 1);
        switch (first) {
            case 's', 't', 'm', 'd' -> {
                return 2;
            }
            case 'r', 'v' -> {
                return lower(text, at + 2) == 'e' ? 3 : 0;
            }
            case 'l' -> {
                return lower(text, at + 2) == 'l' ? 3 : 0;
            }
            default -> {
                return 0;
            }
        }
    }

    private static char lower(String text, int at) {
        if (at >= text.length()) {
            return 0;
        }
        char c = text.charAt(at);
        // The long s is the one letter outside of ASCII that equals one of these when case is ignored.
        return c == '\u017f' ? 's' : c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
    }

    private static int letters(String text, int at) {
        int end = at;
        while (end < text.length()) {
            int c = text.codePointAt(end);
            if (!Characters.isLetter(c)) {
                break;
            }
            end += Character.charCount(c);
        }
        return end;
    }

    private int digits(String text, int at) {
        int end = at;
        for (int i = 1; i < digits && end < text.length(); i++) {
            int c = text.codePointAt(end);
            if (!Characters.isNumber(c)) {
                break;
            }
            end += Character.charCount(c);
        }
        return end;
    }

    private static boolean isSign(int c) {
        return !Characters.isSpace(c) && !Characters.isLetter(c) && !Characters.isNumber(c);
    }

    private static int signs(String text, int at) {
        int end = at;
        while (end < text.length()) {
            int c = text.codePointAt(end);
            if (!isSign(c)) {
                break;
            }
            end += Character.charCount(c);
        }
        while (end < text.length() && isLineEnd(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private static boolean isLineEnd(char c) {
        return c == '\r' || c == '\n';
    }

    private static int spaces(String text, int at) {
        int end = at;
        int behindLineEnd = -1;
        // All white space lies in the first plane, so that one char is one character.
        while (end < text.length() && Characters.isSpace(text.charAt(end))) {
            if (isLineEnd(text.charAt(end))) {
                behindLineEnd = end + 1;
            }
            end++;
        }
        if (behindLineEnd >= 0) {
            return behindLineEnd;
        }
        // The last space before a word belongs to that word, unless it is the only one.
        return end == text.length() || end == at + 1 ? end : end - 1;
    }
}
