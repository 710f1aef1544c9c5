package io.cocoon.engine.cpu.vector;

/** Reads weights of one kind. All sums run over the weights of a lane in order, then over groups, whatever computes them. */
interface Coding {

    /** How many weights an int holds. */
    int perInt();

    /**
     * Multiplies four rows with the activations of one token.
     *
     * @param w the weights, from {@code at} on
     * @param ints of a lane in a group
     * @param groups that are as wide as a vector
     * @param x arranged activations, from {@code xi} on
     * @param scales of the four rows, from {@code si} on
     * @param out four vectors of zeros from {@code oi} on, which get what is to be summed over lanes
     */
    void dot(int[] w, int at, int ints, int groups, float[] x, int xi, float[] scales, int si, float[] out, int oi);

    /**
     * Widens four rows, without their scales.
     *
     * @param w the weights, from {@code at} on
     * @param ints of a lane, in all groups
     * @param panel gets {@code [weight][row][lane]}, from {@code to} on
     */
    void widen(int[] w, int at, int ints, float[] panel, int to);
}
