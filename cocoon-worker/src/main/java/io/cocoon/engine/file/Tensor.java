package io.cocoon.engine.file;

import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A named matrix of weights in a mapped file. Immutable; may be read by many threads.
 *
 * <p>Everything with more than two dimensions is refused when a file is read, and a vector is a matrix of one row.
 */
public final class Tensor {

    /** Largest part of a file that is mapped as one buffer; a buffer is addressed by an int. */
    static final long MAX_PART = 1L << 30;

    private final String name;
    private final WeightType type;
    private final long rows;
    private final long columns;
    private final List<ByteBuffer> parts;
    private final long rowsPerPart;
    /** For FP8 only; null until they are found. */
    private final @Nullable Scales scales;

    Tensor(String name, WeightType type, long rows, long columns, List<ByteBuffer> parts, long rowsPerPart) {
        this(name, type, rows, columns, parts, rowsPerPart, null);
    }

    private Tensor(
            String name,
            WeightType type,
            long rows,
            long columns,
            List<ByteBuffer> parts,
            long rowsPerPart,
            @Nullable Scales scales) {
        this.name = name;
        this.type = type;
        this.rows = rows;
        this.columns = columns;
        this.parts = List.copyOf(parts);
        this.rowsPerPart = rowsPerPart;
        this.scales = scales;
    }

    /** Returns the same weights, of type FP8, with what they are multiplied with. */
    public Tensor scaledBy(Scales factors) {
        return new Tensor(name, type, rows, columns, parts, rowsPerPart, factors);
    }

    /** Returns its name in the file. */
    public String name() {
        return name;
    }

    /** Returns how its weights are stored. */
    public WeightType type() {
        return type;
    }

    /** Returns the number of rows; a row is what one output of a product reads. */
    public long rows() {
        return rows;
    }

    /** Returns the number of weights in a row. */
    public long columns() {
        return columns;
    }

    /** Returns how many bytes it takes in the file, with its scales if they are apart. */
    public long bytes() {
        return rows * type.rowBytes(columns) + (scales == null ? 0 : scales.bytes());
    }

    /**
     * Returns the bytes of one row, little-endian, from position 0.
     *
     * @param row 0 to {@link #rows} - 1
     * @throws IndexOutOfBoundsException if there is no such row
     * @throws UncheckedIOException with a {@link ModelFormatException} if a weight of type FP8 is no number; it is looked for
     *     here, because the whole of a file is only read when its rows are
     */
    public ByteBuffer row(long row) {
        if (row < 0 || row >= rows) {
            throw new IndexOutOfBoundsException("row " + row + " of " + rows + " in tensor " + name);
        }
        int length = Math.toIntExact(type.rowBytes(columns));
        int at = Math.toIntExact(row % rowsPerPart * length);
        ByteBuffer bytes =
                parts.get(Math.toIntExact(row / rowsPerPart)).slice(at, length).order(ByteOrder.LITTLE_ENDIAN);
        int none = type == WeightType.FP8 ? E4m3.firstNaN(bytes) : -1;
        if (none >= 0) {
            throw new UncheckedIOException(new ModelFormatException("tensor " + name + ": the weight [" + row + ", "
                    + none + "] is 0x" + Integer.toHexString(bytes.get(none) & 0xff)
                    + ", which is no number; the file is damaged, or was not made as it says"));
        }
        return bytes;
    }

    /**
     * Writes what the weights of a row of type FP8 are multiplied with: a factor for each {@link Scales#COLUMNS} of them, to the
     * front of {@code out}.
     *
     * @throws IllegalStateException if the tensor has none
     */
    public void scales(long row, float[] out) {
        if (scales == null) {
            throw new IllegalStateException(this + " has no scales");
        }
        scales.row(row, Scales.groups(columns), out);
    }

    @Override
    public String toString() {
        return name + " " + type + " [" + rows + ", " + columns + "]";
    }
}
