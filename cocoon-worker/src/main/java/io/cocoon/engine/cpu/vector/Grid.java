package io.cocoon.engine.cpu.vector;

/**
 * How the weights of a row lie in vectors of ints.
 *
 * <p>Types with scales: a row is cut into parts, which share a scale. A lane takes a whole part, so a group of as many parts as
 * there are lanes is computed without looking across, and its scales are one vector. A last group that is not full is as narrow
 * as it needs to be: its vectors are loaded whole, overlap the next ones, and meet zeros in the lanes that are not theirs.
 *
 * <p>Types without: a row is one group, and lanes take turns; what is missing at the end is zero.
 *
 * <p>Four rows lie side by side, a vector of each in turn, and are computed together. Arranged activations are, for each group,
 * a vector that its sums begin with, and one for each weight of a lane.
 *
 * @param groups of a row
 * @param ints of a lane in a group
 * @param weights of a lane in a group
 * @param last how many lanes of the last group are in use
 */
record Grid(int groups, int ints, int weights, int last) {

    /** Rows that are computed together. */
    static final int ROWS = 4;

    /** For {@code parts} of {@code weights} each. */
    static Grid ofParts(int parts, int weights, int perInt) {
        int groups = (parts + Lanes.COUNT - 1) / Lanes.COUNT;
        return new Grid(groups, weights / perInt, weights, parts - (groups - 1) * Lanes.COUNT);
    }

    static Grid ofNumbers(int columns, int perInt) {
        int ints = (columns + Lanes.COUNT * perInt - 1) / (Lanes.COUNT * perInt);
        return new Grid(1, ints, ints * perInt, Lanes.COUNT);
    }

    /** The distance from one vector to the next in a group. */
    int stride(int group) {
        return group == groups - 1 ? last : Lanes.COUNT;
    }

    /** How many ints a row takes. */
    int rowInts() {
        return ((groups - 1) * Lanes.COUNT + last) * ints;
    }

    /** How many floats the arranged activations take. */
    int width() {
        return groups * (weights + 1) * Lanes.COUNT;
    }

    /** How many floats four rows are, when they are widened. */
    int panel() {
        return groups * weights * Lanes.COUNT * ROWS;
    }

    /** How many scales four rows have, unused lanes included. */
    int scales() {
        return groups * Lanes.COUNT * ROWS;
    }
}
