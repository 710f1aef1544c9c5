package io.cocoon.engine.cpu.vector;

import io.cocoon.engine.cpu.Scratch;
import io.cocoon.engine.cpu.Weights;
import io.cocoon.engine.file.WeightType;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A matrix in the order of {@link Grid}, in pieces, because an array has an end. Products with one token read the weights as they
 * are; those with several widen some rows first.
 */
final class PackedMatrix implements Weights {

    /** How many floats of widened weights are multiplied with some tokens before the next ones: what a core's cache holds. */
    private static final int PANEL = 1 << 16;

    private final Packing packing;
    private final int rows;
    private final List<int[]> pieces;
    private final List<short[]> halfScales;
    private final List<float[]> scales;
    /** What is to be subtracted: for each part its minimum, which is multiplied with the sum of the part's activations. */
    private final @Nullable PackedMatrix minima;

    /**
     * @param pieces of {@code packing.pieceRows()} rows
     * @param halfScales of each piece; none if the scales are floats, or the type has none
     * @param scales likewise
     */
    PackedMatrix(
            Packing packing,
            int rows,
            List<int[]> pieces,
            List<short[]> halfScales,
            List<float[]> scales,
            @Nullable PackedMatrix minima) {
        this.packing = packing;
        this.rows = rows;
        this.pieces = List.copyOf(pieces);
        this.halfScales = List.copyOf(halfScales);
        this.scales = List.copyOf(scales);
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
    public boolean arrangedAs(Weights other) {
        return other instanceof PackedMatrix matrix && matrix.packing.isSameAs(packing);
    }

    @Override
    public void arrange(float[] x, int xi, float[] out, int oi) {
        packing.arrange(x, xi, out, oi);
        if (minima != null) {
            minima.arrange(packing.partSums(x, xi), 0, out, oi + packing.grid().width());
        }
    }

    @Override
    public void widen(int row, float[] out) {
        Grid grid = packing.grid();
        int[] piece = pieces.get(row / packing.pieceRows());
        float[] panel = new float[grid.panel()];
        float[] scale = new float[grid.scales()];
        int inPiece = row % packing.pieceRows();
        int tile = inPiece / Grid.ROWS;
        packing.coding().widen(piece, tile * Grid.ROWS * grid.rowInts(), grid, panel, 0);
        scales(row / packing.pieceRows(), tile, scale, 0);
        packing.collect(panel, scale, row % Grid.ROWS, out);
        if (minima != null) {
            float[] least = new float[packing.parts()];
            minima.widen(row, least);
            for (int i = 0; i < columns(); i++) {
                out[i] -= least[i / grid.weights()];
            }
        }
    }

    @Override
    public void multiply(
            int from, int to, float[] x, int xi, int tokens, float[] out, int at, int stride, Scratch scratch) {
        multiply(new Product(x, xi, width(), tokens, out, at, stride, false), from, to, scratch);
        if (minima != null) {
            int behind = xi + packing.grid().width();
            minima.multiply(new Product(x, behind, width(), tokens, out, at, stride, true), from, to, scratch);
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
        int first = piece * packing.pieceRows();
        float[] sums = scratch.floats(0, Grid.ROWS * Lanes.COUNT);
        float[] scale = scratch.floats(1, grid.scales());
        int tileInts = Grid.ROWS * grid.rowInts();
        for (int row = from; row < to; row += Grid.ROWS) {
            int tile = (row - first) / Grid.ROWS;
            scales(piece, tile, scale, 0);
            Arrays.fill(sums, 0, Grid.ROWS * Lanes.COUNT, 0);
            packing.coding().dot(pieces.get(piece), tile * tileInts, grid, product.x, product.xi, scale, sums);
            for (int r = 0; r < Math.min(Grid.ROWS, to - row); r++) {
                product.set(0, row + r, Lanes.sum(sums, r * Lanes.COUNT));
            }
        }
    }

    private void several(Product product, int from, int to, Scratch scratch) {
        Grid grid = packing.grid();
        int piece = from / packing.pieceRows();
        int first = (from - piece * packing.pieceRows()) / Grid.ROWS;
        int tiles = (to - from + Grid.ROWS - 1) / Grid.ROWS;
        float[] panel = scratch.floats(2, tiles * grid.panel());
        float[] scale = scratch.floats(3, tiles * grid.scales());
        for (int i = 0; i < tiles; i++) {
            int at = (first + i) * Grid.ROWS * grid.rowInts();
            packing.coding().widen(pieces.get(piece), at, grid, panel, i * grid.panel());
            scales(piece, first + i, scale, i * grid.scales());
        }
        for (int token = 0; token < product.tokens; ) {
            int count = token + Tile.TOKENS <= product.tokens ? Tile.TOKENS : 1;
            for (int i = 0; i < tiles; i++) {
                float[] total = tile(product, token, count, panel, scale, i, scratch);
                for (int r = 0; r < Math.min(Grid.ROWS, to - from - i * Grid.ROWS); r++) {
                    for (int t = 0; t < count; t++) {
                        float sum = Lanes.sum(total, (r * count + t) * Lanes.COUNT);
                        product.set(token + t, from + i * Grid.ROWS + r, sum);
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
            Arrays.fill(total, 0, length, 0);
        }
        for (int g = 0; g < grid.groups(); g++) {
            int w = tile * grid.panel() + g * grid.weights() * Grid.ROWS * Lanes.COUNT;
            int xi = product.xi + token * product.width + g * (grid.weights() + 1) * Lanes.COUNT;
            if (count == Tile.TOKENS) {
                Tile.four(panel, w, grid.weights(), product.x, xi, product.width, sums);
            } else {
                Tile.one(panel, w, grid.weights(), product.x, xi, sums);
            }
            if (packing.isScaled()) {
                int si = tile * grid.scales() + g * Grid.ROWS * Lanes.COUNT;
                Tile.add(sums, count, scale, si, total);
            }
        }
        return packing.isScaled() ? total : sums;
    }

    /** Writes the scales of four rows as floats. */
    private void scales(int piece, int tile, float[] out, int to) {
        int n = packing.grid().scales();
        if (packing.hasHalfScales()) {
            Lanes.widen(halfScales.get(piece), tile * n, n, out, to);
        } else if (packing.isScaled()) {
            System.arraycopy(scales.get(piece), tile * n, out, to, n);
        }
    }
}
