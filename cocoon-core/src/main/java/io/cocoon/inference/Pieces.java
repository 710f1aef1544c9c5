package io.cocoon.inference;

import io.cocoon.tl.Bytes;
import java.util.List;

/** Joins pieces of bytes with one copy. */
final class Pieces {

    private Pieces() {}

    static Bytes join(List<Bytes> pieces) {
        if (pieces.isEmpty()) {
            return Bytes.empty();
        }
        if (pieces.size() == 1) {
            return pieces.get(0);
        }
        int length = 0;
        for (Bytes piece : pieces) {
            length = Math.addExact(length, piece.length());
        }
        byte[] joined = new byte[length];
        int at = 0;
        for (Bytes piece : pieces) {
            piece.copyTo(joined, at);
            at += piece.length();
        }
        return Bytes.wrapUnshared(joined);
    }
}
