package io.cocoon.engine.text;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** BPE on the UTF-8 bytes of each word. Engine dossier 3. */
final class ByteLevelEncoder implements WordEncoder {

    /** The character that stands for each byte in a vocabulary. */
    private static final char[] CHARS = new char[256];

    static {
        int next = 0x100;
        for (int b = 0; b < 256; b++) {
            boolean printable = b >= 33 && b <= 126 || b >= 161 && b <= 172 || b >= 174;
            CHARS[b] = (char) (printable ? b : next++);
        }
    }

    private static final int FIRST_BEHIND = 0x100 + 68;

    private final WordScanner scanner;
    private final MergeTable merges;
    private final int[] byteIds;
    private final Map<String, Integer> wholeWords;

    /**
     * Makes one.
     *
     * @param byteIds the token of each byte
     * @param wholeWords words, their bytes as Latin-1, that are one token whatever the merges say
     */
    ByteLevelEncoder(WordScanner scanner, MergeTable merges, int[] byteIds, Map<String, Integer> wholeWords) {
        this.scanner = scanner;
        this.merges = merges;
        this.byteIds = byteIds;
        this.wholeWords = wholeWords;
    }

    /** Returns the name of a byte's token in a vocabulary. */
    static String nameOf(int b) {
        return String.valueOf(CHARS[b]);
    }

    /** Returns the bytes that a vocabulary's entry stands for; of one that is no byte-level text, its own UTF-8. */
    static byte[] bytesOf(String entry) {
        byte[] bytes = new byte[entry.length()];
        for (int i = 0; i < bytes.length; i++) {
            int b = byteOf(entry.charAt(i));
            if (b < 0) {
                return entry.getBytes(StandardCharsets.UTF_8);
            }
            bytes[i] = (byte) b;
        }
        return bytes;
    }

    private static int byteOf(char c) {
        if (c < 0x100) {
            return CHARS[c] == c ? c : -1;
        }
        if (c >= FIRST_BEHIND) {
            return -1;
        }
        int order = c - 0x100;
        // 0 to 32, 127 to 160, and 173, in order.
        return order <= 32 ? order : order <= 66 ? order - 33 + 127 : 173;
    }

    @Override
    public void encode(String text, IntList out) {
        Merger merger = new Merger(merges);
        for (int at = 0; at < text.length(); ) {
            int end = scanner.end(text, at);
            byte[] word = text.substring(at, end).getBytes(StandardCharsets.UTF_8);
            at = end;
            Integer whole = wholeWords.isEmpty() ? null : wholeWords.get(new String(word, StandardCharsets.ISO_8859_1));
            if (whole != null) {
                out.add(whole);
                continue;
            }
            for (byte b : word) {
                merger.add(byteIds[b & 0xff]);
            }
            merger.finish(out);
        }
    }
}
