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
     * Adds up what {@link Coding#dot} gave for the groups of a band, each times its scale. A band that is not the first of its rows
     * adds to what the one before gave.
     *
     * @param sums of all groups of four rows, {@code [group][row][lane]}
     * @param w the four rows, from {@code at} on
     * @param out {@code [row][lane]}, from {@code oi} on
     */
    void add(Grid.Band band, float[] sums, int[] w, int at, float[] out, int oi) {
        if (this == HALVES) {
            addHalves(band, sums, w, at, out, oi);
        } else {
            addFloats(band, sums, w, at, out, oi);
        }
    }

    private static FloatVector begin(boolean isFirst, float[] out, int oi) {
        return isFirst ? FloatVector.zero(Lanes.FLOATS) : Lanes.load(out, oi);
    }

    private static void addHalves(Grid.Band band, float[] sums, int[] w, int at, float[] out, int oi) {
        int lanes = Lanes.COUNT;
        boolean isFirst = band.sumsAt() == 0;
        FloatVector t0 = begin(isFirst, out, oi);
        FloatVector t1 = begin(isFirst, out, oi + lanes);
        FloatVector t2 = begin(isFirst, out, oi + 2 * lanes);
        FloatVector t3 = begin(isFirst, out, oi + 3 * lanes);
        int groups = band.groups();
        int first = at + band.intsAt();
        int step = band.groupInts();
        int si = band.sumsAt();
        for (int g = 0; g < groups; g++) {
            int i = first + g * step;
            int j = si + g * Grid.ROWS * lanes;
            IntVector pair0 = Lanes.load(w, i);
            IntVector pair1 = Lanes.load(w, i + lanes);
            t0 = Lanes.load(sums, j).fma(Lanes.lowerHalves(pair0), t0);
            t1 = Lanes.load(sums, j + lanes).fma(Lanes.upperHalves(pair0), t1);
            t2 = Lanes.load(sums, j + 2 * lanes).fma(Lanes.lowerHalves(pair1), t2);
            t3 = Lanes.load(sums, j + 3 * lanes).fma(Lanes.upperHalves(pair1), t3);
        }
        t0.intoArray(out, oi);
        t1.intoArray(out, oi + lanes);
        t2.intoArray(out, oi + 2 * lanes);
        t3.intoArray(out, oi + 3 * lanes);
    }

    private static void addFloats(Grid.Band band, float[] sums, int[] w, int at, float[] out, int oi) {
        int lanes = Lanes.COUNT;
        boolean isFirst = band.sumsAt() == 0;
        FloatVector t0 = begin(isFirst, out, oi);
        FloatVector t1 = begin(isFirst, out, oi + lanes);
        FloatVector t2 = begin(isFirst, out, oi + 2 * lanes);
        FloatVector t3 = begin(isFirst, out, oi + 3 * lanes);
        int groups = band.groups();
        int first = at + band.intsAt();
        int step = band.groupInts();
        int si = band.sumsAt();
        for (int g = 0; g < groups; g++) {
            int i = first + g * step;
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
