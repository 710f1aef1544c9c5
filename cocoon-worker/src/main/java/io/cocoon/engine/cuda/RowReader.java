package io.cocoon.engine.cuda;

import io.cocoon.engine.file.E4m3;
import io.cocoon.engine.file.Halves;
import io.cocoon.engine.file.Scales;
import io.cocoon.engine.file.Tensor;
import java.nio.ByteBuffer;

/**
 * Reads one row of weights at a time: for floats the numbers, for block formats the whole numbers, scales and minima that
 * they are made of (engine dossier 1), for FP8 its bytes and scales. A number is {@code whole * scale - minimum}; those of Q4_0
 * count from 8.
 */
final class RowReader {

    /** Of the last row that {@link #readFloats} read. */
    final float[] floats;

    /** Of the last row that {@link #readBlocks} read. */
    final byte[] whole;

    final float[] scales;
    final float[] minima;

    RowReader(int columns) {
        floats = new float[columns];
        whole = new byte[columns];
        scales = new float[(columns + 15) / 16];
        minima = new float[columns / 32];
    }

    /** Reads a row as numbers, whatever it is stored as. */
    void readFloats(Tensor tensor, long row) {
        ByteBuffer from = tensor.row(row);
        switch (tensor.type()) {
            case F32 -> from.asFloatBuffer().get(floats);
            case F16 -> {
                for (int i = 0; i < floats.length; i++) {
                    floats[i] = Halves.toFloat(from.getShort());
                }
            }
            case BF16 -> {
                for (int i = 0; i < floats.length; i++) {
                    floats[i] = Halves.bfloat(from.getShort());
                }
            }
            case FP8 -> {
                readBlocks(tensor, row);
                for (int i = 0; i < floats.length; i++) {
                    floats[i] = E4m3.toFloat(whole[i]) * scales[i / Scales.COLUMNS];
                }
            }
            case Q8_0, Q4_0, Q4_K, Q6_K -> {
                readBlocks(tensor, row);
                WeightFormat format = WeightFormat.of(tensor.type());
                int group = format.scaleColumns();
                int offset = format == WeightFormat.INT4 ? 8 : 0;
                for (int i = 0; i < floats.length; i++) {
                    float value = (whole[i] - offset) * scales[i / group];
                    floats[i] = format.minima(floats.length) == 0 ? value : value - minima[i / 32];
                }
            }
        }
    }

    /** Reads a row as whole numbers, or those of 8 bits, and what belongs to them: as they are stored, or of floats made so. */
    void readWhole(Tensor tensor, long row, WeightFormat format) {
        if (WeightFormat.of(tensor.type()) != WeightFormat.BF16) {
            readBlocks(tensor, row);
            return;
        }
        readFloats(tensor, row);
        switch (format) {
            case INT8 -> Quantizer.eightBits(floats, whole, scales);
            case INT4 -> Quantizer.fourBits(floats, whole, scales);
            case BF16, INT8_BY_16, INT4_WITH_MINIMUM, FP8 ->
                throw new IllegalArgumentException(tensor + " is not made " + format);
        }
    }

    /** Reads a row of a type with scales. */
    void readBlocks(Tensor tensor, long row) {
        ByteBuffer from = tensor.row(row);
        switch (tensor.type()) {
            case FP8 -> {
                from.get(whole);
                tensor.scales(row, scales);
            }
            case Q8_0 -> {
                for (int block = 0; block < whole.length / 32; block++) {
                    scales[block] = Halves.toFloat(from.getShort());
                    from.get(whole, block * 32, 32);
                }
            }
            case Q4_0 -> {
                for (int block = 0; block < whole.length / 32; block++) {
                    scales[block] = Halves.toFloat(from.getShort());
                    for (int i = 0; i < 16; i++) {
                        int pair = from.get();
                        whole[block * 32 + i] = (byte) (pair & 15);
                        whole[block * 32 + i + 16] = (byte) (pair >> 4 & 15);
                    }
                }
            }
            case Q4_K -> {
                for (int block = 0; block < whole.length; block += 256) {
                    q4k(from, block);
                }
            }
            case Q6_K -> {
                for (int block = 0; block < whole.length; block += 256) {
                    q6k(from, block);
                }
            }
            case F32, F16, BF16 -> throw new IllegalArgumentException(tensor + " has no blocks");
        }
    }

    private void q4k(ByteBuffer from, int block) {
        float d = Halves.toFloat(from.getShort());
        float least = Halves.toFloat(from.getShort());
        byte[] bits = new byte[12];
        from.get(bits);
        for (int j = 0; j < 8; j++) {
            int scale = j < 4 ? bits[j] & 63 : bits[j + 4] & 15 | (bits[j - 4] & 0xff) >> 6 << 4;
            int minimum = j < 4 ? bits[j + 4] & 63 : (bits[j + 4] & 0xff) >> 4 | (bits[j] & 0xff) >> 6 << 4;
            scales[block / 32 + j] = d * scale;
            minima[block / 32 + j] = least * minimum;
        }
        for (int pair = 0; pair < 4; pair++) {
            for (int i = 0; i < 32; i++) {
                int nibbles = from.get();
                whole[block + pair * 64 + i] = (byte) (nibbles & 15);
                whole[block + pair * 64 + 32 + i] = (byte) (nibbles >> 4 & 15);
            }
        }
    }

    private void q6k(ByteBuffer from, int block) {
        byte[] bits = new byte[208];
        from.get(bits);
        float d = Halves.toFloat(from.getShort());
        for (int i = 0; i < 16; i++) {
            scales[block / 16 + i] = d * bits[192 + i];
        }
        for (int side = 0; side < 2; side++) {
            for (int i = 0; i < 32; i++) {
                int high = bits[128 + side * 32 + i];
                int first = bits[side * 64 + i];
                int second = bits[side * 64 + 32 + i];
                int to = block + side * 128 + i;
                whole[to] = (byte) ((first & 15 | (high & 3) << 4) - 32);
                whole[to + 32] = (byte) ((second & 15 | (high >> 2 & 3) << 4) - 32);
                whole[to + 64] = (byte) ((first >> 4 & 15 | (high >> 4 & 3) << 4) - 32);
                whole[to + 96] = (byte) ((second >> 4 & 15 | (high >> 6 & 3) << 4) - 32);
            }
        }
    }
}
