package io.cocoon.engine.model;

/**
 * A model as it lies in its files: shape and weights, checked against each other. Immutable.
 *
 * @param shape sizes and constants
 * @param weights mapped, not yet loaded
 */
public record Model(ModelShape shape, ModelWeights weights) {}
