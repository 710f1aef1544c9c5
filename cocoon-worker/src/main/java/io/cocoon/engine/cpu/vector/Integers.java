package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Weights of 8 or 4 bits. Four of them are converted where they stand in an int, so activations are divided by the power of two
 * that this multiplies with. They are stored without a sign, half their range too high, which the first summand takes away; but
 * the fourth byte has its sign.
 *
 * <p>Two rows at a time and not four, because Java 17 gives up in the middle of a loop that is much longer than these, and keeps
 * no vector in a register from an outer loop to an inner one.
 *
 * <p>Each kind has its own loop, long enough in bytes that Java compiles it alone.
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

    static FloatVector step(IntVector w, int mask, FloatVector x, FloatVector sum) {
        return Lanes.toFloat(w.and(mask)).fma(x, sum);
    }

    static void add(FloatVector sum, float[] scales, int si, float[] out, int at) {
        sum.fma(Lanes.load(scales, si), Lanes.load(out, at)).intoArray(out, at);
    }

    @Override
    public final void widen(int[] w, int at, Grid grid, float[] panel, int to) {
        int step = Grid.ROWS * Lanes.COUNT;
        int perInt = perInt();
        int lowest = (1 << bits) - 1;
        int from = at;
        int out = to;
        for (int g = 0; g < grid.groups(); g++) {
            int stride = grid.stride(g);
            for (int m = 0; m < grid.ints(); m++) {
                for (int i = 0; i < perInt; i++, out += step) {
                    int shift = i / 4 * 16;
                    int mask = lowest << bits * (i % 4);
                    for (int r = 0; r < Grid.ROWS; r++) {
                        IntVector ints = Lanes.load(w, from + r * stride);
                        Lanes.toFloat(ints.lanewise(VectorOperators.LSHR, shift).and(mask))
                                .intoArray(panel, out + r * Lanes.COUNT);
                    }
                }
                from += Grid.ROWS * stride;
            }
        }
    }
}
