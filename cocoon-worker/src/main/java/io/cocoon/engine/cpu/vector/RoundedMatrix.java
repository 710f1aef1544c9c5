package io.cocoon.engine.cpu.vector;

import io.cocoon.engine.cpu.Arranged;
import io.cocoon.engine.cpu.Scratch;
import io.cocoon.engine.cpu.Weights;
import io.cocoon.engine.file.Halves;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.WeightType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/**
 * A matrix with weights of 4 bits, whose activations are rounded to 8 bits with a scale for each 32 of them; llama.cpp rounds them
 * the same way. For the types of {@link io.cocoon.engine.cpu.Activations#areRoundedFor}. Sums of whole numbers are exact, so the order
 * of the rest is what makes a result, and it is the same always.
 *
 * <p>Rows lie in lanes, two in a lane: no sum is ever taken across lanes. A tile is as many rows as are computed together. It is its
 * blocks one behind the other, each of them what its parts have in common and then the parts: their scales and then their weights.
 * <ul>
 *   <li>Q4_0: a block is a part, whose scale, a half, is the block's.
 *   <li>Q4_K: a block is eight parts. It has a factor and then one for minima, which are halves; a part has its scale and its
 *       minimum, which are bytes.
 * </ul>
 */
final class RoundedMatrix implements Weights {

    /** Rows of a tile: two in each lane. */
    static final int ROWS = 2 * ShortProducts.VECTORS * Lanes.COUNT;

    /** An array is no longer than this many ints, or one tile at least. */
    private static final int PIECE = 1 << 26;

    private static final int HALVES = ROWS / 2;
    private static final int BYTES = ROWS / 4;
    private static final int SUMS = ShortProducts.VECTORS * Lanes.COUNT;

    private final WeightType type;
    private final int rows;
    private final int columns;
    private final Layout layout;
    private final int blocks;
    private final List<int[]> pieces = new ArrayList<>();

    /**
     * Sizes of a block in ints.
     *
     * @param parts how many there are
     * @param common to all parts
     * @param scales of a part
     */
    private record Layout(int parts, int common, int scales) {

        static Layout of(WeightType type) {
            return type == WeightType.Q4_0
                    ? new Layout(1, HALVES, 0)
                    : new Layout(ShortProducts.BLOCK, 2 * HALVES, 2 * BYTES);
        }

        int part() {
            return scales + ShortProducts.INTS * SUMS;
        }

        int block() {
            return common + parts * part();
        }
    }

    private RoundedMatrix(Tensor tensor) {
        type = tensor.type();
        rows = Math.toIntExact(tensor.rows());
        columns = Math.toIntExact(tensor.columns());
        layout = Layout.of(type);
        blocks = columns / (layout.parts * ShortProducts.PART);
    }

    /** Returns how many bytes {@link #load} takes. */
    static long bytes(Tensor tensor) {
        Layout layout = Layout.of(tensor.type());
        long tiles = (tensor.rows() + ROWS - 1) / ROWS;
        long blocks = tensor.columns() / (layout.parts * ShortProducts.PART);
        return tiles * blocks * layout.block() * Integer.BYTES;
    }

    /** As {@link io.cocoon.engine.cpu.Kernels#load}. */
    static RoundedMatrix load(Tensor tensor, IntUnaryOperator source) {
        RoundedMatrix matrix = new RoundedMatrix(tensor);
        byte[] row = new byte[Math.toIntExact(tensor.type().rowBytes(tensor.columns()))];
        int inPiece = matrix.pieceRows();
        for (int first = 0; first < matrix.rows; first += inPiece) {
            int count = Math.min(inPiece, matrix.rows - first);
            int[] piece = new int[(count + ROWS - 1) / ROWS * matrix.tileInts()];
            for (int i = 0; i < count; i++) {
                tensor.row(source.applyAsInt(first + i)).get(row);
                matrix.pack(row, piece, i);
            }
            matrix.pieces.add(piece);
        }
        return matrix;
    }

    private int parts() {
        return blocks * layout.parts;
    }

    private int tileInts() {
        return blocks * layout.block();
    }

    private int pieceRows() {
        return Math.max(1, PIECE / tileInts()) * ROWS;
    }

    /** Where a row's tile begins in its piece. */
    private int tileAt(int row) {
        return row % pieceRows() / ROWS * tileInts();
    }

    private int blockAt(int row, int part) {
        return tileAt(row) + part / layout.parts * layout.block();
    }

    /** Where a part begins, with its scales. */
    private int partAt(int row, int part) {
        return blockAt(row, part) + layout.common + part % layout.parts * layout.part();
    }

    /** Where the int lies that has 16 bits of a row, among those of all rows. */
    private static int half(int row) {
        return row % ROWS / (2 * Lanes.COUNT) * Lanes.COUNT + row % Lanes.COUNT;
    }

    /** How far a row's 16 bits are shifted in its int. */
    private static int halfShift(int row) {
        return row / Lanes.COUNT % 2 * 16;
    }

    /** How far a row's byte is shifted in its int. */
    private static int byteShift(int row) {
        return row % ROWS / Lanes.COUNT * 8;
    }

    /** Where the int lies that has a weight. */
    private int weightAt(int row, int part, int weight) {
        return partAt(row, part) + layout.scales + weight / ShortProducts.PER_INT * SUMS + half(row);
    }

    private static int weightShift(int row, int weight) {
        return halfShift(row) + weight % ShortProducts.PER_INT * 4;
    }

    private void pack(byte[] row, int[] piece, int to) {
        byte[] numbers = new byte[ShortProducts.PART];
        for (int part = 0; part < parts(); part++) {
            int block = blockAt(to, part) + half(to);
            if (type == WeightType.Q4_0) {
                piece[block] |= (Parts.halfScale(type, row, part) & 0xffff) << halfShift(to);
            } else {
                if (part % layout.parts == 0) {
                    piece[block] |= (Parts.halfScale(type, row, part / layout.parts) & 0xffff) << halfShift(to);
                    piece[block + HALVES] |= (Parts.halfMinimum(row, part / layout.parts) & 0xffff) << halfShift(to);
                }
                int scales = partAt(to, part) + to % Lanes.COUNT;
                piece[scales] |= Parts.smallScale(row, part) << byteShift(to);
                piece[scales + BYTES] |= Parts.smallMinimum(row, part) << byteShift(to);
            }
            Parts.numbers(type, row, part, numbers);
            for (int i = 0; i < numbers.length; i++) {
                piece[weightAt(to, part, i)] |= numbers[i] + 8 << weightShift(to, i);
            }
        }
    }

    @Override
    public WeightType type() {
        return type;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public int rowsTogether() {
        return ROWS;
    }

    @Override
    public void widen(int row, float[] out) {
        int[] piece = pieces.get(row / pieceRows());
        for (int part = 0; part < parts(); part++) {
            int block = blockAt(row, part) + half(row);
            float scale = Halves.toFloat((short) (piece[block] >> halfShift(row)));
            float minimum = 0;
            int offset = 8;
            if (type == WeightType.Q4_K) {
                int scales = partAt(row, part) + row % Lanes.COUNT;
                scale *= piece[scales] >> byteShift(row) & 0xff;
                minimum = Halves.toFloat((short) (piece[block + HALVES] >> halfShift(row)))
                        * (piece[scales + BYTES] >> byteShift(row) & 0xff);
                offset = 0;
            }
            for (int i = 0; i < ShortProducts.PART; i++) {
                int number = (piece[weightAt(row, part, i)] >> weightShift(row, i) & 15) - offset;
                out[part * ShortProducts.PART + i] = number * scale - minimum;
            }
        }
    }

    @Override
    public int width() {
        return parts() * ShortProducts.SCALED;
    }

    @Override
    public int wholeWidth() {
        return parts() * ShortProducts.ARRANGED;
    }

    @Override
    public boolean arrangedAs(Weights other) {
        return other instanceof RoundedMatrix && other.columns() == columns;
    }

    @Override
    public void arrange(float[] x, int xi, Arranged out, int token) {
        int[] ints = new int[ShortProducts.PART];
        for (int part = 0; part < parts(); part++) {
            int all = token * parts() + part;
            ShortProducts.round(
                    x,
                    xi + part * ShortProducts.PART,
                    out.shorts(),
                    all * ShortProducts.ARRANGED,
                    out.floats(),
                    all * ShortProducts.SCALED,
                    ints);
        }
    }

    @Override
    public void multiply(int from, int to, Arranged x, int tokens, float[] out, int at, int stride, Scratch scratch) {
        float[] totals = scratch.floats(0, ROWS);
        float factor = type == WeightType.Q4_0 ? ShortProducts.OTHER_HALF : 1;
        for (int row = from; row < to; row += ROWS) {
            int[] w = pieces.get(row / pieceRows());
            for (int token = 0; token < tokens; token++) {
                if (type == WeightType.Q4_0) {
                    halves(w, tileAt(row), x, token, scratch, totals);
                } else {
                    bytes(w, tileAt(row), x, token, scratch, totals);
                }
                int first = token * stride + at + row;
                for (int i = 0; i < Math.min(ROWS, to - row); i++) {
                    out[first + i] = totals[i] * factor;
                }
            }
        }
    }

    /** A tile of Q4_0 times the activations of one token. */
    private void halves(int[] w, int at, Arranged x, int token, Scratch scratch, float[] totals) {
        short[] sums = scratch.shorts(blocks * ROWS);
        int first = token * blocks;
        for (int block = 0; block < blocks; block++) {
            int weights = at + block * layout.block() + layout.common;
            ShortProducts.dot(w, weights, x.shorts(), (first + block) * ShortProducts.ARRANGED, sums, block * ROWS);
        }
        ShortProducts.addHalves(sums, blocks, w, at, layout.block(), x.floats(), first * ShortProducts.SCALED, totals);
    }

    /** A tile of Q4_K times the activations of one token. */
    private void bytes(int[] w, int at, Arranged x, int token, Scratch scratch, float[] totals) {
        short[] sums = scratch.shorts(layout.parts * ROWS);
        float[] scaled = scratch.floats(1, blocks * ROWS);
        float[] minima = scratch.floats(2, blocks * ROWS);
        for (int block = 0; block < blocks; block++) {
            int part = at + block * layout.block() + layout.common;
            int first = token * parts() + block * layout.parts;
            for (int i = 0; i < layout.parts; i++) {
                int weights = part + i * layout.part() + layout.scales;
                ShortProducts.dot(w, weights, x.shorts(), (first + i) * ShortProducts.ARRANGED, sums, i * ROWS);
            }
            int xi = first * ShortProducts.SCALED;
            ShortProducts.addScaled(sums, w, part, layout.part(), x.floats(), xi, scaled, block * ROWS);
            ShortProducts.addMinima(w, part + BYTES, layout.part(), x.floats(), xi, minima, block * ROWS);
        }
        Arrays.fill(totals, 0, ROWS, 0);
        ShortProducts.addBlocks(scaled, blocks, w, at, layout.block(), totals);
        ShortProducts.addBlocks(minima, blocks, w, at + HALVES, layout.block(), totals);
    }
}
