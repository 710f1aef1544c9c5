package io.cocoon.engine.model;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What {@code config.json} says about rotary frequencies. There are three forms: {@code rope_theta} beside {@code rope_scaling};
 * {@code rope_parameters} with both; and {@code rope_parameters} with one of those for each kind of layer, as transformers 5 writes
 * for Gemma 3. Files of Gemma leave out what is the same in all sizes.
 *
 * @param base of all layers, or the global ones
 * @param scaling of the same
 * @param localBase of local layers, which are never scaled
 */
record RotaryConfig(double base, RopeScaling scaling, double localBase) {

    private static final double BASE = 10_000;
    private static final double GEMMA_BASE = 1_000_000;
    private static final double LOCAL_BASE = 10_000;

    /** @throws IllegalArgumentException if a value is out of range or a way of scaling is not supported */
    static RotaryConfig read(JsonNode config, boolean gemma) {
        JsonNode parameters = config.path("rope_parameters");
        JsonNode global = parameters.path("full_attention").isObject() ? parameters.path("full_attention") : parameters;
        JsonNode local = parameters.path("sliding_attention");
        if (!(scaling(local) instanceof RopeScaling.None)) {
            throw new IllegalArgumentException(
                    "rope_parameters: the frequencies of sliding_attention are scaled, which is not supported");
        }
        // A frequency is of a part of the head only, in models that nothing here computes.
        JsonNode part = global.has("partial_rotary_factor") ? global : config;
        if (ConfigReader.number(part, "partial_rotary_factor", 1) != 1) {
            throw new IllegalArgumentException(
                    "partial_rotary_factor is " + part.path("partial_rotary_factor") + "; only 1 is supported");
        }
        return new RotaryConfig(
                ConfigReader.number(
                        global, "rope_theta", ConfigReader.number(config, "rope_theta", gemma ? GEMMA_BASE : BASE)),
                scaling(config.path("rope_scaling").isObject() ? config.path("rope_scaling") : global),
                ConfigReader.number(
                        local, "rope_theta", ConfigReader.number(config, "rope_local_base_freq", LOCAL_BASE)));
    }

    private static RopeScaling scaling(JsonNode scaling) {
        String type = scaling.path("rope_type").asText(scaling.path("type").asText("default"));
        return switch (type) {
            case "default" -> new RopeScaling.None();
            case "linear" -> new RopeScaling.Linear(positive(scaling, "factor"));
            case "llama3" ->
                new RopeScaling.Llama3(
                        positive(scaling, "factor"),
                        positive(scaling, "low_freq_factor"),
                        positive(scaling, "high_freq_factor"),
                        positive(scaling, "original_max_position_embeddings"));
            default ->
                throw new IllegalArgumentException(
                        "rope_scaling of type '" + type + "' is not supported; linear and llama3 are");
        };
    }

    private static double positive(JsonNode node, String name) {
        double value = node.path(name).asDouble(Double.NaN);
        if (!(value > 0 && value < 1e9)) {
            throw new IllegalArgumentException(
                    "rope_scaling: " + name + " is " + node.path(name) + "; wanted a positive number");
        }
        return value;
    }
}
