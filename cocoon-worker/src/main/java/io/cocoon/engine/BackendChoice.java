package io.cocoon.engine;

/** What a model is computed on. */
public enum BackendChoice {
    /** A GPU if there is one that takes the model, else the processor; the progress of loading says which and why. */
    AUTO,
    /** The processor. */
    CPU,
    /** A GPU, or loading fails. */
    CUDA
}
