package io.cocoon.ton.cell;

import io.cocoon.tl.Int256;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads one bag. One use. */
final class BagReader {

    private static final int MAGIC_INDEXED = 0x68ff65f3;
    private static final int MAGIC_INDEXED_CRC = 0xacc3a728;
    private static final int CRC_BYTES = 4;
    private static final int STORED_HASHES = 0x10;
    private static final int EXOTIC = 8;
    private static final int DEPTH_BYTES = 2;

    private final byte[] in;
    private final BagOfCells.Limits limits;
    private int at;
    private int indexBytes;

    BagReader(byte[] in, BagOfCells.Limits limits) {
        this.in = in;
        this.limits = limits;
    }

    List<Cell> read(int maxRoots) throws CellException {
        int magic = (int) number(4);
        boolean modern = magic == BagOfCells.MAGIC;
        if (!modern && magic != MAGIC_INDEXED && magic != MAGIC_INDEXED_CRC) {
            throw new CellException("a bag of cells does not begin with %08x".formatted(magic));
        }
        int flags = (int) number(1);
        boolean indexed = !modern || (flags & 0x80) != 0;
        boolean checksum = modern ? (flags & 0x40) != 0 : magic == MAGIC_INDEXED_CRC;
        boolean cacheBits = modern && (flags & 0x20) != 0;
        indexBytes = modern ? flags & 7 : flags;
        int offsetBytes = (int) number(1);
        boolean badFlags = modern && ((flags & 0x18) != 0 || (cacheBits && !indexed));
        if (badFlags || indexBytes < 1 || indexBytes > 4 || offsetBytes < 1 || offsetBytes > 8) {
            throw new CellException(
                    "wrong header of a bag of cells: flags %02x, %d bytes of offset".formatted(flags, offsetBytes));
        }
        long count = number(indexBytes);
        long roots = number(indexBytes);
        long absent = number(indexBytes);
        long total = number(offsetBytes);
        // The old headers list no roots: theirs is the first cell.
        int most = modern ? maxRoots : 1;
        if (roots < 1 || roots > most || absent != 0) {
            throw new CellException("wanted a bag with 1" + (most > 1 ? " to " + most + " roots" : " root")
                    + " and no absent cell, got " + roots + " and " + absent);
        }
        if (count < 1 || count > limits.cells()) {
            throw new CellException("a bag has 1 to " + limits.cells() + " cells here, this one " + count);
        }
        int[] rootIndex = new int[(int) roots];
        for (int i = 0; modern && i < rootIndex.length; i++) {
            long root = number(indexBytes);
            if (root >= count) {
                throw new CellException("a root is cell " + root + " of " + count);
            }
            rootIndex[i] = (int) root;
        }
        int indexAt = at;
        long begin = at + (indexed ? count * offsetBytes : 0);
        if (total < 0 || begin + total + (checksum ? CRC_BYTES : 0) != in.length) {
            throw new CellException("a bag states " + total + " bytes of cells after byte " + begin + ", but has "
                    + in.length + " bytes in all");
        }
        if (checksum) {
            checkSum();
        }
        at = (int) begin;
        return build(
                cells((int) count, (int) (begin + total)), rootIndex, indexed ? indexAt : -1, offsetBytes, cacheBits);
    }

    private void checkSum() throws CellException {
        int length = in.length - CRC_BYTES;
        int computed = BagOfCells.crc32c(in, length);
        int found = (in[length] & 0xff) << 24
                | (in[length + 1] & 0xff) << 16
                | (in[length + 2] & 0xff) << 8
                | (in[length + 3] & 0xff);
        if (computed != found) {
            throw new CellException(
                    "wrong checksum of a bag of cells: computed %08x, found %08x".formatted(computed, found));
        }
    }

    /** A cell before its children are known. */
    private record Raw(int descriptor, byte[] data, int bits, int[] refs, byte[] stored, int end) {}

    private Raw[] cells(int count, int end) throws CellException {
        if ((long) count * 2 > end - at) {
            throw new CellException(count + " cells need more than the " + (end - at) + " bytes that are there");
        }
        Raw[] raws = new Raw[count];
        boolean[] referenced = new boolean[count];
        int begin = at;
        for (int i = 0; i < count; i++) {
            raws[i] = cell(i, count, end, begin);
            for (int ref : raws[i].refs()) {
                referenced[ref] = true;
            }
        }
        if (at != end) {
            throw new CellException((end - at) + " bytes follow the last cell");
        }
        for (int i = 0; i < count; i++) {
            raws[i] = new Raw(
                    raws[i].descriptor() | (referenced[i] ? 0x100 : 0),
                    raws[i].data(),
                    raws[i].bits(),
                    raws[i].refs(),
                    raws[i].stored(),
                    raws[i].end());
        }
        return raws;
    }

    private Raw cell(int index, int count, int end, int begin) throws CellException {
        int d1 = (int) number(1);
        int d2 = (int) number(1);
        int refCount = d1 & 7;
        if (refCount > Cell.MAX_REFS) {
            throw new CellException("cell " + index + " has " + refCount + " references; absent cells are not allowed");
        }
        byte[] stored = new byte[0];
        if ((d1 & STORED_HASHES) != 0) {
            int hashes = 1 + Integer.bitCount(d1 >> 5);
            boolean pruned = (d1 & EXOTIC) != 0 && refCount == 0 && d1 >> 5 != 0;
            stored = take((pruned ? 1 : hashes) * (Int256.BYTES + DEPTH_BYTES), end);
        }
        int length = (d2 + 1) >> 1;
        byte[] data = take(length, end);
        int bits = 8 * length;
        if ((d2 & 1) != 0) {
            int last = data[length - 1] & 0xff;
            int tail = Integer.numberOfTrailingZeros(last | 0x100);
            if (tail >= 7) {
                throw new CellException("cell " + index + " has no completion tag in its last byte, or a needless one");
            }
            data[length - 1] = (byte) (last & (last - 1));
            bits -= tail + 1;
        }
        int[] refs = new int[refCount];
        for (int i = 0; i < refCount; i++) {
            long ref = number(indexBytes);
            if (ref <= index || ref >= count) {
                throw new CellException("cell " + index + " of " + count + " refers to cell " + ref
                        + "; a child comes after its parent");
            }
            refs[i] = (int) ref;
        }
        return new Raw(d1, data, bits, refs, stored, at - begin);
    }

    private List<Cell> build(Raw[] raws, int[] roots, int indexAt, int offsetBytes, boolean cacheBits)
            throws CellException {
        @Nullable Cell[] cells = new Cell[raws.length];
        boolean[] isRoot = new boolean[raws.length];
        for (int root : roots) {
            isRoot[root] = true;
        }
        for (int i = raws.length - 1; i >= 0; i--) {
            Raw raw = raws[i];
            if (indexAt >= 0) {
                at = indexAt + i * offsetBytes;
                long offset = number(offsetBytes) >>> (cacheBits ? 1 : 0);
                if (offset != raw.end()) {
                    throw new CellException(
                            "the index says that cell " + i + " ends at " + offset + ", it ends at " + raw.end());
                }
            }
            if (!isRoot[i] && (raw.descriptor() & 0x100) == 0) {
                throw new CellException("no cell refers to cell " + i);
            }
            cells[i] = build(raw, cells);
        }
        List<Cell> result = new ArrayList<>();
        for (int root : roots) {
            Cell cell = cells[root];
            if (cell == null) {
                throw new CellException("a root is missing");
            }
            result.add(cell);
        }
        return result;
    }

    private static Cell build(Raw raw, @Nullable Cell[] cells) throws CellException {
        Cell[] refs = new Cell[raw.refs().length];
        for (int i = 0; i < refs.length; i++) {
            Cell child = cells[raw.refs()[i]];
            if (child == null) {
                throw new CellException("a child is missing");
            }
            refs[i] = child;
        }
        Cell cell = (raw.descriptor() & EXOTIC) != 0
                ? Cell.exotic(raw.data(), raw.bits(), refs)
                : Cell.ordinaryChecked(raw.data(), raw.bits(), refs);
        int mask = (raw.descriptor() & 0xff) >> 5;
        if (mask != cell.levelMask()) {
            throw new CellException("a cell states level mask " + mask + ", but has " + cell.levelMask());
        }
        checkStored(raw.stored(), cell);
        return cell;
    }

    private static void checkStored(byte[] stored, Cell cell) throws CellException {
        int hashes = stored.length / (Int256.BYTES + DEPTH_BYTES);
        int done = 0;
        for (int level = 0; level <= 3 && done < hashes; level++) {
            boolean own = hashes == 1 ? level == 3 : level == 0 || (cell.levelMask() & 1 << (level - 1)) != 0;
            if (own) {
                byte[] hash = Arrays.copyOfRange(stored, done * Int256.BYTES, (done + 1) * Int256.BYTES);
                int depthAt = hashes * Int256.BYTES + done * DEPTH_BYTES;
                int depth = (stored[depthAt] & 0xff) << 8 | (stored[depthAt + 1] & 0xff);
                if (depth != cell.depth(level) || !Int256.of(hash).equals(cell.hash(level))) {
                    throw new CellException("a bag stores another hash or depth than its cell has");
                }
                done++;
            }
        }
    }

    private byte[] take(int count, int end) throws CellException {
        if (count > end - at) {
            throw new CellException("wanted " + count + " bytes of a cell, " + Math.max(0, end - at) + " are left");
        }
        at += count;
        return Arrays.copyOfRange(in, at - count, at);
    }

    private long number(int bytes) throws CellException {
        if (bytes > in.length - at) {
            throw new CellException("a bag of cells ends early, after " + in.length + " bytes");
        }
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value = value << 8 | (in[at++] & 0xff);
        }
        return value;
    }
}
