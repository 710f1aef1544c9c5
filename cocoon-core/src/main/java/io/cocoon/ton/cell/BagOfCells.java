package io.cocoon.ton.cell;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * The serialised form of a tree of cells. Reads every valid bag with one root, with or without index, checksum and
 * stored hashes, in the three known headers; writes the shortest: no index, no checksum. Payments dossier 1.2.
 *
 * <p>Reading hostile bytes allocates in proportion to their number, and throws nothing but {@link CellException}.
 */
public final class BagOfCells {

    /** Limits for what comes from a peer. */
    public static final Limits DEFAULT_LIMITS = new Limits(1 << 20, 1 << 14, 512);

    static final int MAGIC = 0xb5ee9c72;

    private BagOfCells() {}

    /**
     * What a reader accepts at most.
     *
     * @param bytes of the whole bag
     * @param cells in it
     * @param depth of the root, at most {@link Cell#MAX_DEPTH}
     */
    public record Limits(int bytes, int cells, int depth) {}

    /** Reads a bag with one root within {@link #DEFAULT_LIMITS}. */
    public static Cell read(Bytes bag) throws CellException {
        return read(bag, DEFAULT_LIMITS);
    }

    /** Reads a bag with one root. @throws CellException if it is anything else or above a limit */
    public static Cell read(Bytes bag, Limits limits) throws CellException {
        return readRoots(bag, limits, 1).get(0);
    }

    /**
     * Reads a bag with several roots, as liteservers answer.
     *
     * @param maxRoots the most roots, 1 or more
     * @return at least one
     * @throws CellException if it is anything else or above a limit
     */
    public static List<Cell> readRoots(Bytes bag, Limits limits, int maxRoots) throws CellException {
        if (bag.length() > limits.bytes()) {
            throw new CellException(
                    "a bag of cells has at most " + limits.bytes() + " bytes here, this one " + bag.length());
        }
        List<Cell> roots = new BagReader(bag.toByteArray(), limits).read(maxRoots);
        for (Cell root : roots) {
            if (root.depth() > limits.depth()) {
                throw new CellException("a tree is at most " + limits.depth() + " deep here, this one " + root.depth());
            }
        }
        return roots;
    }

    /** Writes a bag with one root, equal cells once. */
    public static Bytes write(Cell root) {
        return write(List.of(root));
    }

    /** Writes a bag with one or more roots, equal cells once. */
    public static Bytes write(List<Cell> roots) {
        List<Cell> order = order(roots);
        Map<Int256, Integer> index = new HashMap<>();
        int total = 0;
        for (int i = 0; i < order.size(); i++) {
            Cell cell = order.get(i);
            index.put(cell.hash(), i);
            total += 2 + ((cell.bits() + 7) >> 3);
        }
        int indexBytes = bytesFor(order.size());
        for (Cell cell : order) {
            total += cell.refCount() * indexBytes;
        }
        int offsetBytes = bytesFor(total);
        byte[] out = new byte[6 + (3 + roots.size()) * indexBytes + offsetBytes + total];
        int at = put(out, 0, MAGIC, 4);
        at = put(out, at, indexBytes, 1);
        at = put(out, at, offsetBytes, 1);
        at = put(out, at, order.size(), indexBytes);
        at = put(out, at, roots.size(), indexBytes);
        at = put(out, at, 0, indexBytes);
        at = put(out, at, total, offsetBytes);
        for (Cell root : roots) {
            at = put(out, at, indexOf(index, root), indexBytes);
        }
        for (Cell cell : order) {
            out[at++] = (byte) cell.descriptor1();
            out[at++] = (byte) cell.descriptor2();
            cell.writeData(out, at);
            at += (cell.bits() + 7) >> 3;
            for (int i = 0; i < cell.refCount(); i++) {
                at = put(out, at, indexOf(index, cell.ref(i)), indexBytes);
            }
        }
        return Bytes.wrapUnshared(out);
    }

    private static int indexOf(Map<Int256, Integer> index, Cell cell) {
        Integer result = index.get(cell.hash());
        if (result == null) {
            throw new IllegalStateException("a cell was not put in order");
        }
        return result;
    }

    /** Parents before children, each cell once: reversed post-order without recursion. */
    private static List<Cell> order(List<Cell> roots) {
        Map<Int256, Boolean> opened = new HashMap<>();
        Deque<Cell> stack = new ArrayDeque<>();
        List<Cell> closed = new ArrayList<>();
        Map<Int256, Boolean> done = new HashMap<>();
        roots.forEach(stack::push);
        while (!stack.isEmpty()) {
            Cell cell = stack.peek();
            Int256 hash = cell.hash();
            if (opened.put(hash, true) == null) {
                for (int i = 0; i < cell.refCount(); i++) {
                    if (!opened.containsKey(cell.ref(i).hash())) {
                        stack.push(cell.ref(i));
                    }
                }
            } else {
                stack.pop();
                if (done.put(hash, true) == null) {
                    closed.add(cell);
                }
            }
        }
        java.util.Collections.reverse(closed);
        return closed;
    }

    private static int bytesFor(int value) {
        return Math.max(1, (Integer.SIZE - Integer.numberOfLeadingZeros(value) + 7) / 8);
    }

    private static int put(byte[] target, int at, int value, int count) {
        for (int i = 0; i < count; i++) {
            target[at + i] = (byte) (value >>> 8 * (count - 1 - i));
        }
        return at + count;
    }

    static int crc32c(byte[] data, int length) {
        CRC32C crc = new CRC32C();
        crc.update(data, 0, length);
        return Integer.reverseBytes((int) crc.getValue());
    }
}
