package io.cocoon.engine.cpu;

import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.ModelShape;
import java.util.ArrayList;
import java.util.List;

/** The tokens of all steps, side by side. Kept from one run to the next, so that nothing large is made for a token. */
final class Batch {

    private final ModelShape shape;
    private final double[] frequencies;
    private final double[] localFrequencies;
    private int room;
    int tokens;
    final List<KvCache> caches = new ArrayList<>();
    int[] positions = {};
    float[] x = {};
    float[] h = {};
    float[] qkv = {};
    float[] mixed = {};
    float[] gateUp = {};
    float[] gated = {};
    private float[][] rotations = {};

    Batch(ModelShape shape) {
        this.shape = shape;
        frequencies = frequencies(false);
        localFrequencies = frequencies(true);
    }

    /** Those of the first layer of this kind; none if there is none. */
    private double[] frequencies(boolean local) {
        int layer = shape.local().indexOf(local);
        return layer < 0 ? new double[0] : shape.frequencies(layer);
    }

    /** Takes the tokens of steps that have been checked, and makes room for their keys and values. */
    void begin(List<Backend.Step> steps, Weights embedding, float scale) {
        tokens = steps.stream().mapToInt(step -> step.tokens().length).sum();
        grow();
        float[] row = new float[shape.hidden()];
        int at = 0;
        for (Backend.Step step : steps) {
            KvCache cache = (KvCache) step.sequence();
            int first = cache.length();
            cache.grow(step.tokens().length);
            for (int i = 0; i < step.tokens().length; i++, at++) {
                caches.add(cache);
                positions[at] = first + i;
                embedding.widen(step.tokens()[i], row);
                for (int j = 0; j < row.length; j++) {
                    x[at * row.length + j] = row[j] * scale;
                }
            }
        }
    }

    private void grow() {
        if (room >= tokens) {
            return;
        }
        positions = new int[tokens];
        x = floats(shape.hidden());
        h = floats(shape.hidden());
        qkv = floats(shape.queryWidth() + 2 * shape.kvWidth());
        mixed = floats(shape.queryWidth());
        gateUp = floats(2 * shape.feedForward());
        gated = floats(shape.feedForward());
        rotations = new float[][] {floats(2 * frequencies.length), floats(2 * localFrequencies.length)};
        room = tokens;
    }

    private float[] floats(int each) {
        return new float[Math.multiplyExact(tokens, each)];
    }

    /** Computes the cosines and sines of some tokens, for layers of both kinds. */
    void turn(int from, int to) {
        for (int t = from; t < to; t++) {
            turn(t, frequencies, rotations[0]);
            turn(t, localFrequencies, rotations[1]);
        }
    }

    private void turn(int t, double[] frequencies, float[] to) {
        int half = frequencies.length;
        for (int i = 0; i < half; i++) {
            double angle = positions[t] * frequencies[i];
            to[2 * t * half + i] = (float) Math.cos(angle);
            to[(2 * t + 1) * half + i] = (float) Math.sin(angle);
        }
    }

    /** For each token half a head's cosines, then as many sines. */
    float[] rotations(boolean local) {
        return rotations[local ? 1 : 0];
    }

    /** Drops what belongs to the sequences, which may be closed before the next run. */
    void end() {
        caches.clear();
    }
}
