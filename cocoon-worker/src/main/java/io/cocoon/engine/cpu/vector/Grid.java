package io.cocoon.engine.cpu.vector;

import java.util.ArrayList;
import java.util.List;

/**
 * How the weights of a row lie in vectors of ints.
 *
 * <p>Types with scales: a row is cut into parts, which share a scale. A lane takes a whole part, so a group of as many parts as
 * there are lanes is computed without looking across, and its scales are one vector. Parts that are left over, fewer than there are
 * lanes, are cut into pieces, a lane for each piece, as long as that fills lanes that would stay empty. So a row has one band of
 * groups or two, and the second one's groups are shorter.
 *
 * <p>Types without: a row is one group, and lanes take turns; what is missing at the end is zero.
 *
 * <p>Four rows lie side by side, a vector of each in turn, and are computed together; the scales of a group are in front of its
 * weights. Arranged activations are, for each group,
 * a vector that its sums begin with, and one for each weight of a lane.
 *
 * @param bands one or two, in the order of the row
 * @param tileInts how many ints four rows take, scales included
 * @param width how many floats the arranged activations take
 * @param panel how many floats four rows are, when they are widened
 * @param sums how many floats the sums of all groups of four rows are, and their scales
 */
record Grid(List<Band> bands, int tileInts, int width, int panel, int sums) {

    /** Rows that are computed together. */
    static final int ROWS = 4;

    /**
     * Groups of one length.
     *
     * @param groups how many
     * @param scaleInts how many ints the scales of a group take
     * @param ints of a lane in a group
     * @param weights of a lane in a group
     * @param firstPart the first part that lies here
     * @param pieces of a part
     * @param lanes how many are in use, in all groups
     * @param intsAt where its ints begin among those of four rows
     * @param activationsAt where its activations begin among those of a token
     * @param sumsAt where its sums begin among those of four rows
     * @param panelAt where its widened weights begin among those of four rows
     */
    record Band(
            int groups,
            int scaleInts,
            int ints,
            int weights,
            int firstPart,
            int pieces,
            int lanes,
            int intsAt,
            int activationsAt,
            int sumsAt,
            int panelAt) {

        /** How many ints a group of four rows takes. */
        int groupInts() {
            return scaleInts + ints * ROWS * Lanes.COUNT;
        }

        /** Where a group begins, with its scales, from the first of the four rows on. */
        int groupAt(int group) {
            return intsAt + group * groupInts();
        }
    }

    /** What is done with each lane of types with scales: {@code weights} of part {@code part}, from weight {@code from} of it on. */
    interface Lane {
        void visit(Band band, int group, int lane, int part, int from);
    }

    private static Grid of(List<Band> bands) {
        int ints = 0;
        int weights = 0;
        int groups = 0;
        for (Band band : bands) {
            ints += band.groups * band.groupInts();
            weights += band.groups * band.weights;
            groups += band.groups;
        }
        int lanes = Lanes.COUNT;
        return new Grid(
                List.copyOf(bands), ints, (weights + groups) * lanes, weights * lanes * ROWS, groups * lanes * ROWS);
    }

    /** For {@code parts} of {@code weights} each, whose scales take {@code scaleInts} for a group. */
    static Grid ofParts(int parts, int weights, int perInt, int scaleInts) {
        int whole = parts / Lanes.COUNT;
        int rest = parts % Lanes.COUNT;
        List<Band> bands = new ArrayList<>();
        Band band = new Band(whole, scaleInts, weights / perInt, weights, 0, 1, whole * Lanes.COUNT, 0, 0, 0, 0);
        if (whole > 0) {
            bands.add(band);
        }
        if (rest > 0) {
            int pieces = 1;
            for (int more = 2; more <= weights / perInt; more *= 2) {
                if (groups(rest * more) * pieces < groups(rest * pieces) * more) {
                    pieces = more;
                }
            }
            bands.add(new Band(
                    groups(rest * pieces),
                    scaleInts,
                    weights / perInt / pieces,
                    weights / pieces,
                    parts - rest,
                    pieces,
                    rest * pieces,
                    band.groupAt(whole),
                    whole * (weights + 1) * Lanes.COUNT,
                    whole * ROWS * Lanes.COUNT,
                    whole * weights * ROWS * Lanes.COUNT));
        }
        return of(bands);
    }

    private static int groups(int lanes) {
        return (lanes + Lanes.COUNT - 1) / Lanes.COUNT;
    }

    static Grid ofNumbers(int columns, int perInt) {
        int ints = (columns + Lanes.COUNT * perInt - 1) / (Lanes.COUNT * perInt);
        return of(List.of(new Band(1, 0, ints, ints * perInt, 0, 1, Lanes.COUNT, 0, 0, 0, 0)));
    }

    /** Visits the lanes in use in the order of the row. */
    void forEachLane(Lane lane) {
        for (Band band : bands) {
            for (int i = 0; i < band.lanes; i++) {
                int part = band.firstPart + i / band.pieces;
                lane.visit(band, i / Lanes.COUNT, i % Lanes.COUNT, part, i % band.pieces * band.weights);
            }
        }
    }

    /** Where an int of a row lies that is one of four, from the first of the four on. */
    static int place(Band band, int row, int group, int index, int lane) {
        return band.groupAt(group) + band.scaleInts + (index * ROWS + row % ROWS) * Lanes.COUNT + lane;
    }
}
