package io.cocoon.engine.cpu.vector;

import io.cocoon.engine.file.WeightType;
import java.util.Arrays;
import java.util.function.IntUnaryOperator;

/** How rows of one type and length are packed, and activations arranged to match. */
final class Packing {

    /** An array is no longer than this many ints, or two rows of four at least. */
    private static final int PIECE = 1 << 26;

    private final WeightType type;
    private final int columns;
    private final Coding coding;
    private final Scaling scaling;
    private final Grid grid;
    private final int bits;
    /** By weight of a lane: what its activation is multiplied with, and what of it goes into the first summand. */
    private final float[] powers;

    private final float[] offsets;
    /** Whether activations leave places as they are, which are to be zero. */
    private final boolean hasIdleLanes;

    Packing(WeightType type, int columns) {
        this.type = type;
        this.columns = columns;
        coding = switch (type) {
            case F32 -> new Singles();
            case F16 -> new HalfFloats();
            case BF16 -> new Bfloats();
            case FP8 -> new SmallFloats();
            case Q8_0, Q6_K -> new Bytes();
            case Q4_0, Q4_K -> new Nibbles();
        };
        bits = Integer.SIZE / coding.perInt();
        scaling = switch (type) {
            case Q8_0, Q4_0 -> Scaling.HALVES;
            case Q4_K, Q6_K, FP8 -> Scaling.FLOATS;
            case F32, F16, BF16 -> Scaling.NONE;
        };
        grid = isScaled()
                ? Grid.ofParts(parts(), Parts.weights(type), coding.perInt(), scaling.ints())
                : Grid.ofNumbers(columns, coding.perInt());
        powers = new float[isScaled() ? Parts.weights(type) : 0];
        offsets = new float[powers.length];
        for (int k = 0; k < powers.length; k++) {
            powers[k] = power(k);
            offsets[k] = offset(k);
        }
        hasIdleLanes = grid.bands().stream().anyMatch(band -> band.lanes() < band.groups() * Lanes.COUNT)
                || columns % Parts.weights(type) != 0;
    }

    WeightType type() {
        return type;
    }

    int columns() {
        return columns;
    }

    Coding coding() {
        return coding;
    }

    Scaling scaling() {
        return scaling;
    }

    Grid grid() {
        return grid;
    }

    boolean isSameAs(Packing other) {
        return type == other.type && columns == other.columns;
    }

    /** Whether parts have scales. */
    boolean isScaled() {
        return scaling != Scaling.NONE;
    }

    /** Whether weights are whole numbers, and rows whole parts. */
    private boolean isWhole() {
        return type.blockWeights() > 1;
    }

    /** How many parts with a scale a row has. */
    int parts() {
        return isScaled() ? (columns + Parts.weights(type) - 1) / Parts.weights(type) : 0;
    }

    /** Whether a whole number is stored with its sign, and not half its range higher. */
    private boolean isSigned(int weight) {
        return weight % coding.perInt() == coding.perInt() - 1;
    }

    /** What the activation of a weight is multiplied with, because its weight is converted where it stands. */
    private float power(int weight) {
        return isWhole() ? Float.intBitsToFloat(127 - weight % coding.perInt() * bits << 23) : 1;
    }

    /** What is added to a number as it is stored. Those of Q4_K never had a sign. */
    private float offset(int weight) {
        int half = 1 << bits - 1;
        return isWhole() ? (type == WeightType.Q4_K ? half : 0) - (isSigned(weight) ? 0 : half) : 0;
    }

    /** How many rows an array holds, a multiple of four. */
    int pieceRows() {
        return Math.max(1, PIECE / grid.tileInts()) * Grid.ROWS;
    }

    /** Where the four rows begin that {@code row} of a piece is one of. */
    private int tileAt(int row) {
        return row / Grid.ROWS * grid.tileInts();
    }

    /**
     * Puts the scales of row {@code row} into a piece; none if the type has none.
     *
     * @param bits the half or the float that is the scale of a part
     */
    void packScales(IntUnaryOperator bits, int[] piece, int row) {
        if (isScaled()) {
            grid.forEachLane((band, group, lane, part, from) -> scaling.put(
                    piece, tileAt(row) + band.groupAt(group), row % Grid.ROWS, lane, bits.applyAsInt(part)));
        }
    }

    /** Packs a row of the file as row {@code to} of a piece, without scales. */
    void pack(byte[] row, int[] piece, int to) {
        if (!isScaled()) {
            packNumbers(row, piece, to);
            return;
        }
        if (!isWhole()) {
            packSmallFloats(row, piece, to);
            return;
        }
        byte[] numbers = new byte[Parts.weights(type)];
        int first = tileAt(to);
        int perInt = coding.perInt();
        int half = 1 << bits - 1;
        int mask = (1 << bits) - 1;
        grid.forEachLane((band, group, lane, part, from) -> {
            Parts.numbers(type, row, part, numbers);
            for (int m = 0; m < band.ints(); m++) {
                int all = 0;
                for (int i = 0; i < perInt; i++) {
                    int number = numbers[from + m * perInt + i];
                    all |= ((isSigned(i) ? number : number + half) & mask) << i * bits;
                }
                piece[first + Grid.place(band, to, group, m, lane)] = all;
            }
        });
    }

    /** In an int lie a number and the one that is a vector further on. */
    private void packNumbers(byte[] row, int[] piece, int to) {
        Grid.Band band = grid.bands().get(0);
        int first = tileAt(to);
        for (int c = 0; c < columns; c++) {
            int vector = c / Lanes.COUNT;
            int bytes = bits / Byte.SIZE;
            int number = bytes == 2
                    ? (Parts.int16(row, 2 * c) & 0xffff) << vector % 2 * 16
                    : Parts.int16(row, 4 * c) & 0xffff | Parts.int16(row, 4 * c + 2) << 16;
            piece[first + Grid.place(band, to, 0, vector / coding.perInt(), c % Lanes.COUNT)] |= number;
        }
    }

    /** What is missing at the end of a row is zero. */
    private void packSmallFloats(byte[] row, int[] piece, int to) {
        int first = tileAt(to);
        grid.forEachLane((band, group, lane, part, from) -> {
            int begin = part * Parts.weights(type) + from;
            for (int k = 0; k < Math.min(band.weights(), columns - begin); k++) {
                int byteInPlace = (row[begin + k] & 0xff) << k % 4 * 8;
                piece[first + Grid.place(band, to, group, k / 4, lane)] |= byteInPlace;
            }
        });
    }

    /** Arranges the activations of a token. */
    void arrange(float[] x, int xi, float[] out, int oi) {
        int lanes = Lanes.COUNT;
        if (!isScaled()) {
            Arrays.fill(out, oi, oi + grid.width(), 0);
            System.arraycopy(x, xi, out, oi + lanes, columns);
            return;
        }
        if (hasIdleLanes) {
            Arrays.fill(out, oi, oi + grid.width(), 0);
        }
        grid.forEachLane((band, group, lane, part, from) -> {
            int begin = part * Parts.weights(type) + from;
            int to = oi + band.activationsAt() + group * (band.weights() + 1) * lanes + lane;
            int count = Math.min(band.weights(), columns - begin);
            float sum = 0;
            for (int k = 0; k < count; k++) {
                float each = x[xi + begin + k];
                sum += each * offsets[k];
                out[to + (k + 1) * lanes] = each * powers[k];
            }
            out[to] = sum;
        });
    }

    /** Returns the negated sum of the activations of each part. */
    float[] partSums(float[] x, int xi) {
        float[] sums = new float[parts()];
        for (int i = 0; i < columns; i++) {
            sums[i / Parts.weights(type)] -= x[xi + i];
        }
        return sums;
    }

    /**
     * Puts a row that was widened among four back in order.
     *
     * @param scales of the four rows
     */
    void collect(float[] panel, float[] scales, int row, float[] out) {
        if (!isScaled()) {
            for (int c = 0; c < columns; c++) {
                int vector = c / Lanes.COUNT;
                out[c] = panel[(vector * Grid.ROWS + row) * Lanes.COUNT + c % Lanes.COUNT];
            }
            return;
        }
        grid.forEachLane((band, group, lane, part, from) -> {
            int begin = part * Parts.weights(type) + from;
            float scale = scales[band.sumsAt() + (group * Grid.ROWS + row) * Lanes.COUNT + lane];
            for (int k = 0; k < Math.min(band.weights(), columns - begin); k++) {
                int vector = group * band.weights() + k;
                float value = panel[band.panelAt() + (vector * Grid.ROWS + row) * Lanes.COUNT + lane];
                if (isWhole()) {
                    value = value * powers[k] + offsets[k];
                }
                out[begin + k] = value * scale;
            }
        });
    }
}
