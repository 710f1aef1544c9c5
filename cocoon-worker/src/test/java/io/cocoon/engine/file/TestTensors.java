package io.cocoon.engine.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;

/** Matrices that lie in no file. */
public final class TestTensors {

    private static final short ONE_64TH = 0x2400;

    private TestTensors() {}

    /** Weights of about -1 to 1, from a seed. */
    public static Tensor random(WeightType type, int rows, int columns, long seed) {
        Random random = new Random(seed);
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(rows * type.rowBytes(columns)))
                .order(ByteOrder.LITTLE_ENDIAN);
        random.nextBytes(bytes.array());
        int block = type.blockBytes();
        for (int at = 0; at < bytes.capacity(); at += block) {
            float value = random.nextFloat() * 2 - 1;
            switch (type) {
                case F32 -> bytes.putFloat(at, value);
                case F16 -> bytes.putShort(at, (short) (ONE_64TH | random.nextInt() & 0x83ff));
                case BF16 -> bytes.putShort(at, Halves.toBfloat(value));
                case FP8 -> bytes.put(at, (byte) (random.nextInt(2) << 7 | random.nextInt(0x7f)));
                // Scales near 1/64 keep the numbers small; the rest of a block may be any bits.
                case Q8_0, Q4_0 -> bytes.putShort(at, (short) (ONE_64TH + random.nextInt(64)));
                case Q4_K -> bytes.putShort(at, (short) 0x1400).putShort(at + 2, (short) 0x1800);
                case Q6_K -> bytes.putShort(at + 208, (short) 0x0c00);
            }
        }
        Tensor tensor = new Tensor("random", type, rows, columns, List.of(bytes), rows);
        return type == WeightType.FP8 ? tensor.scaledBy(scales(random, rows, columns)) : tensor;
    }

    /** A matrix of type FP8 with one scale. */
    public static Tensor fp8(byte[] codes, int columns, float scale) {
        int rows = codes.length / columns;
        Tensor tensor = new Tensor("codes", WeightType.FP8, rows, columns, List.of(ByteBuffer.wrap(codes)), rows);
        ByteBuffer one =
                ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN).putFloat(0, scale);
        return tensor.scaledBy(read(new Tensor("scale", WeightType.F32, 1, 1, List.of(one), 1), rows, Long.MAX_VALUE));
    }

    /** For blocks of one to nine rows by 128 columns; numbers get up to 1 with them. */
    private static Scales scales(Random random, int rows, int columns) {
        int height = 1 + random.nextInt(9);
        int width = Scales.COLUMNS;
        int down = (rows + height - 1) / height;
        int across = (columns + width - 1) / width;
        ByteBuffer bytes = ByteBuffer.allocate(down * across * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putFloat((1 + random.nextFloat()) / 896);
        }
        return read(new Tensor("scales", WeightType.F32, down, across, List.of(bytes.flip()), down), height, width);
    }

    private static Scales read(Tensor factors, long blockRows, long blockColumns) {
        try {
            return Scales.read(factors, blockRows, blockColumns);
        } catch (ModelFormatException e) {
            throw new AssertionError(e);
        }
    }
}
