package io.cocoon.engine.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The widest vectors of this machine, and steps that all loops share. Species are constants, or nothing is compiled well. */
final class Lanes {

    static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

    /** How many floats, and ints, a vector holds. */
    static final int COUNT = FLOATS.length();

    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());

    /** Sign and number of a half that was shifted to where a float has them; its exponent then lacks 112. */
    static final IntVector HALF_BITS = IntVector.broadcast(INTS, 0x8fffe000);

    static final FloatVector HALF_SCALE = FloatVector.broadcast(FLOATS, 0x1p112f);

    private Lanes() {}

    static FloatVector load(float[] from, int at) {
        return FloatVector.fromArray(FLOATS, from, at);
    }

    static IntVector load(int[] from, int at) {
        return IntVector.fromArray(INTS, from, at);
    }

    static FloatVector toFloat(IntVector ints) {
        return (FloatVector) ints.convertShape(VectorOperators.I2F, FLOATS, 0);
    }

    /** Widens the halves in the upper 16 bits of each lane; infinite ones become finite, which no weight is. */
    static FloatVector upperHalves(IntVector ints) {
        return ints.lanewise(VectorOperators.ASHR, 3)
                .and(HALF_BITS)
                .reinterpretAsFloats()
                .mul(HALF_SCALE);
    }

    /** Widens the halves in the lower 16 bits of each lane. */
    static FloatVector lowerHalves(IntVector ints) {
        return upperHalves(ints.lanewise(VectorOperators.LSHL, 16));
    }

    /** Writes zeros to {@code n} vectors. */
    static void clear(float[] out, int n) {
        for (int i = 0; i < n * COUNT; i += COUNT) {
            FloatVector.zero(FLOATS).intoArray(out, i);
        }
    }

    /**
     * Replaces {@code n} vectors, one behind the other from the front, by the sums of their lanes: {@code all[0]} to {@code all[n - 1]}.
     * A sum's order is the same always. Shorter vectors would do it faster, but where a program has floats in vectors of two shapes
     * Java compiles no loop well that keeps any.
     */
    static void sum(float[] all, int n) {
        for (int v = 0; v < n; v++) {
            int first = v * COUNT;
            float s0 = all[first];
            float s1 = all[first + 1];
            float s2 = all[first + 2];
            float s3 = all[first + 3];
            for (int i = first + 4; i < first + COUNT; i += 4) {
                s0 += all[i];
                s1 += all[i + 1];
                s2 += all[i + 2];
                s3 += all[i + 3];
            }
            all[v] = (s0 + s2) + (s1 + s3);
        }
    }
}
