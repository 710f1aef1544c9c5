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
 * <p>Four rows lie side by side, a vector of each in turn, and are computed together. Arranged activations are, for each group,
 * a vector that its sums begin with, and one for each weight of a lane.
 *
 * @param bands one or two, in the order of the row
 * @param rowInts how many ints a row takes
 * @param width how many floats the arranged activations take
 * @param panel how many floats four rows are, when they are widened
 * @param scales how many scales four rows have, unused lanes included
 */
record Grid(List<Band> bands, int rowInts, int width, int panel, int scales) {

    /** Rows that are computed together. */
    static final int ROWS = 4;

    /**
     * Groups of one length.
     *
     * @param groups how many
     * @param ints of a lane in a group
     * @param weights of a lane in a group
     * @param firstPart the first part that lies here
     * @param pieces of a part
     * @param lanes how many are in use, in all groups
     * @param intsAt where its ints begin among those of four rows
     * @param activationsAt where its activations begin among those of a token
     * @param scalesAt where its scales begin among those of four rows
     * @param panelAt where its widened weights begin among those of four rows
     */
    record Band(
            int groups,
            int ints,
            int weights,
            int firstPart,
            int pieces,
            int lanes,
            int intsAt,
            int activationsAt,
            int scalesAt,
            int panelAt) {}

    /** What is done with each lane of types with scales: {@code weights} of part {@code part}, from weight {@code from} of it on. */
    interface Lane {
        void visit(Band band, int group, int lane, int part, int from);
    }

    private static Grid of(List<Band> bands) {
        int vectors = 0;
        int weights = 0;
        int groups = 0;
        for (Band band : bands) {
            vectors += band.groups * band.ints;
            weights += band.groups * band.weights;
            groups += band.groups;
        }
        int lanes = Lanes.COUNT;
        return new Grid(
                List.copyOf(bands),
                vectors * lanes,
                (weights + groups) * lanes,
                weights * lanes * ROWS,
                groups * lanes * ROWS);
    }

    /** For {@code parts} of {@code weights} each. */
    static Grid ofParts(int parts, int weights, int perInt) {
        int whole = parts / Lanes.COUNT;
        int rest = parts % Lanes.COUNT;
        List<Band> bands = new ArrayList<>();
        if (whole > 0) {
            bands.add(new Band(whole, weights / perInt, weights, 0, 1, whole * Lanes.COUNT, 0, 0, 0, 0));
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
                    weights / perInt / pieces,
                    weights / pieces,
                    parts - rest,
                    pieces,
                    rest * pieces,
                    whole * (weights / perInt) * ROWS * Lanes.COUNT,
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
        return of(List.of(new Band(1, ints, ints * perInt, 0, 1, Lanes.COUNT, 0, 0, 0, 0)));
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

    /** Where an int of a row begins that is one of four, from the first of the four on. */
    static int place(Band band, int row, int group, int index, int lane) {
        return band.intsAt + ((group * band.ints + index) * ROWS + row % ROWS) * Lanes.COUNT + lane;
    }

    /** Where the scale of a lane lies among those of four rows. */
    static int scalePlace(Band band, int row, int group, int lane) {
        return band.scalesAt + (group * ROWS + row % ROWS) * Lanes.COUNT + lane;
    }
}
