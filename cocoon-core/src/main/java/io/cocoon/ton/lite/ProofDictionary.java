package io.cocoon.ton.lite;

import io.cocoon.tl.Bytes;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import java.util.Optional;

final class ProofDictionary {
    private ProofDictionary() {}

    static Optional<CellSlice> find(Cell root, Bytes key, int keyBits) throws CellException {
        Cell cell = root;
        int done = 0;
        while (true) {
            CellSlice slice = cell.beginParse();
            int left = keyBits - done;
            int width = Integer.SIZE - Integer.numberOfLeadingZeros(left);
            int label = 0;
            boolean same = false;
            boolean bit = false;
            if (!slice.loadBit()) {
                while (slice.loadBit()) {
                    label++;
                }
            } else if (!slice.loadBit()) {
                label = (int) slice.loadUint(width);
            } else {
                same = true;
                bit = slice.loadBit();
                label = (int) slice.loadUint(width);
            }
            if (label > left) {
                throw new CellException("a label of " + label + " bits, but only " + left + " of the key are left");
            }
            for (int i = 0; i < label; i++) {
                boolean found = same ? bit : slice.loadBit();
                if (found != get(key, done + i)) {
                    return Optional.empty();
                }
            }
            done += label;
            if (done == keyBits) {
                return Optional.of(slice);
            }
            Cell zero = slice.loadRef();
            Cell one = slice.loadRef();
            cell = get(key, done) ? one : zero;
            done++;
        }
    }

    private static boolean get(Bytes key, int bit) {
        return (key.get(bit >> 3) & 0x80 >>> (bit & 7)) != 0;
    }
}
