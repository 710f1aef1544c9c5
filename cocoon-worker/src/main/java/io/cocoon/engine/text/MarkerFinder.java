package io.cocoon.engine.text;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds added tokens in a text, the longest one at each place. Not changed once built. */
final class MarkerFinder {

    /** Where a token was found, with the white space that it swallows. */
    record Match(int from, int to, AddedToken token) {}

    private static final class Node {
        private final int depth;
        private final Map<Character, Node> children = new HashMap<>();
        private @Nullable AddedToken token;

        Node(int depth) {
            this.depth = depth;
        }
    }

    private final Node root = new Node(0);
    private final BitSet firstChars = new BitSet();

    /** Adds a token under the text to look for, which is not empty. For the time of building only. */
    void add(String text, AddedToken token) {
        Node node = root;
        for (int i = 0; i < text.length(); i++) {
            int depth = i + 1;
            node = node.children.computeIfAbsent(text.charAt(i), any -> new Node(depth));
        }
        node.token = token;
        firstChars.set(text.charAt(0));
    }

    boolean isEmpty() {
        return firstChars.isEmpty();
    }

    /**
     * Returns the next token at or behind {@code from}, or null if there is none. A marker counts only where every character
     * of it is trusted.
     */
    @Nullable
    Match next(String text, BitSet trusted, int from) {
        int at = from;
        while (at < text.length()) {
            Node found = firstChars.get(text.charAt(at)) ? longest(text, trusted, at) : null;
            if (found == null || found.token == null) {
                at++;
                continue;
            }
            AddedToken token = found.token;
            int end = at + found.depth;
            if (token.singleWord() && !standsAlone(text, at, end)) {
                at = end;
                continue;
            }
            return new Match(
                    token.leftStrip() ? leftOf(text, at, from) : at,
                    token.rightStrip() ? rightOf(text, end) : end,
                    token);
        }
        return null;
    }

    private @Nullable Node longest(String text, BitSet trusted, int at) {
        Node best = null;
        Node node = root;
        boolean allTrusted = true;
        for (int i = at; i < text.length(); i++) {
            node = node.children.get(text.charAt(i));
            if (node == null) {
                break;
            }
            allTrusted &= trusted.get(i);
            if (node.token != null && (allTrusted || !node.token.marker())) {
                best = node;
            }
        }
        return best;
    }

    private static boolean standsAlone(String text, int from, int to) {
        return (from == 0 || !Characters.isWord(text.codePointBefore(from)))
                && (to == text.length() || !Characters.isWord(text.codePointAt(to)));
    }

    private static int leftOf(String text, int at, int limit) {
        int left = at;
        while (left > limit && Characters.isSpace(text.charAt(left - 1))) {
            left--;
        }
        return left;
    }

    private static int rightOf(String text, int end) {
        int right = end;
        while (right < text.length() && Characters.isSpace(text.charAt(right))) {
            right++;
        }
        return right;
    }
}
