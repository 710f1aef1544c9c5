package io.cocoon.engine.cpu.vector;

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

    /** How many scales of rows are widened before the rows are multiplied with one token: what the nearest cache can spare. */
    private static final int SCALES = 1 << 10;

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
        float[] panel = new float[grid.panel()];
        float[] scale = new float[grid.scales()];
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
        int first = from - piece * packing.pieceRows();
        int step = Math.max(1, SCALES / grid.scales()) * Grid.ROWS;
        float[] sums = scratch.floats(0, step * Lanes.COUNT);
        float[] scale = scratch.floats(1, step / Grid.ROWS * grid.scales());
        float[] unscaled = scratch.floats(2, grid.scales());
        for (int row = from; row < to; row += step) {
            int rows = Math.min(step, to - row);
            int tile = (row - from + first) / Grid.ROWS;
            int tiles = (rows + Grid.ROWS - 1) / Grid.ROWS;
            scales(piece, tile, tiles, scale);
            for (int i = 0; i < tiles; i++) {
                int oi = i * Grid.ROWS * Lanes.COUNT;
                if (packing.isScaled()) {
                    dot(product, piece, tile + i, unscaled, 0);
                    Tile.scale(unscaled, scale, i * grid.scales(), grid.scales(), sums, oi);
                } else {
                    dot(product, piece, tile + i, sums, oi);
                }
            }
            Lanes.sum(sums, rows);
            for (int r = 0; r < rows; r++) {
                product.set(0, row + r, sums[r]);
            }
        }
    }

    private void dot(Product product, int piece, int tile, float[] out, int oi) {
        int[] w = pieces.get(piece);
        int at = tile * Grid.ROWS * packing.grid().rowInts();
        int xi = product.xi;
        int to = oi;
        for (Grid.Band band : packing.grid().bands()) {
            for (int g = 0; g < band.groups(); g++) {
                packing.coding().dot(w, at, band.ints(), product.x, xi, out, to);
                at += Grid.ROWS * band.ints() * Lanes.COUNT;
                xi += (band.weights() + 1) * Lanes.COUNT;
                to += Grid.ROWS * Lanes.COUNT;
            }
        }
    }

    /** Widens four rows, without their scales. */
    private void widen(int piece, int tile, float[] panel, int to) {
        int at = tile * Grid.ROWS * packing.grid().rowInts();
        for (Grid.Band band : packing.grid().bands()) {
            int vectors = band.groups() * band.ints();
            packing.coding().widen(pieces.get(piece), at + band.intsAt(), vectors, panel, to + band.panelAt());
        }
    }

    private void several(Product product, int from, int to, Scratch scratch) {
        Grid grid = packing.grid();
        int piece = from / packing.pieceRows();
        int first = (from - piece * packing.pieceRows()) / Grid.ROWS;
        int tiles = (to - from + Grid.ROWS - 1) / Grid.ROWS;
        float[] panel = scratch.floats(2, tiles * grid.panel());
        float[] scale = scratch.floats(3, tiles * grid.scales());
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
            int si = tile * grid.scales() + band.scalesAt();
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

    /** Writes the scales of some tiles as floats. */
    private void scales(int piece, int tile, int tiles, float[] out) {
        int n = packing.grid().scales();
        if (packing.hasHalfScales()) {
            Lanes.widen(halfScales.get(piece), tile * n, tiles * n, out, 0);
        } else if (packing.isScaled()) {
            System.arraycopy(scales.get(piece), tile * n, out, 0, tiles * n);
        }
    }
}
