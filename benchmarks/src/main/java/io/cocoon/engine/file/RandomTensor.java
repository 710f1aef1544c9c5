package io.cocoon.engine.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;

/** Weights from a seed, for benchmarks: time depends on shapes, not on values, as long as these are usual ones. */
public final class RandomTensor {

    private RandomTensor() {}

    /** Makes a matrix in memory; the same one each time. One scale of 1 is for all of FP8. */
    public static Tensor of(WeightType type, int rows, int columns) throws ModelFormatException {
        Tensor numbers = numbers(type, rows, columns);
        return type == WeightType.FP8
                ? numbers.scaledBy(Scales.read(numbers(WeightType.F32, 1, 1), Long.MAX_VALUE, Long.MAX_VALUE))
                : numbers;
    }

    private static Tensor numbers(WeightType type, int rows, int columns) {
        SplittableRandom random = new SplittableRandom(6);
        int length = Math.toIntExact(type.rowBytes(columns));
        byte[] all = new byte[Math.multiplyExact(rows, length)];
        byte[] row = new byte[length];
        for (int i = 0; i < rows; i++) {
            fill(type, row, random);
            System.arraycopy(row, 0, all, i * length, length);
        }
        return new Tensor("random", type, rows, columns, List.of(ByteBuffer.wrap(all)), rows);
    }

    /** Fills a row with weights of about 0.02 either way; with ones, as norms are, if they are floats. */
    public static void fill(WeightType type, byte[] row, SplittableRandom random) {
        ByteBuffer to = ByteBuffer.wrap(row).order(ByteOrder.LITTLE_ENDIAN);
        random.nextBytes(row);
        for (int at = 0; at < row.length; at += type.blockBytes()) {
            switch (type) {
                case F32 -> to.putFloat(at, 1);
                case F16 -> to.putShort(at, (short) (to.getShort(at) & 0x83ff | 0x2400));
                case BF16 -> to.putShort(at, (short) (to.getShort(at) & 0x807f | 0x3c80));
                case FP8 -> to.put(at, (byte) (to.get(at) & 0x87 | 0x08));
                case Q8_0 -> to.putShort(at, (short) 0x0c80);
                case Q4_0 -> to.putShort(at, (short) 0x1c80);
                case Q4_K -> to.putShort(at, (short) 0x0a00).putShort(at + 2, (short) 0x0e00);
                case Q6_K -> to.putShort(at + 208, (short) 0x0080);
            }
        }
    }
}
