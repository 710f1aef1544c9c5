package io.cocoon.ton.cell;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;

/** Makes what a chain is made of and only tests have to make: Merkle cells, augmented dictionaries. */
public final class TestTrees {

    private TestTrees() {}

    /** Returns the proof of all cells of a tree whose hash is in {@code keep}; the others are pruned. */
    public static Cell proof(Cell root, Set<Int256> keep) {
        return merkle(CellType.MERKLE_PROOF, List.of(prune(root, keep)));
    }

    /** Returns the cell that turns one tree into another, both left out. */
    public static Cell update(Cell from, Cell to) {
        return merkle(
                CellType.MERKLE_UPDATE,
                List.of(Cell.pruned(from.hash(), from.depth()), Cell.pruned(to.hash(), to.depth())));
    }

    /** Returns a Merkle cell. */
    private static Cell merkle(CellType type, List<Cell> children) {
        CellBuilder data = new CellBuilder().storeUint(type.tag(), 8);
        children.forEach(child -> data.storeInt256(child.hash(0)));
        children.forEach(child -> data.storeUint(child.depth(0), 16));
        Cell plain = data.build();
        try {
            return Cell.exotic(plain.data(), plain.bits(), children.toArray(Cell[]::new));
        } catch (CellException e) {
            throw new AssertionError(e);
        }
    }

    /** Returns a tree in which only these cells remain. */
    public static Cell prune(Cell cell, Set<Int256> keep) {
        if (!keep.contains(cell.hash())) {
            return Cell.pruned(cell.hash(), cell.depth());
        }
        if (cell.type() != CellType.ORDINARY) {
            return cell;
        }
        List<Cell> refs = new ArrayList<>();
        for (Cell ref : cell.refs()) {
            refs.add(prune(ref, keep));
        }
        return Cell.ordinary(cell.data(), cell.bits(), refs.toArray(Cell[]::new));
    }

    /**
     * Returns the root of a dictionary.
     *
     * @param values key to what stands at its leaf, a sum included
     * @param sum what each fork holds besides; empty for plain dictionaries
     */
    public static Cell dictionary(SortedMap<Bytes, Cell> values, int keyBits, Cell sum) {
        return write(List.copyOf(values.entrySet()), 0, keyBits, sum);
    }

    private static Cell write(List<Map.Entry<Bytes, Cell>> entries, int done, int keyBits, Cell sum) {
        Bytes first = entries.get(0).getKey();
        Bytes last = entries.get(entries.size() - 1).getKey();
        int reached = done;
        while (reached < keyBits && bit(first, reached) == bit(last, reached)) {
            reached++;
        }
        CellBuilder out = new CellBuilder().storeUint(0b10, 2);
        int left = keyBits - done;
        out.storeUint(reached - done, Integer.SIZE - Integer.numberOfLeadingZeros(left));
        for (int i = done; i < reached; i++) {
            out.storeBit(bit(first, i));
        }
        if (reached == keyBits) {
            return out.storeSlice(entries.get(0).getValue().beginParseRaw()).build();
        }
        int split = 0;
        while (!bit(entries.get(split).getKey(), reached)) {
            split++;
        }
        return out.storeRef(write(entries.subList(0, split), reached + 1, keyBits, sum))
                .storeRef(write(entries.subList(split, entries.size()), reached + 1, keyBits, sum))
                .storeSlice(sum.beginParseRaw())
                .build();
    }

    /** Adds the cells on the way to a key of a dictionary made here. */
    public static void keepPath(Cell root, Bytes key, int keyBits, Set<Int256> keep) throws CellException {
        Cell cell = root;
        int done = 0;
        while (true) {
            keep.add(cell.hash());
            CellSlice slice = cell.beginParse();
            slice.loadUint(2);
            int label = (int) slice.loadUint(Integer.SIZE - Integer.numberOfLeadingZeros(keyBits - done));
            for (int i = 0; i < label; i++) {
                if (slice.loadBit() != bit(key, done + i)) {
                    return;
                }
            }
            done += label;
            if (done == keyBits) {
                return;
            }
            cell = cell.ref(bit(key, done) ? 1 : 0);
            done++;
        }
    }

    /** Adds a cell and all below. */
    public static void keepAll(Cell cell, Set<Int256> keep) {
        keep.add(cell.hash());
        cell.refs().forEach(ref -> keepAll(ref, keep));
    }

    private static boolean bit(Bytes key, int bit) {
        return (key.get(bit >> 3) & 0x80 >>> (bit & 7)) != 0;
    }
}
