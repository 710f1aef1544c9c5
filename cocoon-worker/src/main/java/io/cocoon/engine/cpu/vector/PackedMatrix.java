package io.cocoon.engine.cpu.vector;

import io.cocoon.engine.cpu.Arranged;
import io.cocoon.engine.cpu.Scratch;
import io.cocoon.engine.cpu.Weights;
import io.cocoon.engine.file.WeightType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A matrix in the order of {@link Grid}, in pieces, because an array has an end. Products with one token read the weights as they
 * are; those with several widen some rows first.
 */
final class PackedMatrix implements Weights {

    /** How many floats of widened weights are multiplied with some tokens before the next ones: what a core's cache holds. */
    private static final int PANEL = 1 << 16;

    /** How many rows are multiplied with one token before their lanes are summed. */
    private static final int BATCH = 8 * Grid.ROWS;

    private final Packing packing;
    private final int rows;
    private final List<int[]> pieces;
    /** What is to be subtracted: for each part its minimum, which is multiplied with the sum of the part's activations. */
    private final @Nullable PackedMatrix minima;

    /**
     * @param pieces of {@code packing.pieceRows()} rows
     */
    PackedMatrix(Packing packing, int rows, List<int[]> pieces, @Nullable PackedMatrix minima) {
        this.packing = packing;
        this.rows = rows;
        this.pieces = List.copyOf(pieces);
        this.minima = minima;
    }

    @Override
    public WeightType type() {
        return packing.type();
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return packing.columns();
    }

    @Override
    public int width() {
        return packing.grid().width() + (minima == null ? 0 : minima.width());
    }

    @Override
    public int wholeWidth() {
        return 0;
    }

    @Override
    public int rowsTogether() {
        return Grid.ROWS;
    }

    @Override
    public boolean arrangedAs(Weights other) {
        return other instanceof PackedMatrix matrix && matrix.packing.isSameAs(packing);
    }

    @Override
    public void arrange(float[] x, int xi, Arranged out, int token) {
        arrange(x, xi, out.floats(), token * width());
    }

    private void arrange(float[] x, int xi, float[] out, int oi) {
        packing.arrange(x, xi, out, oi);
        if (minima != null) {
            minima.arrange(packing.partSums(x, xi), 0, out, oi + packing.grid().width());
        }
    }

    @Override
    public void widen(int row, float[] out) {
        Grid grid = packing.grid();
        float[] panel = new float[grid.panel()];
        float[] scale = new float[grid.sums()];
        int inPiece = row % packing.pieceRows();
        int tile = inPiece / Grid.ROWS;
        widen(row / packing.pieceRows(), tile, panel, 0);
        scales(row / packing.pieceRows(), tile, 1, scale);
        packing.collect(panel, scale, row % Grid.ROWS, out);
        if (minima != null) {
            float[] least = new float[packing.parts()];
            minima.widen(row, least);
            for (int i = 0; i < columns(); i++) {
                out[i] -= least[i / Parts.weights(type())];
            }
        }
    }

    @Override
    public void multiply(int from, int to, Arranged x, int tokens, float[] out, int at, int stride, Scratch scratch) {
        multiply(new Product(x.floats(), 0, width(), tokens, out, at, stride, false), from, to, scratch);
        if (minima != null) {
            int behind = packing.grid().width();
            minima.multiply(new Product(x.floats(), behind, width(), tokens, out, at, stride, true), from, to, scratch);
        }
    }

    /** Activations, and where results go or are added. */
    private record Product(float[] x, int xi, int width, int tokens, float[] out, int at, int stride, boolean isAdded) {

        void set(int token, int row, float value) {
            int i = token * stride + at + row;
            out[i] = isAdded ? out[i] + value : value;
        }
    }

    private void multiply(Product product, int from, int to, Scratch scratch) {
        int step = product.tokens == 1 ? Integer.MAX_VALUE : rowsAtOnce();
        for (int row = from; row < to; ) {
            int piece = row / packing.pieceRows();
            int end = (int) Math.min(Math.min(to, (piece + 1L) * packing.pieceRows()), (long) row + step);
            if (product.tokens == 1) {
                one(product, row, end, scratch);
            } else {
                several(product, row, end, scratch);
            }
            row = end;
        }
    }

    private int rowsAtOnce() {
        return Math.max(1, PANEL / packing.grid().panel()) * Grid.ROWS;
    }

    private void one(Product product, int from, int to, Scratch scratch) {
        Grid grid = packing.grid();
        int piece = from / packing.pieceRows();
        int[] w = pieces.get(piece);
        float[] sums = scratch.floats(0, BATCH * Lanes.COUNT);
        float[] unscaled = scratch.floats(1, grid.sums());
        for (int row = from; row < to; row += BATCH) {
            int rows = Math.min(BATCH, to - row);
            int at = (row - piece * packing.pieceRows()) / Grid.ROWS * grid.tileInts();
            for (int r = 0; r < rows; r += Grid.ROWS, at += grid.tileInts()) {
                if (packing.isScaled()) {
                    dot(product, w, at, unscaled, 0);
                    scale(w, at, unscaled, sums, r * Lanes.COUNT);
                } else {
                    dot(product, w, at, sums, r * Lanes.COUNT);
                }
            }
            Lanes.sum(sums, rows);
            for (int r = 0; r < rows; r++) {
                product.set(0, row + r, sums[r]);
            }
        }
    }

    /** Multiplies the groups of four rows, without their scales. */
    private void dot(Product product, int[] w, int at, float[] out, int oi) {
        for (Grid.Band band : packing.grid().bands()) {
            int from = at + band.intsAt() + band.scaleInts();
            int xi = product.xi + band.activationsAt();
            int to = oi + band.sumsAt();
            for (int g = 0; g < band.groups(); g++) {
                packing.coding().dot(w, from, band.ints(), product.x, xi, out, to);
                from += band.groupInts();
                xi += (band.weights() + 1) * Lanes.COUNT;
                to += Grid.ROWS * Lanes.COUNT;
            }
        }
    }

    /** Adds up the groups of four rows. */
    private void scale(int[] w, int at, float[] unscaled, float[] out, int oi) {
        for (Grid.Band band : packing.grid().bands()) {
            packing.scaling().add(band, unscaled, w, at, out, oi);
        }
    }

    /** Widens four rows, without their scales. */
    private void widen(int piece, int tile, float[] panel, int to) {
        int at = tile * packing.grid().tileInts();
        for (Grid.Band band : packing.grid().bands()) {
            int out = to + band.panelAt();
            for (int g = 0; g < band.groups(); g++) {
                packing.coding()
                        .widen(pieces.get(piece), at + band.groupAt(g) + band.scaleInts(), band.ints(), panel, out);
                out += band.weights() * Grid.ROWS * Lanes.COUNT;
            }
        }
    }

    private void several(Product product, int from, int to, Scratch scratch) {
        Grid grid = packing.grid();
        int piece = from / packing.pieceRows();
        int first = (from - piece * packing.pieceRows()) / Grid.ROWS;
        int tiles = (to - from + Grid.ROWS - 1) / Grid.ROWS;
        float[] panel = scratch.floats(2, tiles * grid.panel());
        float[] scale = scratch.floats(3, tiles * grid.sums());
        scales(piece, first, tiles, scale);
        for (int i = 0; i < tiles; i++) {
            widen(piece, first + i, panel, i * grid.panel());
        }
        for (int token = 0; token < product.tokens; ) {
            int count = token + Tile.TOKENS <= product.tokens ? Tile.TOKENS : 1;
            for (int i = 0; i < tiles; i++) {
                float[] total = tile(product, token, count, panel, scale, i, scratch);
                Lanes.sum(total, Grid.ROWS * count);
                for (int r = 0; r < Math.min(Grid.ROWS, to - from - i * Grid.ROWS); r++) {
                    for (int t = 0; t < count; t++) {
                        product.set(token + t, from + i * Grid.ROWS + r, total[r * count + t]);
                    }
                }
            }
            token += count;
        }
    }

    /** Four rows times some tokens; returns {@code [row][token][lane]}. */
    private float[] tile(
            Product product, int token, int count, float[] panel, float[] scale, int tile, Scratch scratch) {
        Grid grid = packing.grid();
        int length = Grid.ROWS * count * Lanes.COUNT;
        float[] sums = scratch.floats(0, length);
        float[] total = scratch.floats(1, length);
        if (packing.isScaled()) {
            Lanes.clear(total, Grid.ROWS * count);
        }
        for (Grid.Band band : grid.bands()) {
            int weights = band.weights();
            int w = tile * grid.panel() + band.panelAt();
            int xi = product.xi + token * product.width + band.activationsAt();
            int si = tile * grid.sums() + band.sumsAt();
            for (int g = 0; g < band.groups(); g++) {
                if (count == Tile.TOKENS) {
                    Tile.four(panel, w, weights, product.x, xi, product.width, sums);
                } else {
                    Tile.one(panel, w, weights, product.x, xi, sums);
                }
                if (packing.isScaled()) {
                    Tile.add(sums, count, scale, si, total);
                }
                w += weights * Grid.ROWS * Lanes.COUNT;
                xi += (weights + 1) * Lanes.COUNT;
                si += Grid.ROWS * Lanes.COUNT;
            }
        }
        return packing.isScaled() ? total : sums;
    }

    /** Writes the scales of some tiles as floats; none if the type has none. */
    private void scales(int piece, int tile, int tiles, float[] out) {
        Grid grid = packing.grid();
        for (int i = 0; packing.isScaled() && i < tiles; i++) {
            for (Grid.Band band : grid.bands()) {
                for (int g = 0; g < band.groups(); g++) {
                    packing.scaling()
                            .widen(
                                    pieces.get(piece),
                                    (tile + i) * grid.tileInts() + band.groupAt(g),
                                    out,
                                    i * grid.sums() + band.sumsAt() + g * Grid.ROWS * Lanes.COUNT);
                }
            }
        }
    }
}
