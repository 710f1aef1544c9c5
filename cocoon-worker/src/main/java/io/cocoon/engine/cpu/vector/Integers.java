package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.VectorOperators;

/**
 * Weights of 8 or 4 bits. Four of them are converted where they stand in an int, so activations are divided by the power of two
 * that this multiplies with. They are stored without a sign, half their range too high, which the first summand takes away; but
 * the fourth byte has its sign.
 *
 * <p>The loops are written out, four rows and four weights of a lane at a time, and call Java's own methods only: in a method as
 * long as these the compiler inlines no method of ours any more, and a vector that crosses a call becomes an object. Twice as long
 * they would be faster alone, but from some length on Java 17 no longer knows what a sum is when it comes to store it, which halves
 * the speed; so it depends on what else the program did. For the same reason a sum is what a vector that was loaded makes of it
 * ({@code x.fma(w, sum)}), groups are not looped over in here, and there are no floats in vectors of two lengths anywhere.
 */
abstract class Integers implements Coding {

    private final int bits;

    Integers(int bits) {
        this.bits = bits;
    }

    @Override
    public final int perInt() {
        return Integer.SIZE / bits;
    }

    @Override
    public final void widen(int[] w, int at, int ints, float[] panel, int to) {
        int step = Grid.ROWS * Lanes.COUNT;
        int perInt = perInt();
        int lowest = (1 << bits) - 1;
        int from = at;
        int out = to;
        for (int m = 0; m < ints; m++, from += step) {
            for (int i = 0; i < perInt; i++, out += step) {
                int shift = i / 4 * 16;
                int mask = lowest << bits * (i % 4);
                for (int r = 0; r < step; r += Lanes.COUNT) {
                    Lanes.toFloat(Lanes.load(w, from + r)
                                    .lanewise(VectorOperators.LSHR, shift)
                                    .and(mask))
                            .intoArray(panel, out + r);
                }
            }
        }
    }
}
