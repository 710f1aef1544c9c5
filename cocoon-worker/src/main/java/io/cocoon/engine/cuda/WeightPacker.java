package io.cocoon.engine.cuda;

import io.cocoon.engine.file.Halves;
import io.cocoon.engine.file.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Brings weights into the layout of {@code layout.cuh}, some tiles of rows at a time, and uploads them. */
final class WeightPacker {

    private static final int TILE = WeightFormat.TILE;
    private static final int UNIT = WeightFormat.UNIT;
    private static final int STAGED_BYTES = 8 << 20;

    /** Where a row of a matrix comes from. */
    record Source(Tensor tensor, long row) {}

    /** Which rows a matrix is made of. */
    interface Rows {
        /** Returns the source of a row of the result. */
        Source at(int row);
    }

    private final Gpu gpu;
    private ByteBuffer values = Gpu.direct(0);
    private ByteBuffer scales = Gpu.direct(0);
    private ByteBuffer minima = Gpu.direct(0);

    WeightPacker(Gpu gpu) {
        this.gpu = gpu;
    }

    /**
     * Packs and uploads a matrix.
     *
     * @param format of the result: that of all sources; BF16 if they are of several; INT8 or INT4 if they are floats
     * @param columns a multiple of 32
     */
    DeviceMatrix upload(WeightFormat format, int rows, int columns, Rows from) {
        DeviceMatrix matrix = new DeviceMatrix(
                format,
                rows,
                columns,
                gpu.allocate(format.valueBytes(rows, columns)),
                gpu.allocate(format.scaleBytes(rows, columns)),
                gpu.allocate(format.minimumBytes(rows, columns)));
        int units = columns / UNIT;
        int tiles = matrix.blocks() * (WeightFormat.BLOCK_ROWS / TILE);
        int tileBytes = units * format.valueBytes();
        int scaleBytes = TILE * format.scales(columns) * Float.BYTES;
        int minimumBytes = TILE * format.minima(columns) * Float.BYTES;
        int atOnce = Math.max(1, STAGED_BYTES / tileBytes);
        RowReader reader = new RowReader(columns);
        for (int tile = 0; tile < tiles; tile += atOnce) {
            int count = Math.min(atOnce, tiles - tile);
            values = cleared(values, count * tileBytes);
            scales = cleared(scales, count * scaleBytes);
            minima = cleared(minima, count * minimumBytes);
            for (int i = 0; i < count * TILE; i++) {
                int row = tile * TILE + i;
                if (row < rows) {
                    pack(format, reader, from.at(row), i, units);
                }
            }
            send(matrix.values(), (long) tile * tileBytes, values, count * tileBytes);
            send(matrix.scales(), (long) tile * scaleBytes, scales, count * scaleBytes);
            send(matrix.minima(), (long) tile * minimumBytes, minima, count * minimumBytes);
        }
        return matrix;
    }

    /** Uploads a vector of floats, or nothing. */
    Gpu.Region upload(float @Nullable [] vector) {
        if (vector == null) {
            return Gpu.Region.NONE;
        }
        Gpu.Region region = gpu.allocate((long) vector.length * Float.BYTES);
        values = cleared(values, vector.length * Float.BYTES);
        values.asFloatBuffer().put(vector);
        send(region, 0, values, vector.length * Float.BYTES);
        return region;
    }

    /** Reads a vector, with {@code offset} added to each of its numbers. */
    static float[] vector(Tensor tensor, float offset) {
        RowReader reader = new RowReader(Math.toIntExact(tensor.columns()));
        reader.readFloats(tensor, 0);
        float[] vector = Arrays.copyOf(reader.floats, reader.floats.length);
        for (int i = 0; i < vector.length; i++) {
            vector[i] += offset;
        }
        return vector;
    }

    private void send(Gpu.Region to, long offset, ByteBuffer from, int bytes) {
        if (bytes > 0) {
            gpu.upload(to, offset, from, bytes);
        }
    }

    /** A buffer of zeros, which is what rows and columns that fill a tile up are. */
    private static ByteBuffer cleared(ByteBuffer old, int bytes) {
        ByteBuffer buffer = old.capacity() >= bytes ? old : Gpu.direct(bytes);
        buffer.clear();
        while (buffer.remaining() >= Long.BYTES) {
            buffer.putLong(0);
        }
        while (buffer.hasRemaining()) {
            buffer.put((byte) 0);
        }
        return buffer.clear();
    }

    private void pack(WeightFormat format, RowReader reader, Source source, int row, int units) {
        if (format == WeightFormat.BF16) {
            reader.readFloats(source.tensor(), source.row());
            for (int column = 0; column < units * UNIT; column++) {
                values.putShort(2 * place(row, column, units), Halves.toBfloat(reader.floats[column]));
            }
            return;
        }
        reader.readWhole(source.tensor(), source.row(), format);
        for (int column = 0; column < units * UNIT; column++) {
            int place = place(row, column, units);
            // Within a unit the halves of a lane lie together, so that it reads both at once.
            int lane = place % (32 * 8) / 8;
            int half = place / (32 * 8) % 2;
            int inUnit = (lane * 2 + half) * 8 + place % 8;
            int at = place / (32 * 16) * (32 * 16) + inUnit;
            if (format.valueBytes() == 512) {
                values.put(at, reader.whole[column]);
            } else {
                int bits = reader.whole[column] << (at % 2 * 4);
                values.put(at / 2, (byte) (values.get(at / 2) | bits));
            }
        }
        place(reader.scales, format.scales((long) units * UNIT), scales, row);
        place(reader.minima, format.minima((long) units * UNIT), minima, row);
    }

    /** Where a weight lies if each half of a unit is a tile of its own: {@code fragment_lane} and {@code fragment_place}. */
    private static int place(int row, int column, int units) {
        int in = row % TILE;
        int across = column % TILE;
        int lane = in % 8 * 4 + across / 4;
        int place = across % 4 / 2 * 4 + in / 8 * 2 + across % 2;
        return ((row / TILE * units * 2 + column / TILE) * 32 + lane) * 8 + place;
    }

    /** Puts what groups of a row's columns have between that of the other rows of its tile. */
    private static void place(float[] from, int groups, ByteBuffer to, int row) {
        for (int group = 0; group < groups; group++) {
            to.putFloat(Float.BYTES * ((row / TILE * groups + group) * TILE + row % TILE), from[group]);
        }
    }
}
