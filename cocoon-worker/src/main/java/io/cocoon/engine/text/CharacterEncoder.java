package io.cocoon.engine.text;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** BPE on the characters of a whole text, as SentencePiece does it; unknown characters become their bytes. Engine dossier 3. */
final class CharacterEncoder implements WordEncoder {

    private final MergeTable merges;
    private final Map<Integer, Integer> characters;
    private final int[] byteIds;
    private final int unknown;
    private final boolean fuseUnknown;
    private final MergeTable neighbours;

    /**
     * Makes one.
     *
     * @param characters the tokens of single code points
     * @param byteIds the token of each byte, or -1
     * @param unknown the token for what has no bytes either; not used if every byte has a token
     * @param fuseUnknown whether neighbouring unknown characters are one token
     * @param neighbours the pairs of code points that stand side by side in any token
     */
    CharacterEncoder(
            MergeTable merges,
            Map<Integer, Integer> characters,
            int[] byteIds,
            int unknown,
            boolean fuseUnknown,
            MergeTable neighbours) {
        this.merges = merges;
        this.characters = characters;
        this.byteIds = byteIds;
        this.unknown = unknown;
        this.fuseUnknown = fuseUnknown;
        this.neighbours = neighbours;
    }

    /** Returns the name of a byte's token in a vocabulary. */
    static String nameOf(int b) {
        return "<0x" + "0123456789ABCDEF".charAt(b >> 4) + "0123456789ABCDEF".charAt(b & 15) + ">";
    }

    @Override
    public void encode(String text, IntList out) {
        Merger merger = new Merger(merges);
        boolean lastUnknown = false;
        int lastKnown = -1;
        for (int at = 0; at < text.length(); ) {
            int c = text.codePointAt(at);
            at += Character.charCount(c);
            Integer id = characters.get(c);
            if (id != null) {
                // No token holds these two side by side, so that no merge goes across: shorter words are quicker.
                if (lastKnown >= 0 && neighbours.get(lastKnown, c) == MergeTable.NONE) {
                    merger.finish(out);
                }
                merger.add(id);
                lastKnown = c;
                lastUnknown = false;
                continue;
            }
            lastKnown = -1;
            byte[] bytes = Character.toString(c).getBytes(StandardCharsets.UTF_8);
            if (haveTokens(bytes)) {
                for (byte b : bytes) {
                    merger.add(byteIds[b & 0xff]);
                }
                lastUnknown = false;
            } else {
                if (!lastUnknown || !fuseUnknown) {
                    merger.add(unknown);
                }
                lastUnknown = true;
            }
        }
        merger.finish(out);
    }

    private boolean haveTokens(byte[] bytes) {
        for (byte b : bytes) {
            if (byteIds[b & 0xff] < 0) {
                return false;
            }
        }
        return true;
    }
}
