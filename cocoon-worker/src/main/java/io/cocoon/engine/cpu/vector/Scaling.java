package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/**
 * The scales of a group of four rows, which lie in front of its weights: memory is read in one go then, where a second place to
 * read from would be waited for.
 */
enum Scaling {
    /** There are none. */
    NONE(0),

    /** Halves: those of two rows in an int, the later one above. */
    HALVES(Grid.ROWS / 2),

    /** Floats. */
    FLOATS(Grid.ROWS);

    private final int vectors;

    Scaling(int vectors) {
        this.vectors = vectors;
    }

    /** How many ints the scales of a group take. */
    int ints() {
        return vectors * Lanes.COUNT;
    }

    /**
     * Puts the scale of a lane where there was none.
     *
     * @param w the scales of a group, from {@code at} on
     * @param row of four
     * @param bits of the half, or of the float
     */
    void put(int[] w, int at, int row, int lane, int bits) {
        if (this == HALVES) {
            w[at + row / 2 * Lanes.COUNT + lane] |= (bits & 0xffff) << row % 2 * 16;
        } else {
            w[at + row * Lanes.COUNT + lane] = bits;
        }
    }

    /**
     * Writes the scales of a group as floats.
     *
     * @param w the scales, from {@code at} on
     * @param out gets {@code [row][lane]}, from {@code oi} on
     */
    void widen(int[] w, int at, float[] out, int oi) {
        int lanes = Lanes.COUNT;
        if (this == HALVES) {
            for (int i = 0; i < 2 * lanes; i += lanes) {
                IntVector both = Lanes.load(w, at + i);
                Lanes.lowerHalves(both).intoArray(out, oi + 2 * i);
                Lanes.upperHalves(both).intoArray(out, oi + 2 * i + lanes);
            }
        } else {
            for (int i = 0; i < ints(); i += lanes) {
                Lanes.load(w, at + i).reinterpretAsFloats().intoArray(out, oi + i);
            }
        }
    }

    /**
     * Adds up what {@link Coding#dot} gave for several groups, each times its scale.
     *
     * @param isFirst whether these are the first groups; otherwise {@code out} has what the others gave
     * @param sums {@code [group][row][lane]}, from {@code si} on
     * @param w the scales of the first group, from {@code at} on
     * @param step from a group's scales to the next one's
     * @param out {@code [row][lane]}, from {@code oi} on
     */
    void add(boolean isFirst, float[] sums, int si, int groups, int[] w, int at, int step, float[] out, int oi) {
        if (this == HALVES) {
            addHalves(isFirst, sums, si, groups, w, at, step, out, oi);
        } else {
            addFloats(isFirst, sums, si, groups, w, at, step, out, oi);
        }
    }

    private static FloatVector begin(boolean isFirst, float[] out, int oi) {
        return isFirst ? FloatVector.zero(Lanes.FLOATS) : Lanes.load(out, oi);
    }

    private static void addHalves(
            boolean isFirst, float[] sums, int si, int groups, int[] w, int at, int step, float[] out, int oi) {
        int lanes = Lanes.COUNT;
        FloatVector t0 = begin(isFirst, out, oi);
        FloatVector t1 = begin(isFirst, out, oi + lanes);
        FloatVector t2 = begin(isFirst, out, oi + 2 * lanes);
        FloatVector t3 = begin(isFirst, out, oi + 3 * lanes);
        for (int g = 0; g < groups; g++) {
            int i = at + g * step;
            int j = si + g * Grid.ROWS * lanes;
            IntVector first = Lanes.load(w, i);
            IntVector second = Lanes.load(w, i + lanes);
            t0 = Lanes.load(sums, j).fma(Lanes.lowerHalves(first), t0);
            t1 = Lanes.load(sums, j + lanes).fma(Lanes.upperHalves(first), t1);
            t2 = Lanes.load(sums, j + 2 * lanes).fma(Lanes.lowerHalves(second), t2);
            t3 = Lanes.load(sums, j + 3 * lanes).fma(Lanes.upperHalves(second), t3);
        }
        t0.intoArray(out, oi);
        t1.intoArray(out, oi + lanes);
        t2.intoArray(out, oi + 2 * lanes);
        t3.intoArray(out, oi + 3 * lanes);
    }

    private static void addFloats(
            boolean isFirst, float[] sums, int si, int groups, int[] w, int at, int step, float[] out, int oi) {
        int lanes = Lanes.COUNT;
        FloatVector t0 = begin(isFirst, out, oi);
        FloatVector t1 = begin(isFirst, out, oi + lanes);
        FloatVector t2 = begin(isFirst, out, oi + 2 * lanes);
        FloatVector t3 = begin(isFirst, out, oi + 3 * lanes);
        for (int g = 0; g < groups; g++) {
            int i = at + g * step;
            int j = si + g * Grid.ROWS * lanes;
            t0 = Lanes.load(sums, j).fma(Lanes.load(w, i).reinterpretAsFloats(), t0);
            t1 = Lanes.load(sums, j + lanes).fma(Lanes.load(w, i + lanes).reinterpretAsFloats(), t1);
            t2 = Lanes.load(sums, j + 2 * lanes)
                    .fma(Lanes.load(w, i + 2 * lanes).reinterpretAsFloats(), t2);
            t3 = Lanes.load(sums, j + 3 * lanes)
                    .fma(Lanes.load(w, i + 3 * lanes).reinterpretAsFloats(), t3);
        }
        t0.intoArray(out, oi);
        t1.intoArray(out, oi + lanes);
        t2.intoArray(out, oi + 2 * lanes);
        t3.intoArray(out, oi + 3 * lanes);
    }
}
