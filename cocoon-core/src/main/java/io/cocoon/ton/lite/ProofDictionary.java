package io.cocoon.ton.lite;

import io.cocoon.tl.Bytes;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import java.util.Optional;

/**
 * Looks one key up in a dictionary of which a proof may show the way to that key only. What forks of augmented dictionaries
 * hold besides is not looked at. Pure functions.
 */
final class ProofDictionary {

    private ProofDictionary() {}

    /** Bits of a key, from the first on. */
    @FunctionalInterface
    interface Key {
        /** Returns one of them. */
        boolean get(int bit);
    }

    /** Looks up a key of whole bytes. */
    static Optional<CellSlice> find(Cell root, Bytes key, int keyBits) throws CellException {
        return find(root, bit -> (key.get(bit >> 3) & 0x80 >>> (bit & 7)) != 0, keyBits);
    }

    /** Looks up a number of 32 bits. */
    static Optional<CellSlice> find(Cell root, int key) throws CellException {
        return find(root, bit -> (key >>> (31 - bit) & 1) != 0, 32);
    }

    /**
     * Looks up a key.
     *
     * @return what stands after the key: in augmented dictionaries the sum, then the value; empty if the key is proven not to
     *     be there
     * @throws CellException if the tree is malformed, or leaves out what would say so
     */
    static Optional<CellSlice> find(Cell root, Key key, int keyBits) throws CellException {
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
                if (found != key.get(done + i)) {
                    return Optional.empty();
                }
            }
            done += label;
            if (done == keyBits) {
                return Optional.of(slice);
            }
            Cell zero = slice.loadRef();
            Cell one = slice.loadRef();
            cell = key.get(done) ? one : zero;
            done++;
        }
    }
}
