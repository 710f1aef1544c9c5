package io.cocoon.engine.cpu;

import io.cocoon.engine.file.E4m3;
import io.cocoon.engine.file.Halves;
import io.cocoon.engine.file.Scales;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.WeightType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.IntUnaryOperator;

/** Weights as they are stored in the file, one array a row, widened a row at a time. */
final class Matrix implements Weights {

    private final WeightType type;
    private final int columns;
    private final byte[][] rows;
    /** Of each row; none but for FP8. */
    private final float[][] scales;

    private Matrix(WeightType type, int columns, byte[][] rows, float[][] scales) {
        this.type = type;
        this.columns = columns;
        this.rows = rows;
        this.scales = scales;
    }

    /** As {@link Kernels#load}. */
    static Matrix load(Tensor tensor, IntUnaryOperator source) {
        byte[][] rows = new byte[Math.toIntExact(tensor.rows())][];
        int groups = scalesOfRow(tensor);
        float[][] scales = new float[groups == 0 ? 0 : rows.length][groups];
        for (int i = 0; i < rows.length; i++) {
            ByteBuffer row = tensor.row(source.applyAsInt(i));
            rows[i] = new byte[row.remaining()];
            row.get(rows[i]);
            if (groups > 0) {
                tensor.scales(source.applyAsInt(i), scales[i]);
            }
        }
        return new Matrix(tensor.type(), Math.toIntExact(tensor.columns()), rows, scales);
    }

    /** Returns how many bytes {@link #load} takes. */
    static long bytes(Tensor tensor) {
        return tensor.rows() * (tensor.type().rowBytes(tensor.columns()) + (long) scalesOfRow(tensor) * Float.BYTES);
    }

    /** Returns how many scales there are beside a row. */
    private static int scalesOfRow(Tensor tensor) {
        return tensor.type() == WeightType.FP8 ? Scales.groups(tensor.columns()) : 0;
    }

    /** Reads a vector, with {@code offset} added to each of its numbers. */
    static float[] vector(Tensor tensor, float offset) {
        Matrix one = load(tensor, IntUnaryOperator.identity());
        float[] values = new float[one.columns];
        one.widen(0, values);
        for (int i = 0; i < values.length; i++) {
            values[i] += offset;
        }
        return values;
    }

    @Override
    public WeightType type() {
        return type;
    }

    @Override
    public int rows() {
        return rows.length;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public void widen(int row, float[] out) {
        byte[] from = rows[row];
        switch (type) {
            case F32 -> floats(from, out);
            case F16 -> halves(from, out);
            case BF16 -> bfloats(from, out);
            case FP8 -> smallFloats(from, scales[row], out);
            case Q8_0 -> q8(from, out);
            case Q4_0 -> q4(from, out);
            case Q4_K -> q4k(from, out);
            case Q6_K -> q6k(from, out);
        }
    }

    @Override
    public int width() {
        return columns;
    }

    @Override
    public int wholeWidth() {
        return 0;
    }

    @Override
    public int rowsTogether() {
        return 1;
    }

    @Override
    public boolean arrangedAs(Weights other) {
        return other instanceof Matrix && other.columns() == columns;
    }

    @Override
    public void arrange(float[] x, int xi, Arranged out, int token) {
        System.arraycopy(x, xi, out.floats(), token * columns, columns);
    }

    @Override
    public void multiply(int from, int to, Arranged x, int tokens, float[] out, int at, int stride, Scratch scratch) {
        float[] values = scratch.floats(0, columns);
        for (int row = from; row < to; row++) {
            widen(row, values);
            for (int t = 0; t < tokens; t++) {
                out[t * stride + at + row] = FloatMath.dot(values, 0, x.floats(), t * columns, columns);
            }
        }
    }

    private static int int16(byte[] from, int at) {
        return (from[at] & 0xff) | from[at + 1] << 8;
    }

    private static float half(byte[] from, int at) {
        return Halves.toFloat((short) int16(from, at));
    }

    private void floats(byte[] from, float[] out) {
        ByteBuffer.wrap(from).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(out, 0, columns);
    }

    private void halves(byte[] from, float[] out) {
        for (int i = 0; i < columns; i++) {
            out[i] = half(from, 2 * i);
        }
    }

    private void bfloats(byte[] from, float[] out) {
        for (int i = 0; i < columns; i++) {
            out[i] = Float.intBitsToFloat(int16(from, 2 * i) << 16);
        }
    }

    private void smallFloats(byte[] from, float[] factors, float[] out) {
        for (int i = 0; i < columns; i++) {
            out[i] = E4m3.toFloat(from[i]) * factors[i / Scales.COLUMNS];
        }
    }

    private void q8(byte[] from, float[] out) {
        for (int block = 0, at = 0; block < columns; block += 32, at += 34) {
            float scale = half(from, at);
            for (int i = 0; i < 32; i++) {
                out[block + i] = from[at + 2 + i] * scale;
            }
        }
    }

    private void q4(byte[] from, float[] out) {
        for (int block = 0, at = 0; block < columns; block += 32, at += 18) {
            float scale = half(from, at);
            for (int i = 0; i < 16; i++) {
                int pair = from[at + 2 + i];
                out[block + i] = ((pair & 15) - 8) * scale;
                out[block + i + 16] = ((pair >> 4 & 15) - 8) * scale;
            }
        }
    }

    /** Two half-precision factors, 12 bytes with eight 6-bit scales and minima, 128 bytes of nibbles. */
    private void q4k(byte[] from, float[] out) {
        for (int block = 0, at = 0; block < columns; block += 256, at += 144) {
            float d = half(from, at);
            float min = half(from, at + 2);
            for (int part = 0; part < 8; part++) {
                float scale = d * scale(from, at + 4, part);
                float offset = min * minimum(from, at + 4, part);
                int nibbles = at + 16 + part / 2 * 32;
                int shift = part % 2 * 4;
                for (int i = 0; i < 32; i++) {
                    out[block + part * 32 + i] = (from[nibbles + i] >> shift & 15) * scale - offset;
                }
            }
        }
    }

    private static int scale(byte[] from, int at, int part) {
        return part < 4 ? from[at + part] & 63 : from[at + part + 4] & 15 | (from[at + part - 4] & 0xff) >> 6 << 4;
    }

    private static int minimum(byte[] from, int at, int part) {
        return part < 4
                ? from[at + part + 4] & 63
                : (from[at + part + 4] & 0xff) >> 4 | (from[at + part] & 0xff) >> 6 << 4;
    }

    /** 128 bytes of low nibbles, 64 bytes of high pairs, 16 signed scales, one half-precision factor. */
    private void q6k(byte[] from, float[] out) {
        for (int block = 0, at = 0; block < columns; block += 256, at += 210) {
            float d = half(from, at + 208);
            for (int side = 0; side < 2; side++) {
                int low = at + side * 64;
                int high = at + 128 + side * 32;
                int scales = at + 192 + side * 8;
                int to = block + side * 128;
                for (int i = 0; i < 32; i++) {
                    int bits = from[high + i];
                    int a = from[low + i] & 15 | (bits & 3) << 4;
                    int b = from[low + i + 32] & 15 | (bits >> 2 & 3) << 4;
                    int c = from[low + i] >> 4 & 15 | (bits >> 4 & 3) << 4;
                    int e = from[low + i + 32] >> 4 & 15 | (bits >> 6 & 3) << 4;
                    int part = i / 16;
                    out[to + i] = d * from[scales + part] * (a - 32);
                    out[to + i + 32] = d * from[scales + part + 2] * (b - 32);
                    out[to + i + 64] = d * from[scales + part + 4] * (c - 32);
                    out[to + i + 96] = d * from[scales + part + 6] * (e - 32);
                }
            }
        }
    }
}
