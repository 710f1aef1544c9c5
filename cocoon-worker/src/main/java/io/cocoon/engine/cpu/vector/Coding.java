package io.cocoon.engine.cpu.vector;

/** Reads weights of one kind. All sums run over the weights of a lane in order, then over groups, whatever computes them. */
interface Coding {

    /** How many weights an int holds. */
    int perInt();

    /**
     * Multiplies four rows with the activations of one token.
     *
     * @param w the weights, from {@code at} on
     * @param x arranged activations, from {@code xi} on
     * @param scales of the four rows, from the front
     * @param out four vectors of zeros, which get what is to be summed over lanes
     */
    void dot(int[] w, int at, Grid grid, float[] x, int xi, float[] scales, float[] out);

    /** Widens four rows, without their scales, to {@code [group][weight][row][lane]}, from {@code to} on. */
    void widen(int[] w, int at, Grid grid, float[] panel, int to);
}
