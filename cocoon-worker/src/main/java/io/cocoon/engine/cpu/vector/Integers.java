package io.cocoon.engine.cpu.vector;

/**
 * Weights of 8 or 4 bits. They are converted where they stand in an int, so activations are divided by the power of two that this
 * multiplies with. They are stored without a sign, half their range too high, which the first summand takes away; but the highest
 * one of an int has its sign.
 *
 * <p>The loops are written out, four rows and two weights of a lane at a time, with constants, and call Java's own methods only: in
 * a method as long as these the compiler inlines no method of ours any more, and a vector that crosses a call becomes an object.
 * They may not get longer. Each of those methods is some 400 nodes of the compiler's graph, and from 18,000 on Java 17 puts off
 * calls, and no longer knows what a sum is when it comes to store it; so loops for four weights at a time ran at half their speed,
 * a tenth faster otherwise, and which of both depended on what else the program did. For the same reason a sum is what a vector that
 * was loaded makes of it ({@code x.fma(w, sum)}), groups are not looped over in here, and there are no floats in vectors of two
 * lengths anywhere.
 */
abstract class Integers implements Coding {

    private final int bits;

    Integers(int bits) {
        this.bits = bits;
    }

    /** Returns what selects a weight, by its place in an int, a vector each. */
    static int[] masks(int bits) {
        int[] masks = new int[Integer.SIZE / bits * Lanes.COUNT];
        for (int i = 0; i < masks.length; i++) {
            masks[i] = mask(bits, i / Lanes.COUNT);
        }
        return masks;
    }

    private static int mask(int bits, int inInt) {
        return (1 << bits) - 1 << inInt * bits;
    }

    @Override
    public final int perInt() {
        return Integer.SIZE / bits;
    }

    @Override
    public final void widen(int[] w, int at, int ints, float[] panel, int to) {
        int step = Grid.ROWS * Lanes.COUNT;
        int perInt = perInt();
        int from = at;
        int out = to;
        for (int m = 0; m < ints; m++, from += step) {
            for (int i = 0; i < perInt; i++, out += step) {
                int mask = mask(bits, i);
                for (int r = 0; r < step; r += Lanes.COUNT) {
                    Lanes.toFloat(Lanes.load(w, from + r).and(mask)).intoArray(panel, out + r);
                }
            }
        }
    }
}
