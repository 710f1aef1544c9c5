package io.cocoon.engine.cpu;

/** Arrays that a thread uses again and again. For one thread at a time; what they hold is left from the last use. */
public final class Scratch {

    private final float[][] arrays = new float[4][0];
    private short[] shorts = new short[0];

    Scratch() {}

    /**
     * Returns an array.
     *
     * @param which 0 to 3
     * @param length how long it is at least
     */
    public float[] floats(int which, int length) {
        if (arrays[which].length < length) {
            arrays[which] = new float[length];
        }
        return arrays[which];
    }

    /** Returns an array of {@code length} at least. */
    public short[] shorts(int length) {
        if (shorts.length < length) {
            shorts = new short[length];
        }
        return shorts;
    }
}
