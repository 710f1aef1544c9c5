package io.cocoon.engine.cpu.vector;

import io.cocoon.engine.file.WeightType;
import java.util.Arrays;

/** How rows of one type and length are packed, and activations arranged to match. */
final class Packing {

    /** An array is no longer than this many ints, or two rows of four at least. */
    private static final int PIECE = 1 << 26;

    private final WeightType type;
    private final int columns;
    private final Coding coding;
    private final Grid grid;
    private final int bits;

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
        grid = isScaled()
                ? Grid.ofParts(parts(), Parts.weights(type), coding.perInt())
                : Grid.ofNumbers(columns, coding.perInt());
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

    Grid grid() {
        return grid;
    }

    boolean isSameAs(Packing other) {
        return type == other.type && columns == other.columns;
    }

    /** Whether parts have scales. */
    boolean isScaled() {
        return isWhole() || type == WeightType.FP8;
    }

    /** Whether weights are whole numbers, and rows whole parts. */
    private boolean isWhole() {
        return type.blockWeights() > 1;
    }

    /** Whether scales are stored as halves. */
    boolean hasHalfScales() {
        return type == WeightType.Q8_0 || type == WeightType.Q4_0;
    }

    /** How many parts with a scale a row has. */
    int parts() {
        return isScaled() ? (columns + Parts.weights(type) - 1) / Parts.weights(type) : 0;
    }

    /** Whether a number is stored with its sign. */
    private boolean isSigned(int inInt) {
        return bits == 8 && inInt == 3 || !isWhole();
    }

    /** What the activation of a weight is multiplied with, because its weight is converted where it stands. */
    private float power(int weight) {
        return isWhole() ? Float.intBitsToFloat(127 - weight % 4 * bits << 23) : 1;
    }

    /** What is added to a number that is stored without a sign: half its range it is too high; but those of Q4_K never had one. */
    private float offset() {
        return type == WeightType.Q4_K || !isWhole() ? 0 : -(1 << bits - 1);
    }

    /** How many rows an array holds, a multiple of four. */
    int pieceRows() {
        return Math.max(1, PIECE / (Grid.ROWS * grid.rowInts())) * Grid.ROWS;
    }

    /** Where an int of a row begins that is one of four. */
    private int place(int row, int group, int index, int lane) {
        int stride = grid.stride(group);
        return (row / Grid.ROWS * Grid.ROWS * grid.rowInts())
                + Grid.ROWS * Lanes.COUNT * grid.ints() * group
                + (index * Grid.ROWS + row % Grid.ROWS) * stride
                + lane;
    }

    /** Where the scale of a part lies. */
    int scalePlace(int row, int part) {
        return (row / Grid.ROWS * grid.groups() + part / Lanes.COUNT) * Grid.ROWS * Lanes.COUNT
                + row % Grid.ROWS * Lanes.COUNT
                + part % Lanes.COUNT;
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
        byte[] numbers = new byte[grid.weights()];
        int perInt = coding.perInt();
        int half = 1 << bits - 1;
        int mask = (1 << bits) - 1;
        for (int part = 0; part < parts(); part++) {
            Parts.numbers(type, row, part, numbers);
            for (int m = 0; m < grid.ints(); m++) {
                int all = 0;
                for (int i = 0; i < perInt; i++) {
                    int number = numbers[m * perInt + i];
                    all |= ((isSigned(i) ? number : number + half) & mask) << i * bits;
                }
                piece[place(to, part / Lanes.COUNT, m, part % Lanes.COUNT)] = all;
            }
        }
    }

    /** In an int lie a number and the one that is a vector further on. */
    private void packNumbers(byte[] row, int[] piece, int to) {
        for (int c = 0; c < columns; c++) {
            int vector = c / Lanes.COUNT;
            int bytes = bits / Byte.SIZE;
            int number = bytes == 2
                    ? (Parts.int16(row, 2 * c) & 0xffff) << vector % 2 * 16
                    : Parts.int16(row, 4 * c) & 0xffff | Parts.int16(row, 4 * c + 2) << 16;
            piece[place(to, 0, vector / coding.perInt(), c % Lanes.COUNT)] |= number;
        }
    }

    /** What is missing at the end of a row is zero. */
    private void packSmallFloats(byte[] row, int[] piece, int to) {
        for (int c = 0; c < columns; c++) {
            int part = c / grid.weights();
            int number = c % grid.weights();
            int byteInPlace = (row[c] & 0xff) << number % 4 * 8;
            piece[place(to, part / Lanes.COUNT, number / 4, part % Lanes.COUNT)] |= byteInPlace;
        }
    }

    /** Arranges the activations of a token. */
    void arrange(float[] x, int xi, float[] out, int oi) {
        int lanes = Lanes.COUNT;
        if (!isScaled()) {
            Arrays.fill(out, oi, oi + grid.width(), 0);
            System.arraycopy(x, xi, out, oi + lanes, columns);
            return;
        }
        int weights = grid.weights();
        float offset = offset();
        for (int g = 0, to = oi; g < grid.groups(); g++, to += (weights + 1) * lanes) {
            int used = grid.stride(g);
            if (used < lanes || !isWhole()) {
                Arrays.fill(out, to, to + (weights + 1) * lanes, 0);
            }
            for (int j = 0; j < used; j++) {
                int from = (g * lanes + j) * weights;
                int count = Math.min(weights, columns - from);
                float sum = 0;
                for (int k = 0; k < count; k++) {
                    float each = x[xi + from + k];
                    sum += isSigned(k % 4) ? 0 : each;
                    out[to + (k + 1) * lanes + j] = each * power(k);
                }
                out[to + j] = sum * offset;
            }
        }
    }

    /** Returns the negated sum of the activations of each part. */
    float[] partSums(float[] x, int xi) {
        float[] sums = new float[parts()];
        for (int i = 0; i < columns; i++) {
            sums[i / grid.weights()] -= x[xi + i];
        }
        return sums;
    }

    /**
     * Puts a row that was widened among four back in order.
     *
     * @param scales of the four rows
     */
    void collect(float[] panel, float[] scales, int row, float[] out) {
        int perLane = isScaled() ? grid.weights() : 1;
        float offset = offset();
        for (int c = 0; c < columns; c++) {
            int lane = c / perLane;
            int group = isScaled() ? lane / Lanes.COUNT : 0;
            int k = isScaled() ? c % perLane : lane / Lanes.COUNT;
            float value = panel[((group * grid.weights() + k) * Grid.ROWS + row) * Lanes.COUNT + lane % Lanes.COUNT];
            if (isWhole()) {
                value = value * power(k) + (isSigned(k % 4) ? 0 : offset);
            }
            if (isScaled()) {
                value *= scales[(group * Grid.ROWS + row) * Lanes.COUNT + lane % Lanes.COUNT];
            }
            out[c] = value;
        }
    }
}
