package io.cocoon.engine;

import java.nio.file.Path;

/**
 * How far the loading of a model is; {@link #toString} says it to people. Immutable.
 *
 * @param model its path
 * @param stage what is done now
 * @param layers how many are loaded; 0 before the first one
 * @param ofLayers how many the model has; 0 while its files are read
 * @param detail what {@link Stage} says
 */
public record LoadProgress(Path model, Stage stage, int layers, int ofLayers, String detail) {

    /** What is done, in this order. When a GPU does not take the model after all, the processor begins anew at {@link #DEVICE}. */
    public enum Stage {
        /** Reads the shape, the tokenizer and the template, and checks them; no detail. */
        READING,
        /** Has chosen what computes; the detail names it, with the reason if it is not what was hoped for. */
        DEVICE,
        /** Loads weights, told after each layer; the longest part. No detail. */
        WEIGHTS,
        /** Measures the speed, if {@link BuiltInEngineBuilder#measured} was set. No detail. */
        MEASURING,
        /** Can answer; told once, at last. The detail says where, and what memory it takes. */
        READY
    }

    @Override
    public String toString() {
        return switch (stage) {
            case READING -> "reading " + model;
            case DEVICE -> "computing on " + detail;
            case WEIGHTS -> "loaded layer " + layers + " of " + ofLayers;
            case MEASURING -> "measuring the speed";
            case READY -> "ready on " + detail;
        };
    }
}
