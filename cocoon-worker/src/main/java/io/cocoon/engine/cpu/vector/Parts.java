package io.cocoon.engine.cpu.vector;

import io.cocoon.engine.file.Halves;
import io.cocoon.engine.file.Scales;
import io.cocoon.engine.file.WeightType;

/**
 * The parts of a row as a file holds them, for types with scales: a weight is its number times the scale of its part, less its
 * minimum. Engine dossier 1.
 */
final class Parts {

    private Parts() {}

    /** Returns how many weights share a scale. Those of FP8 could be twice as many, and fill wide vectors less often. */
    static int weights(WeightType type) {
        return switch (type) {
            case Q6_K -> 16;
            case FP8 -> Scales.COLUMNS / 2;
            default -> 32;
        };
    }

    /** Reads the numbers of a part: with a sign, so those of {@code Q4_K} are 8 too low. */
    static void numbers(WeightType type, byte[] row, int part, byte[] out) {
        switch (type) {
            case Q8_0 -> System.arraycopy(row, part * 34 + 2, out, 0, 32);
            case Q4_0 -> {
                for (int i = 0; i < 16; i++) {
                    int pair = row[part * 18 + 2 + i];
                    out[i] = (byte) ((pair & 15) - 8);
                    out[i + 16] = (byte) ((pair >> 4 & 15) - 8);
                }
            }
            case Q4_K -> {
                int from = part / 8 * 144 + 16 + part % 8 / 2 * 32;
                int shift = part % 2 * 4;
                for (int i = 0; i < 32; i++) {
                    out[i] = (byte) ((row[from + i] >> shift & 15) - 8);
                }
            }
            case Q6_K -> {
                int block = part / 16 * 210;
                int side = part % 16 / 8;
                int quarter = part % 8 / 2;
                int within = part % 2 * 16;
                int low = block + side * 64 + quarter % 2 * 32 + within;
                int high = block + 128 + side * 32 + within;
                for (int i = 0; i < 16; i++) {
                    out[i] = (byte)
                            ((row[low + i] >> quarter / 2 * 4 & 15 | (row[high + i] >> quarter * 2 & 3) << 4) - 32);
                }
            }
            default -> throw new IllegalArgumentException(type + " has no parts");
        }
    }

    /** Returns the half that is the scale of a block, or what the scales of its parts are multiplied with, where it comes first. */
    static short halfScale(WeightType type, byte[] row, int block) {
        return int16(row, block * type.blockBytes());
    }

    /** Returns the scale of a part, for the types whose scales are products. */
    static float scale(WeightType type, byte[] row, int part) {
        if (type == WeightType.Q6_K) {
            int block = part / 16 * 210;
            return half(row, block + 208) * row[block + 192 + part % 16];
        }
        return half(row, part / 8 * 144) * smallScale(row, part);
    }

    /** Returns the minimum of a part of {@code Q4_K}. */
    static float minimum(byte[] row, int part) {
        return half(row, part / 8 * 144 + 2) * smallMinimum(row, part);
    }

    /** Returns the half that all minima of a block of {@code Q4_K} are multiplied with. */
    static short halfMinimum(byte[] row, int block) {
        return int16(row, block * 144 + 2);
    }

    /** Returns the scale of a part of {@code Q4_K} without the half of its block: 0 to 63. */
    static int smallScale(byte[] row, int part) {
        int at = part / 8 * 144 + 4;
        int i = part % 8;
        return i < 4 ? row[at + i] & 63 : row[at + i + 4] & 15 | (row[at + i - 4] & 0xff) >> 6 << 4;
    }

    /** Returns the minimum of a part of {@code Q4_K} without the half of its block: 0 to 63. */
    static int smallMinimum(byte[] row, int part) {
        int at = part / 8 * 144 + 4;
        int i = part % 8;
        return i < 4 ? row[at + i + 4] & 63 : (row[at + i + 4] & 0xff) >> 4 | (row[at + i] & 0xff) >> 6 << 4;
    }

    static short int16(byte[] row, int at) {
        return (short) (row[at] & 0xff | row[at + 1] << 8);
    }

    private static float half(byte[] row, int at) {
        return Halves.toFloat(int16(row, at));
    }
}
