package io.cocoon.engine.cpu;

/** Activations of some tokens in the order of the weights that they are multiplied with, which decide what lies where. */
public final class Arranged {

    private float[] floats = new float[0];
    private short[] shorts = new short[0];

    Arranged() {}

    /** Makes room; what there was is lost. */
    void ensure(Weights weights, int tokens) {
        int wantedFloats = Math.multiplyExact(tokens, weights.width());
        if (floats.length < wantedFloats) {
            floats = new float[wantedFloats];
        }
        int wantedShorts = Math.multiplyExact(tokens, weights.wholeWidth());
        if (shorts.length < wantedShorts) {
            shorts = new short[wantedShorts];
        }
    }

    /** Returns room for {@link Weights#width} numbers of each token. */
    public float[] floats() {
        return floats;
    }

    /** Returns room for {@link Weights#wholeWidth} numbers of each token. */
    public short[] shorts() {
        return shorts;
    }
}
