package io.cocoon.ton.cell;

import io.cocoon.tl.Bytes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@code HashmapE}: a map with keys of one length, in a tree of cells. A key whose length is no multiple of 8 stands at the left
 * of its bytes; the bits behind it are zero.
 *
 * <p>Reading is bounded by {@link #MAX_ENTRIES}: a small bag with shared subtrees can stand for very many entries.
 */
public final class Dictionary {

    /** The most entries that are read. */
    public static final int MAX_ENTRIES = 1 << 14;

    /** The longest key. */
    public static final int MAX_KEY_BITS = 512;

    private Dictionary() {}

    /**
     * Reads a dictionary: one bit, then a reference if the bit is 1.
     *
     * @return key to the slice of its value, sorted as unsigned numbers
     * @throws CellException if it is malformed or has too many entries
     */
    public static SortedMap<Bytes, CellSlice> load(CellSlice slice, int keyBits) throws CellException {
        requireWidth(keyBits);
        SortedMap<Bytes, CellSlice> entries = new TreeMap<>();
        if (slice.loadBit()) {
            read(slice.loadRef(), new byte[bytes(keyBits)], 0, keyBits, entries);
        }
        return entries;
    }

    private static void read(Cell cell, byte[] prefix, int done, int keyBits, Map<Bytes, CellSlice> entries)
            throws CellException {
        CellSlice slice = cell.beginParse();
        byte[] key = prefix.clone();
        int reached = done + loadLabel(slice, key, done, keyBits);
        if (reached == keyBits) {
            if (entries.size() == MAX_ENTRIES) {
                throw new CellException("a dictionary has at most " + MAX_ENTRIES + " entries here");
            }
            entries.put(Bytes.wrapUnshared(key), slice);
            return;
        }
        Cell zero = slice.loadRef();
        Cell one = slice.loadRef();
        slice.end("a fork of a dictionary");
        read(zero, key, reached + 1, keyBits, entries);
        set(key, reached, true);
        read(one, key, reached + 1, keyBits, entries);
    }

    /**
     * Looks one key up, in a tree of which a proof may show the way to that key only. What forks hold besides their two
     * branches is passed over, so it serves for augmented dictionaries too.
     *
     * @param root of the tree; an empty dictionary has none
     * @param key left-aligned, see {@link #key}
     * @return what stands behind the key, in an augmented dictionary the sum first; empty if the key is not there
     * @throws PrunedCellException if the proof leaves out the part that would say so
     * @throws CellException if the tree is malformed
     */
    public static Optional<CellSlice> lookup(Cell root, Bytes key, int keyBits) throws CellException {
        requireKey(key, keyBits);
        byte[] wanted = key.toByteArray();
        byte[] found = new byte[wanted.length];
        Cell cell = root;
        int done = 0;
        while (true) {
            CellSlice slice = cell.beginParse();
            int label = loadLabel(slice, found, done, keyBits);
            for (int end = done + label; done < end; done++) {
                if (get(found, done) != get(wanted, done)) {
                    return Optional.empty();
                }
            }
            if (done == keyBits) {
                return Optional.of(slice);
            }
            Cell zero = slice.loadRef();
            Cell one = slice.loadRef();
            boolean right = get(wanted, done);
            set(found, done++, right);
            cell = right ? one : zero;
        }
    }

    /** Returns a number as a key: its low {@code keyBits} bits, 1 to 64, moved to the left end. */
    public static Bytes key(long value, int keyBits) {
        if (keyBits < 1 || keyBits > Long.SIZE || (keyBits < Long.SIZE && value >>> keyBits != 0)) {
            throw new IllegalArgumentException(value + " is no key of " + keyBits + " bits");
        }
        byte[] key = new byte[bytes(keyBits)];
        for (int i = 0; i < keyBits; i++) {
            set(key, i, (value >>> (keyBits - 1 - i) & 1) != 0);
        }
        return Bytes.wrapUnshared(key);
    }

    /** Reads a label into the key and returns its length. */
    private static int loadLabel(CellSlice slice, byte[] key, int done, int keyBits) throws CellException {
        int left = keyBits - done;
        int width = Integer.SIZE - Integer.numberOfLeadingZeros(left);
        int label;
        if (!slice.loadBit()) {
            label = 0;
            while (slice.loadBit()) {
                label++;
            }
            checkLabel(label, left);
            copyLabel(slice, key, done, label);
        } else if (!slice.loadBit()) {
            label = (int) slice.loadUint(width);
            checkLabel(label, left);
            copyLabel(slice, key, done, label);
        } else {
            boolean bit = slice.loadBit();
            label = (int) slice.loadUint(width);
            checkLabel(label, left);
            for (int i = 0; i < label; i++) {
                set(key, done + i, bit);
            }
        }
        return label;
    }

    private static void checkLabel(int label, int left) throws CellException {
        if (label > left) {
            throw new CellException("a label of " + label + " bits, but only " + left + " of the key are left");
        }
    }

    private static void copyLabel(CellSlice slice, byte[] key, int at, int count) throws CellException {
        for (int i = 0; i < count; i++) {
            set(key, at + i, slice.loadBit());
        }
    }

    /** Appends a dictionary in its one canonical form. */
    public static void store(CellBuilder out, SortedMap<Bytes, Cell> values, int keyBits) {
        requireWidth(keyBits);
        values.keySet().forEach(key -> requireKey(key, keyBits));
        out.storeBit(!values.isEmpty());
        if (!values.isEmpty()) {
            out.storeRef(write(List.copyOf(values.entrySet()), 0, keyBits));
        }
    }

    private static Cell write(List<Map.Entry<Bytes, Cell>> entries, int done, int keyBits) {
        Bytes first = entries.get(0).getKey();
        Bytes last = entries.get(entries.size() - 1).getKey();
        int reached = done;
        while (reached < keyBits && get(first, reached) == get(last, reached)) {
            reached++;
        }
        CellBuilder out = new CellBuilder();
        writeLabel(out, first, done, reached - done, keyBits - done);
        if (reached == keyBits) {
            return out.storeSlice(entries.get(0).getValue().beginParseRaw()).build();
        }
        int split = 0;
        while (!get(entries.get(split).getKey(), reached)) {
            split++;
        }
        return out.storeRef(write(entries.subList(0, split), reached + 1, keyBits))
                .storeRef(write(entries.subList(split, entries.size()), reached + 1, keyBits))
                .build();
    }

    private static void writeLabel(CellBuilder out, Bytes key, int at, int length, int left) {
        int width = Integer.SIZE - Integer.numberOfLeadingZeros(left);
        boolean same = true;
        for (int i = 1; i < length; i++) {
            same &= get(key, at + i) == get(key, at);
        }
        if (same && length > 1 && width < 2 * length - 1) {
            out.storeUint(0b11, 2).storeBit(get(key, at)).storeUint(length, width);
            return;
        }
        if (width < length) {
            out.storeUint(0b10, 2).storeUint(length, width);
        } else {
            out.storeBit(false);
            for (int i = 0; i < length; i++) {
                out.storeBit(true);
            }
            out.storeBit(false);
        }
        for (int i = 0; i < length; i++) {
            out.storeBit(get(key, at + i));
        }
    }

    private static void requireWidth(int keyBits) {
        if (keyBits <= 0 || keyBits > MAX_KEY_BITS) {
            throw new IllegalArgumentException("a key has 1 to " + MAX_KEY_BITS + " bits here, not " + keyBits);
        }
    }

    private static void requireKey(Bytes key, int keyBits) {
        requireWidth(keyBits);
        boolean aligned = key.length() == bytes(keyBits);
        if (!aligned || (keyBits % 8 != 0 && (key.get(key.length() - 1) & 0xff >>> keyBits % 8) != 0)) {
            throw new IllegalArgumentException("not a key of " + keyBits + " bits, left-aligned: " + key.toHex());
        }
    }

    private static int bytes(int keyBits) {
        return (keyBits + 7) / 8;
    }

    private static boolean get(Bytes key, int bit) {
        return (key.get(bit >> 3) & 0x80 >>> (bit & 7)) != 0;
    }

    private static boolean get(byte[] key, int bit) {
        return (key[bit >> 3] & 0x80 >>> (bit & 7)) != 0;
    }

    private static void set(byte[] key, int bit, boolean value) {
        int mask = 0x80 >>> (bit & 7);
        key[bit >> 3] = (byte) (value ? key[bit >> 3] | mask : key[bit >> 3] & ~mask);
    }
}
