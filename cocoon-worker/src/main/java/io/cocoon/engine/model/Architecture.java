package io.cocoon.engine.model;

/** The model families that are supported. */
public enum Architecture {
    /** Qwen2 and Qwen2.5: biases on the query, key and value projections. */
    QWEN2,
    /** Qwen3, dense: query and key heads are normalised. */
    QWEN3,
    /** Llama 3.x: its own scaling of the rotary frequencies. */
    LLAMA,
    /** Gemma 3, text: four norms a layer, local and global attention, scaled embedding. */
    GEMMA3
}
