package io.cocoon.ton.cell;

import io.cocoon.tl.Int256;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Up to 1023 bits and four references to other cells. Immutable and thread-safe.
 *
 * <p>Equality is by representation hash, which is computed at the first use and kept. A cell with pruned branches below
 * has more than one hash; {@link #hash(int)} with level 0 is that of the tree before pruning, so an address can be
 * computed without the code: see {@link #pruned}.
 */
public final class Cell {

    /** The most bits of one cell. */
    public static final int MAX_BITS = 1023;

    /** The most references of one cell. */
    public static final int MAX_REFS = 4;

    /** The greatest depth of a tree of cells. */
    public static final int MAX_DEPTH = 1024;

    /** The cell without bits and references. */
    public static final Cell EMPTY = ordinary(new byte[0], 0, new Cell[0]);

    private static final int HASH_BYTES = Int256.BYTES;
    private static final int DEPTH_BYTES = 2;
    private static final int MAX_LEVEL = 3;
    private static final int EXOTIC_BIT = 8;
    private static final int MERKLE_ENTRY_BITS = 8 * (HASH_BYTES + DEPTH_BYTES);

    private final CellType type;
    private final byte[] data;
    private final int bits;
    private final Cell[] refs;
    private final int levelMask;
    private final int[] depths;
    private volatile byte @Nullable [] hashes;

    private Cell(CellType type, byte[] data, int bits, Cell[] refs, int levelMask) throws CellException {
        this.type = type;
        this.data = data;
        this.bits = bits;
        this.refs = refs;
        this.levelMask = levelMask;
        this.depths = computeDepths();
    }

    /** Takes the arrays over; unused bits of the last byte are zero. */
    static Cell ordinary(byte[] data, int bits, Cell[] refs) {
        try {
            return ordinaryChecked(data, bits, refs);
        } catch (CellException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    static Cell ordinaryChecked(byte[] data, int bits, Cell[] refs) throws CellException {
        int mask = 0;
        for (Cell ref : refs) {
            mask |= ref.levelMask;
        }
        return new Cell(CellType.ORDINARY, data, bits, refs, mask);
    }

    /** Makes a cell whose first byte says what it is. Takes the arrays over. */
    static Cell exotic(byte[] data, int bits, Cell[] refs) throws CellException {
        if (bits < 8) {
            throw new CellException("an exotic cell has at least 8 bits, this one " + bits);
        }
        CellType type = CellType.ofTag(data[0] & 0xff);
        return switch (type) {
            case PRUNED_BRANCH -> prunedChecked(data, bits, refs);
            case LIBRARY -> {
                require(type, bits == 8 + 8 * HASH_BYTES && refs.length == 0, bits, refs.length);
                yield new Cell(type, data, bits, refs, 0);
            }
            case MERKLE_PROOF -> merkle(type, data, bits, refs, 1);
            case MERKLE_UPDATE -> merkle(type, data, bits, refs, 2);
            case ORDINARY -> throw new CellException("an ordinary cell is not exotic");
        };
    }

    /**
     * Makes a cell that stands for another one of which only hash and depth are known.
     *
     * @param hash the other's representation hash
     * @param depth the other's depth, 0 to 1024
     */
    public static Cell pruned(Int256 hash, int depth) {
        byte[] data = new byte[2 + HASH_BYTES + DEPTH_BYTES];
        data[0] = (byte) CellType.PRUNED_BRANCH.tag();
        data[1] = 1;
        System.arraycopy(hash.toByteArray(), 0, data, 2, HASH_BYTES);
        data[2 + HASH_BYTES] = (byte) (depth >>> 8);
        data[3 + HASH_BYTES] = (byte) depth;
        try {
            return exotic(data, 8 * data.length, new Cell[0]);
        } catch (CellException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static Cell prunedChecked(byte[] data, int bits, Cell[] refs) throws CellException {
        int mask = bits >= 16 ? data[1] & 0xff : 0;
        if (mask == 0 || mask > 7) {
            throw new CellException("a pruned branch has a level mask of 1 to 7, this one " + mask);
        }
        int expected = 16 + Integer.bitCount(mask) * MERKLE_ENTRY_BITS;
        require(CellType.PRUNED_BRANCH, bits == expected && refs.length == 0, bits, refs.length);
        return new Cell(CellType.PRUNED_BRANCH, data, bits, refs, mask);
    }

    private static Cell merkle(CellType type, byte[] data, int bits, Cell[] refs, int children) throws CellException {
        require(type, bits == 8 + children * MERKLE_ENTRY_BITS && refs.length == children, bits, refs.length);
        int mask = 0;
        for (int i = 0; i < children; i++) {
            byte[] hash = Arrays.copyOfRange(data, 1 + i * HASH_BYTES, 1 + (i + 1) * HASH_BYTES);
            int at = 1 + children * HASH_BYTES + i * DEPTH_BYTES;
            int depth = (data[at] & 0xff) << 8 | (data[at + 1] & 0xff);
            if (depth != refs[i].depth(0) || !Int256.of(hash).equals(refs[i].hash(0))) {
                throw new CellException("a Merkle cell states another hash or depth than its child " + i + " has");
            }
            mask |= refs[i].levelMask;
        }
        return new Cell(type, data, bits, refs, mask >>> 1);
    }

    private static void require(CellType type, boolean right, int bits, int refs) throws CellException {
        if (!right) {
            throw new CellException("wrong shape of a " + type + " cell: " + bits + " bits, " + refs + " references");
        }
    }

    /** Returns what this is. */
    public CellType type() {
        return type;
    }

    /** Returns the number of bits, 0 to 1023. */
    public int bits() {
        return bits;
    }

    /** Returns the number of references, 0 to 4. */
    public int refCount() {
        return refs.length;
    }

    /** Returns a reference. @throws IndexOutOfBoundsException if there is none */
    public Cell ref(int index) {
        return refs[index];
    }

    /** Returns all references. */
    public List<Cell> refs() {
        return List.of(refs);
    }

    /** Returns which of the levels 1 to 3 have a hash of their own, as bits 0 to 2. */
    public int levelMask() {
        return levelMask;
    }

    /** Returns 0 for a cell without pruned branches below, else 1 to 3. */
    public int level() {
        return Integer.SIZE - Integer.numberOfLeadingZeros(levelMask);
    }

    /** Returns the representation hash. */
    public Int256 hash() {
        return hash(MAX_LEVEL);
    }

    /** Returns the hash at a level; level 0 is the hash before pruning. */
    public Int256 hash(int level) {
        byte[] hash = new byte[HASH_BYTES];
        System.arraycopy(hashArray(level), hashOffset(level), hash, 0, HASH_BYTES);
        return Int256.of(hash);
    }

    /** Returns the depth: 0 without references. */
    public int depth() {
        return depth(MAX_LEVEL);
    }

    /** Returns the depth at a level. */
    public int depth(int level) {
        return depths[hashIndex(level)];
    }

    /**
     * Begins reading an ordinary cell.
     *
     * @throws PrunedCellException if a proof leaves the cell out
     * @throws CellException if the cell is another exotic one
     */
    public CellSlice beginParse() throws CellException {
        if (type == CellType.PRUNED_BRANCH) {
            throw new PrunedCellException("the proof leaves out the cell " + hash(0).toHex());
        }
        if (type != CellType.ORDINARY) {
            throw new CellException("expected an ordinary cell, got a " + type + " cell");
        }
        return new CellSlice(this);
    }

    /** Begins reading the raw content of a cell of any type. */
    public CellSlice beginParseRaw() {
        return new CellSlice(this);
    }

    /** The bits; nobody writes to it. */
    byte[] data() {
        return data;
    }

    int descriptor1() {
        return descriptor1(levelMask);
    }

    private int descriptor1(int mask) {
        return refs.length + (type == CellType.ORDINARY ? 0 : EXOTIC_BIT) + (mask << 5);
    }

    int descriptor2() {
        return (bits >> 3) + ((bits + 7) >> 3);
    }

    /** Copies the bits with the completion tag. */
    void writeData(byte[] target, int at) {
        System.arraycopy(data, 0, target, at, (bits + 7) >> 3);
        if ((bits & 7) != 0) {
            target[at + (bits >> 3)] |= (byte) (0x80 >>> (bits & 7));
        }
    }

    private int hashIndex(int level) {
        return Integer.bitCount(levelMask & ((1 << level) - 1));
    }

    /** Where to find the hash of a level: a pruned branch keeps all but its own in its data. */
    private byte[] hashArray(int level) {
        return isStored(level) ? data : computedHashes();
    }

    private int hashOffset(int level) {
        if (type != CellType.PRUNED_BRANCH) {
            return HASH_BYTES * hashIndex(level);
        }
        return isStored(level) ? 2 + HASH_BYTES * hashIndex(level) : 0;
    }

    private boolean isStored(int level) {
        return type == CellType.PRUNED_BRANCH && hashIndex(level) < Integer.bitCount(levelMask);
    }

    private int childLevel(int level) {
        boolean merkle = type == CellType.MERKLE_PROOF || type == CellType.MERKLE_UPDATE;
        return merkle ? Math.min(level + 1, MAX_LEVEL) : level;
    }

    private int[] computeDepths() throws CellException {
        int[] result = new int[1 + Integer.bitCount(levelMask)];
        if (type == CellType.PRUNED_BRANCH) {
            int stored = result.length - 1;
            for (int i = 0; i < stored; i++) {
                int at = 2 + stored * HASH_BYTES + i * DEPTH_BYTES;
                result[i] = checkDepth((data[at] & 0xff) << 8 | (data[at + 1] & 0xff));
            }
            return result;
        }
        for (int level = 0; level <= MAX_LEVEL; level++) {
            int depth = 0;
            for (Cell ref : refs) {
                depth = Math.max(depth, ref.depth(childLevel(level)) + 1);
            }
            result[hashIndex(level)] = checkDepth(depth);
        }
        return result;
    }

    private static int checkDepth(int depth) throws CellException {
        if (depth > MAX_DEPTH) {
            throw new CellException("a tree of cells is at most " + MAX_DEPTH + " deep, this one " + depth);
        }
        return depth;
    }

    private byte[] computedHashes() {
        byte[] known = hashes;
        if (known != null) {
            return known;
        }
        MessageDigest digest = sha256();
        byte[] result;
        if (type == CellType.PRUNED_BRANCH) {
            result = new byte[HASH_BYTES];
            updateOwn(digest, levelMask);
            System.arraycopy(digest.digest(), 0, result, 0, HASH_BYTES);
        } else {
            result = computeHashes(digest);
        }
        hashes = result;
        return result;
    }

    private byte[] computeHashes(MessageDigest digest) {
        byte[] result = new byte[HASH_BYTES * (1 + Integer.bitCount(levelMask))];
        int done = 0;
        for (int level = 0; level <= MAX_LEVEL; level++) {
            if (level > 0 && (levelMask & 1 << (level - 1)) == 0) {
                continue;
            }
            int mask = levelMask & ((1 << level) - 1);
            if (done == 0) {
                updateOwn(digest, mask);
            } else {
                digest.update((byte) descriptor1(mask));
                digest.update((byte) descriptor2());
                digest.update(result, HASH_BYTES * (done - 1), HASH_BYTES);
            }
            int below = childLevel(level);
            for (Cell ref : refs) {
                int depth = ref.depth(below);
                digest.update((byte) (depth >>> 8));
                digest.update((byte) depth);
            }
            for (Cell ref : refs) {
                digest.update(ref.hashArray(below), ref.hashOffset(below), HASH_BYTES);
            }
            System.arraycopy(digest.digest(), 0, result, HASH_BYTES * done, HASH_BYTES);
            done++;
        }
        return result;
    }

    private void updateOwn(MessageDigest digest, int mask) {
        digest.update((byte) descriptor1(mask));
        digest.update((byte) descriptor2());
        digest.update(data, 0, bits >> 3);
        if ((bits & 7) != 0) {
            digest.update((byte) (data[bits >> 3] | 0x80 >>> (bits & 7)));
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public boolean equals(Object object) {
        return object instanceof Cell other && (this == other || hash().equals(other.hash()));
    }

    @Override
    public int hashCode() {
        return hash().hashCode();
    }

    @Override
    public String toString() {
        return "Cell[" + type + ", " + bits + " bits, " + refs.length + " refs, depth " + depth() + "]";
    }
}
