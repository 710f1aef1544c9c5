package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of {@link RoundedMatrix}: products of weights of 4 bits with activations of 8 bits, in lanes of 16. That is twice as many
 * lanes as there are for floats, and only sums are converted.
 *
 * <p>A weight is stored 8 too high, and a sum begins with what that adds up to, negated. So it may run over on its way, but what it
 * ends as fits: 32 products of at most 8 * 127 are 32,512.
 *
 * <p>For how they are written, and how long they may get, see {@link Integers}. They may not get shorter either: from 325 bytes of
 * byte code on a method is not put into the one that calls it, where it would be compiled together with others beyond the limit.
 */
final class ShortProducts {

    /** Weights that share a scale, and activations that share one. */
    static final int PART = 32;

    /** Weights of a row in an int. */
    static final int PER_INT = 4;

    /** Ints of a lane in a part. */
    static final int INTS = PART / PER_INT;

    /** Vectors of ints that are computed together. */
    static final int VECTORS = 2;

    /** Parts of a block of Q4_K. */
    static final int BLOCK = 8;

    /** Whole numbers of an arranged part: what sums begin with, and the activations. */
    static final int ARRANGED = 1 + PART;

    /** Floats of an arranged part: the scale of its activations, and their sum, negated. */
    static final int SCALED = 2;

    /** Sums are converted where they stand: in the upper half of an int, or moved there. */
    private static final float UPPER = 0x1p-16f;

    private static final float MOST = 127;

    /** Added to a float that is not too large, this leaves the nearest whole number in its lowest bits. */
    private static final float ROUNDING = 0x1.8p23f;

    private static final IntVector ROUNDED = IntVector.broadcast(Lanes.INTS, Float.floatToRawIntBits(ROUNDING));
    private static final IntVector UNSIGNED = IntVector.broadcast(Lanes.INTS, Integer.MAX_VALUE);
    private static final IntVector UPPER_BITS = IntVector.broadcast(Lanes.INTS, 0xffff0000);
    private static final IntVector BYTE_0 = IntVector.broadcast(Lanes.INTS, 0xff);
    private static final IntVector BYTE_1 = IntVector.broadcast(Lanes.INTS, 0xff00);
    private static final IntVector BYTE_2 = IntVector.broadcast(Lanes.INTS, 0xff0000);
    private static final IntVector BYTE_3 = IntVector.broadcast(Lanes.INTS, 0xff000000);
    private static final FloatVector BYTE_1_SCALE = FloatVector.broadcast(Lanes.FLOATS, 0x1p-8f);
    private static final FloatVector BYTE_2_SCALE = FloatVector.broadcast(Lanes.FLOATS, 0x1p-16f);
    private static final FloatVector BYTE_3_SCALE = FloatVector.broadcast(Lanes.FLOATS, 0x1p-24f);

    /** The exponents of halves lack 112 where they are read as floats: some of it is made up before they are used. */
    private static final float HALF_WAY = 0x1p60f;

    /** The rest, which the caller makes up. */
    static final float OTHER_HALF = 0x1p52f;

    private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, Lanes.FLOATS.vectorShape());
    private static final ShortVector MASK = ShortVector.broadcast(SHORTS, (short) 15);

    private ShortProducts() {}

    /**
     * Rounds the activations of a part to 8 bits, so that the largest becomes 127. A part with a number that is none becomes none
     * as a whole.
     *
     * @param x the activations, from {@code xi} on
     * @param whole gets {@link #ARRANGED} whole numbers from {@code to} on
     * @param floats gets {@link #SCALED} floats from {@code at} on
     * @param ints of {@link #PART}, for its own use
     */
    static void round(float[] x, int xi, short[] whole, int to, float[] floats, int at, int[] ints) {
        float scale = highest(x, xi, ints) / MOST;
        round(x, xi, scale > 0 ? 1 / scale : 0, ints);
        int sum = 0;
        for (int i = 0; i < PART; i++) {
            whole[to + 1 + i] = (short) ints[i];
            sum += ints[i];
        }
        whole[to] = (short) (-8 * sum);
        floats[at] = scale * UPPER;
        floats[at + 1] = -scale * sum;
    }

    private static float highest(float[] x, int xi, int[] ints) {
        IntVector most = IntVector.zero(Lanes.INTS);
        for (int i = xi; i < xi + PART; i += Lanes.COUNT) {
            most = Lanes.load(x, i).reinterpretAsInts().and(UNSIGNED).max(most);
        }
        most.intoArray(ints, 0);
        int all = 0;
        for (int i = 0; i < Lanes.COUNT; i++) {
            all = Math.max(all, ints[i]);
        }
        return Float.intBitsToFloat(all);
    }

    private static void round(float[] x, int xi, float inverse, int[] out) {
        FloatVector factor = FloatVector.broadcast(Lanes.FLOATS, inverse);
        FloatVector rounding = FloatVector.broadcast(Lanes.FLOATS, ROUNDING);
        for (int i = 0; i < PART; i += Lanes.COUNT) {
            Lanes.load(x, xi + i)
                    .fma(factor, rounding)
                    .reinterpretAsInts()
                    .sub(ROUNDED)
                    .intoArray(out, i);
        }
    }

    /**
     * Multiplies a part of some rows with the activations of one token.
     *
     * @param w the weights, {@code [int][vector][lane]} from {@code at} on
     * @param a rounded activations, from {@code ai} on
     * @param sums gets two sums for each lane of ints, {@code [vector][lane]} from {@code to} on
     */
    static void dot(int[] w, int at, short[] a, int ai, short[] sums, int to) {
        int lanes = Lanes.COUNT;
        ShortVector first = ShortVector.broadcast(SHORTS, a[ai]);
        ShortVector p0 = first;
        ShortVector p1 = first;
        for (int k = 0; k < INTS; k++) {
            int i = at + k * VECTORS * lanes;
            int j = ai + 1 + k * PER_INT;
            ShortVector a0 = ShortVector.broadcast(SHORTS, a[j]);
            ShortVector a1 = ShortVector.broadcast(SHORTS, a[j + 1]);
            ShortVector a2 = ShortVector.broadcast(SHORTS, a[j + 2]);
            ShortVector a3 = ShortVector.broadcast(SHORTS, a[j + 3]);
            ShortVector w0 = IntVector.fromArray(Lanes.INTS, w, i).reinterpretAsShorts();
            p0 = a0.mul(w0.and(MASK)).add(p0);
            p0 = a1.mul(w0.lanewise(VectorOperators.LSHR, 4).and(MASK)).add(p0);
            p0 = a2.mul(w0.lanewise(VectorOperators.LSHR, 8).and(MASK)).add(p0);
            p0 = a3.mul(w0.lanewise(VectorOperators.LSHR, 12)).add(p0);
            ShortVector w1 = IntVector.fromArray(Lanes.INTS, w, i + lanes).reinterpretAsShorts();
            p1 = a0.mul(w1.and(MASK)).add(p1);
            p1 = a1.mul(w1.lanewise(VectorOperators.LSHR, 4).and(MASK)).add(p1);
            p1 = a2.mul(w1.lanewise(VectorOperators.LSHR, 8).and(MASK)).add(p1);
            p1 = a3.mul(w1.lanewise(VectorOperators.LSHR, 12)).add(p1);
        }
        p0.intoArray(sums, to);
        p1.intoArray(sums, to + 2 * lanes);
    }

    /**
     * Adds up the parts of some rows, each times its scale, a half, and that of its activations.
     *
     * @param sums as {@link #dot} gives them, {@code [part][vector][lane]}
     * @param w the rows, from {@code at} on, {@code step} ints a part, with its scales first: two in an int
     * @param scales of the activations, from {@code si} on
     * @param out gets a number for each row, to be multiplied with {@link #OTHER_HALF}
     */
    static void addHalves(short[] sums, int parts, int[] w, int at, int step, float[] scales, int si, float[] out) {
        int lanes = Lanes.COUNT;
        FloatVector t0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector t1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector t2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector t3 = FloatVector.zero(Lanes.FLOATS);
        for (int p = 0; p < parts; p++) {
            int i = at + p * step;
            int j = p * 2 * VECTORS * lanes;
            FloatVector scale = FloatVector.broadcast(Lanes.FLOATS, scales[si + p * SCALED] * HALF_WAY);
            IntVector s0 = IntVector.fromArray(Lanes.INTS, w, i);
            FloatVector f0 = s0.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(Lanes.HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(scale);
            FloatVector f1 = s0.lanewise(VectorOperators.ASHR, 3)
                    .and(Lanes.HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(scale);
            IntVector p0 = ShortVector.fromArray(SHORTS, sums, j).reinterpretAsInts();
            t0 = f0.fma(
                    (FloatVector)
                            p0.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0),
                    t0);
            t1 = f1.fma((FloatVector) p0.and(UPPER_BITS).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), t1);
            IntVector s1 = IntVector.fromArray(Lanes.INTS, w, i + lanes);
            FloatVector f2 = s1.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(Lanes.HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(scale);
            FloatVector f3 = s1.lanewise(VectorOperators.ASHR, 3)
                    .and(Lanes.HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(scale);
            IntVector p1 = ShortVector.fromArray(SHORTS, sums, j + 2 * lanes).reinterpretAsInts();
            t2 = f2.fma(
                    (FloatVector)
                            p1.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0),
                    t2);
            t3 = f3.fma((FloatVector) p1.and(UPPER_BITS).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), t3);
        }
        t0.intoArray(out, 0);
        t1.intoArray(out, lanes);
        t2.intoArray(out, 2 * lanes);
        t3.intoArray(out, 3 * lanes);
    }

    /**
     * Adds up the parts of a block of Q4_K, each times its scale and that of its activations. Here the 8 that weights are stored too
     * high count: it is the weights without a sign that are scaled.
     *
     * @param sums as {@link #dot} gives them, {@code [part][vector][lane]}
     * @param w the scales of the parts, from {@code at} on, {@code step} ints further each time: four rows' in the bytes of an int
     * @param scales of the activations, from {@code xi} on
     * @param out gets a number for each row, from {@code to} on
     */
    static void addScaled(short[] sums, int[] w, int at, int step, float[] scales, int xi, float[] out, int to) {
        int lanes = Lanes.COUNT;
        FloatVector t0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector t1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector t2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector t3 = FloatVector.zero(Lanes.FLOATS);
        for (int p = 0; p < BLOCK; p++) {
            FloatVector scale = FloatVector.broadcast(Lanes.FLOATS, scales[xi + p * SCALED]);
            FloatVector eight = FloatVector.broadcast(Lanes.FLOATS, -8 * scales[xi + p * SCALED + 1]);
            IntVector factors = IntVector.fromArray(Lanes.INTS, w, at + p * step);
            IntVector p0 =
                    ShortVector.fromArray(SHORTS, sums, p * 2 * VECTORS * lanes).reinterpretAsInts();
            FloatVector f0 = (FloatVector)
                    p0.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0);
            t0 = f0.fma(scale, eight)
                    .fma((FloatVector) factors.and(BYTE_0).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), t0);
            FloatVector f1 = (FloatVector) p0.and(UPPER_BITS).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0);
            t1 = f1.fma(scale, eight)
                    .fma((FloatVector) factors.and(BYTE_1).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), t1);
            IntVector p1 = ShortVector.fromArray(SHORTS, sums, (p * VECTORS + 1) * 2 * lanes)
                    .reinterpretAsInts();
            FloatVector f2 = (FloatVector)
                    p1.lanewise(VectorOperators.LSHL, 16).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0);
            t2 = f2.fma(scale, eight)
                    .fma((FloatVector) factors.and(BYTE_2).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), t2);
            FloatVector f3 = (FloatVector) p1.and(UPPER_BITS).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0);
            t3 = f3.fma(scale, eight)
                    .fma((FloatVector) factors.and(BYTE_3).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), t3);
        }
        t0.intoArray(out, to);
        t1.mul(BYTE_1_SCALE).intoArray(out, to + lanes);
        t2.mul(BYTE_2_SCALE).intoArray(out, to + 2 * lanes);
        t3.mul(BYTE_3_SCALE).intoArray(out, to + 3 * lanes);
    }

    /** Adds up the minima of a block of Q4_K, each times the negated sum of its activations. The rest as {@link #addScaled}. */
    static void addMinima(int[] w, int at, int step, float[] scales, int xi, float[] out, int to) {
        int lanes = Lanes.COUNT;
        FloatVector t0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector t1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector t2 = FloatVector.zero(Lanes.FLOATS);
        FloatVector t3 = FloatVector.zero(Lanes.FLOATS);
        for (int p = 0; p < BLOCK; p++) {
            FloatVector sum = FloatVector.broadcast(Lanes.FLOATS, scales[xi + p * SCALED + 1]);
            IntVector minima = IntVector.fromArray(Lanes.INTS, w, at + p * step);
            t0 = sum.fma((FloatVector) minima.and(BYTE_0).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), t0);
            t1 = sum.fma((FloatVector) minima.and(BYTE_1).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), t1);
            t2 = sum.fma((FloatVector) minima.and(BYTE_2).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), t2);
            t3 = sum.fma((FloatVector) minima.and(BYTE_3).convertShape(VectorOperators.I2F, Lanes.FLOATS, 0), t3);
        }
        t0.intoArray(out, to);
        t1.mul(BYTE_1_SCALE).intoArray(out, to + lanes);
        t2.mul(BYTE_2_SCALE).intoArray(out, to + 2 * lanes);
        t3.mul(BYTE_3_SCALE).intoArray(out, to + 3 * lanes);
    }

    /**
     * Adds numbers of blocks to what is there, each times a half.
     *
     * @param numbers {@code [block][row]}
     * @param w the halves, from {@code at} on, {@code step} ints a block: two in an int
     * @param out a number for each row
     */
    static void addBlocks(float[] numbers, int blocks, int[] w, int at, int step, float[] out) {
        int lanes = Lanes.COUNT;
        FloatVector t0 = FloatVector.fromArray(Lanes.FLOATS, out, 0);
        FloatVector t1 = FloatVector.fromArray(Lanes.FLOATS, out, lanes);
        FloatVector t2 = FloatVector.fromArray(Lanes.FLOATS, out, 2 * lanes);
        FloatVector t3 = FloatVector.fromArray(Lanes.FLOATS, out, 3 * lanes);
        for (int b = 0; b < blocks; b++) {
            int i = at + b * step;
            int j = b * 2 * VECTORS * lanes;
            IntVector s0 = IntVector.fromArray(Lanes.INTS, w, i);
            FloatVector f0 = s0.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(Lanes.HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(Lanes.HALF_SCALE);
            t0 = FloatVector.fromArray(Lanes.FLOATS, numbers, j).fma(f0, t0);
            FloatVector f1 = s0.lanewise(VectorOperators.ASHR, 3)
                    .and(Lanes.HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(Lanes.HALF_SCALE);
            t1 = FloatVector.fromArray(Lanes.FLOATS, numbers, j + lanes).fma(f1, t1);
            IntVector s1 = IntVector.fromArray(Lanes.INTS, w, i + lanes);
            FloatVector f2 = s1.lanewise(VectorOperators.LSHL, 16)
                    .lanewise(VectorOperators.ASHR, 3)
                    .and(Lanes.HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(Lanes.HALF_SCALE);
            t2 = FloatVector.fromArray(Lanes.FLOATS, numbers, j + 2 * lanes).fma(f2, t2);
            FloatVector f3 = s1.lanewise(VectorOperators.ASHR, 3)
                    .and(Lanes.HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(Lanes.HALF_SCALE);
            t3 = FloatVector.fromArray(Lanes.FLOATS, numbers, j + 3 * lanes).fma(f3, t3);
        }
        t0.intoArray(out, 0);
        t1.intoArray(out, lanes);
        t2.intoArray(out, 2 * lanes);
        t3.intoArray(out, 3 * lanes);
    }
}
