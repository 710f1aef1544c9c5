package io.cocoon.engine.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

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

    Tensor(String name, WeightType type, long rows, long columns, List<ByteBuffer> parts, long rowsPerPart) {
        this.name = name;
        this.type = type;
        this.rows = rows;
        this.columns = columns;
        this.parts = List.copyOf(parts);
        this.rowsPerPart = rowsPerPart;
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

    /** Returns how many bytes it takes in the file. */
    public long bytes() {
        return rows * type.rowBytes(columns);
    }

    /**
     * Returns the bytes of one row, little-endian, from position 0.
     *
     * @param row 0 to {@link #rows} - 1
     * @throws IndexOutOfBoundsException if there is no such row
     */
    public ByteBuffer row(long row) {
        if (row < 0 || row >= rows) {
            throw new IndexOutOfBoundsException("row " + row + " of " + rows + " in tensor " + name);
        }
        int length = Math.toIntExact(type.rowBytes(columns));
        int at = Math.toIntExact(row % rowsPerPart * length);
        return parts.get(Math.toIntExact(row / rowsPerPart)).slice(at, length).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public String toString() {
        return name + " " + type + " [" + rows + ", " + columns + "]";
    }
}
