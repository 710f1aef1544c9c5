package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;

/** Four rows of widened weights times several tokens. Its sums are those of {@link Coding#dot}, bit for bit. */
final class Tile {

    /** Tokens that are computed together. */
    static final int TOKENS = 4;

    private Tile() {}

    /**
     * Adds the products of one group.
     *
     * @param panel the weights {@code [weight][row][lane]}, from {@code at} on
     * @param x of the first of {@link #TOKENS} tokens, from {@code xi} on: what sums begin with, then {@code [weight][lane]}
     * @param width from one token's to the next one's
     * @param sums {@code [row][token][lane]}
     */
    static void four(float[] panel, int at, int weights, float[] x, int xi, int width, float[] sums) {
        int lanes = Lanes.COUNT;
        int n = weights * lanes;
        int x1 = xi + width;
        int x2 = x1 + width;
        int x3 = x2 + width;
        FloatVector p00 = Lanes.load(x, xi);
        FloatVector p01 = Lanes.load(x, x1);
        FloatVector p02 = Lanes.load(x, x2);
        FloatVector p03 = Lanes.load(x, x3);
        FloatVector p10 = Lanes.load(x, xi);
        FloatVector p11 = Lanes.load(x, x1);
        FloatVector p12 = Lanes.load(x, x2);
        FloatVector p13 = Lanes.load(x, x3);
        FloatVector p20 = Lanes.load(x, xi);
        FloatVector p21 = Lanes.load(x, x1);
        FloatVector p22 = Lanes.load(x, x2);
        FloatVector p23 = Lanes.load(x, x3);
        FloatVector p30 = Lanes.load(x, xi);
        FloatVector p31 = Lanes.load(x, x1);
        FloatVector p32 = Lanes.load(x, x2);
        FloatVector p33 = Lanes.load(x, x3);
        for (int k = 0; k < n; k += lanes) {
            int w = at + k * Grid.ROWS;
            int i = k + lanes;
            FloatVector a = Lanes.load(x, xi + i);
            FloatVector b = Lanes.load(x, x1 + i);
            FloatVector c = Lanes.load(x, x2 + i);
            FloatVector d = Lanes.load(x, x3 + i);
            FloatVector w0 = Lanes.load(panel, w);
            p00 = w0.fma(a, p00);
            p01 = w0.fma(b, p01);
            p02 = w0.fma(c, p02);
            p03 = w0.fma(d, p03);
            FloatVector w1 = Lanes.load(panel, w + lanes);
            p10 = w1.fma(a, p10);
            p11 = w1.fma(b, p11);
            p12 = w1.fma(c, p12);
            p13 = w1.fma(d, p13);
            FloatVector w2 = Lanes.load(panel, w + 2 * lanes);
            p20 = w2.fma(a, p20);
            p21 = w2.fma(b, p21);
            p22 = w2.fma(c, p22);
            p23 = w2.fma(d, p23);
            FloatVector w3 = Lanes.load(panel, w + 3 * lanes);
            p30 = w3.fma(a, p30);
            p31 = w3.fma(b, p31);
            p32 = w3.fma(c, p32);
            p33 = w3.fma(d, p33);
        }
        p00.intoArray(sums, 0);
        p01.intoArray(sums, lanes);
        p02.intoArray(sums, 2 * lanes);
        p03.intoArray(sums, 3 * lanes);
        p10.intoArray(sums, 4 * lanes);
        p11.intoArray(sums, 5 * lanes);
        p12.intoArray(sums, 6 * lanes);
        p13.intoArray(sums, 7 * lanes);
        p20.intoArray(sums, 8 * lanes);
        p21.intoArray(sums, 9 * lanes);
        p22.intoArray(sums, 10 * lanes);
        p23.intoArray(sums, 11 * lanes);
        p30.intoArray(sums, 12 * lanes);
        p31.intoArray(sums, 13 * lanes);
        p32.intoArray(sums, 14 * lanes);
        p33.intoArray(sums, 15 * lanes);
    }

    /** The same for one token. */
    static void one(float[] panel, int at, int weights, float[] x, int xi, float[] sums) {
        int lanes = Lanes.COUNT;
        int n = weights * lanes;
        FloatVector p0 = Lanes.load(x, xi);
        FloatVector p1 = Lanes.load(x, xi);
        FloatVector p2 = Lanes.load(x, xi);
        FloatVector p3 = Lanes.load(x, xi);
        for (int k = 0; k < n; k += lanes) {
            int w = at + k * Grid.ROWS;
            FloatVector a = Lanes.load(x, xi + k + lanes);
            p0 = Lanes.load(panel, w).fma(a, p0);
            p1 = Lanes.load(panel, w + lanes).fma(a, p1);
            p2 = Lanes.load(panel, w + 2 * lanes).fma(a, p2);
            p3 = Lanes.load(panel, w + 3 * lanes).fma(a, p3);
        }
        p0.intoArray(sums, 0);
        p1.intoArray(sums, lanes);
        p2.intoArray(sums, 2 * lanes);
        p3.intoArray(sums, 3 * lanes);
    }

    /** Adds sums of a group, times the scale of their row, to those of the groups before. */
    static void add(float[] sums, int tokens, float[] scales, int si, float[] total) {
        int lanes = Lanes.COUNT;
        for (int row = 0; row < Grid.ROWS; row++) {
            FloatVector scale = Lanes.load(scales, si + row * lanes);
            int i = row * tokens * lanes;
            if (tokens == TOKENS) {
                FloatVector t0 = Lanes.load(sums, i).fma(scale, Lanes.load(total, i));
                FloatVector t1 = Lanes.load(sums, i + lanes).fma(scale, Lanes.load(total, i + lanes));
                FloatVector t2 = Lanes.load(sums, i + 2 * lanes).fma(scale, Lanes.load(total, i + 2 * lanes));
                FloatVector t3 = Lanes.load(sums, i + 3 * lanes).fma(scale, Lanes.load(total, i + 3 * lanes));
                t0.intoArray(total, i);
                t1.intoArray(total, i + lanes);
                t2.intoArray(total, i + 2 * lanes);
                t3.intoArray(total, i + 3 * lanes);
            } else {
                Lanes.load(sums, i).fma(scale, Lanes.load(total, i)).intoArray(total, i);
            }
        }
    }
}
