package io.cocoon.engine.file;

import java.nio.ByteBuffer;

/**
 * What the weights of a matrix are multiplied with: a factor for each block of some rows and columns. Blocks at the end may be
 * smaller. Immutable.
 */
public final class Scales {

    /** Weights of a row share a factor in groups of so many columns at least; a last group may be smaller. */
    public static final int COLUMNS = 128;

    /** The largest number that is scaled. */
    private static final float LARGEST = 448;

    private final Tensor factors;
    private final long blockRows;
    private final int groupsOfBlock;
    private final float[] values;

    private Scales(Tensor factors, long blockRows, int groupsOfBlock, float[] values) {
        this.factors = factors;
        this.blockRows = blockRows;
        this.groupsOfBlock = groupsOfBlock;
        this.values = values;
    }

    /**
     * Reads factors.
     *
     * @param factors {@code [blocks down][blocks across]}, as F32, F16 or BF16
     * @param blockRows rows of a block, 1 or more
     * @param blockColumns columns of a block, a multiple of {@link #COLUMNS}, or {@link Long#MAX_VALUE} for whole rows
     * @throws ModelFormatException if one is not positive, no number or so large that weights are not finite, or they are of
     *     another type
     */
    public static Scales read(Tensor factors, long blockRows, long blockColumns) throws ModelFormatException {
        int across = Math.toIntExact(factors.columns());
        float[] values = new float[Math.toIntExact(Math.multiplyExact(factors.rows(), factors.columns()))];
        for (int row = 0, at = 0; row < factors.rows(); row++) {
            ByteBuffer from = factors.row(row);
            for (int column = 0; column < across; column++, at++) {
                values[at] = next(factors, from);
                if (!(values[at] > 0 && Float.isFinite(LARGEST * values[at]))) {
                    throw new ModelFormatException("the scale [" + row + ", " + column + "] of " + factors.name()
                            + " is " + values[at] + "; wanted a number above 0 that is finite with 448 times as much");
                }
            }
        }
        long groups = Math.min(blockColumns / COLUMNS, Integer.MAX_VALUE);
        return new Scales(factors, blockRows, (int) groups, values);
    }

    private static float next(Tensor factors, ByteBuffer from) throws ModelFormatException {
        return switch (factors.type()) {
            case F32 -> from.getFloat();
            case F16 -> Halves.toFloat(from.getShort());
            case BF16 -> Halves.bfloat(from.getShort());
            default ->
                throw new ModelFormatException("the scales " + factors.name() + " are " + factors.type()
                        + "; F32, F16 and BF16 are supported");
        };
    }

    /** Returns how many groups of {@link #COLUMNS} a row of so many columns has. */
    public static int groups(long columns) {
        return Math.toIntExact((columns + COLUMNS - 1) / COLUMNS);
    }

    /** Writes the factor of each group of a row to the front of {@code out}. */
    void row(long row, int groups, float[] out) {
        int across = Math.toIntExact(factors.columns());
        int from = Math.toIntExact(row / blockRows * across);
        for (int group = 0; group < groups; group++) {
            out[group] = values[from + group / groupsOfBlock];
        }
    }

    /** Returns how many bytes they take in the file. */
    long bytes() {
        return factors.bytes();
    }
}
