package io.cocoon.engine.cpu;

import io.cocoon.engine.file.WeightType;

/** What becomes of activations before they are multiplied with weights on the processor. */
public enum Activations {
    /** They stay floats. */
    EXACT,

    /**
     * They are rounded to 8 bits, with a scale for each 32 of them, where they meet weights of 4 bits (Q4_0, Q4_K); with all other
     * weights, and with plain loops, they stay floats. That is what llama.cpp does, which takes one scale for 256 of them with Q4_K. An
     * answer takes three quarters of the time with Q4_0, half with Q4_K. Steps of 8 bits are a sixteenth of those that the weights have.
     */
    ROUNDED;

    /** Returns whether they are rounded where they meet weights of a type, by loops with vectors. */
    public boolean areRoundedFor(WeightType type) {
        return this == ROUNDED && (type == WeightType.Q4_0 || type == WeightType.Q4_K);
    }

    /** Returns the fastest loops of this JVM. */
    Kernels kernels() {
        Kernels fastest = KernelChoice.fastest();
        return this == ROUNDED ? fastest.rounding() : fastest;
    }
}
