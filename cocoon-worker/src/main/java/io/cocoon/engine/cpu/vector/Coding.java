package io.cocoon.engine.cpu.vector;

/** Reads weights of one kind. All sums run over the weights of a lane in order, then over groups, whatever computes them. */
interface Coding {

    /** How many weights an int holds. */
    int perInt();

    /**
     * Multiplies a group of four rows with the activations of one token.
     *
     * @param w the weights, from {@code at} on
     * @param ints of a lane
     * @param x arranged activations, from {@code xi} on
     * @param out gets what is to be scaled and then summed over lanes, {@code [row][lane]}, from {@code oi} on
     */
    void dot(int[] w, int at, int ints, float[] x, int xi, float[] out, int oi);

    /**
     * Widens a group of four rows, without its scales.
     *
     * @param w the weights, from {@code at} on
     * @param ints of a lane
     * @param panel gets {@code [weight][row][lane]}, from {@code to} on
     */
    void widen(int[] w, int at, int ints, float[] panel, int to);
}
