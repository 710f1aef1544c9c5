package io.cocoon.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.engine.file.Scales;
import io.cocoon.engine.model.Fp8Scheme.Block;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads {@code quantization_config} in the two forms that FP8 weights come in: {@code fp8}, with a scale for each block of 128 by
 * 128 or one for a matrix, and {@code compressed-tensors}, with a scale for each row or one for a matrix.
 *
 * <p>What these say of activations is left aside where activations would be measured as they come: ours stay exact. What would
 * change results otherwise is refused. Which layers are not converted need not be read: their tensors are of another type.
 */
final class Fp8SchemeReader {

    private static final String SUPPORTED =
            "; weights in F8_E4M3 with 'fp8' or 'compressed-tensors' are. Use such a checkpoint, the unquantized one, or a GGUF file";

    private Fp8SchemeReader() {}

    /**
     * Reads.
     *
     * @param quantized the value of {@code quantization_config}, missing or null if there is none
     * @throws IllegalArgumentException if it is of another kind, with what was found and what is supported
     */
    static Optional<Fp8Scheme> read(JsonNode quantized) {
        if (isAbsent(quantized)) {
            return Optional.empty();
        }
        if (!quantized.isObject()) {
            throw new IllegalArgumentException(
                    "quantization_config is " + brief(quantized.toString()) + "; wanted an object");
        }
        String method = quantized.path("quant_method").asText("?");
        return switch (method) {
            case "fp8" -> Optional.of(fp8(quantized));
            case "compressed-tensors" -> Optional.of(compressed(quantized));
            default ->
                throw new IllegalArgumentException(
                        "quantization_config '" + brief(method) + "' is not supported" + SUPPORTED);
        };
    }

    private static Fp8Scheme fp8(JsonNode quantized) {
        // Configurations that say nothing have this format; what tensors are is looked at anyway.
        want(quantized, "quant_method fp8", "fmt", "e4m3", true);
        want(quantized, "quant_method fp8", "activation_scheme", "dynamic", true);
        JsonNode size = quantized.path("weight_block_size");
        if (isAbsent(size)) {
            // Two makers, two names.
            return new Fp8Scheme("fp8", Fp8Scheme.ALL_SUFFIXES, List.of(Block.TENSOR));
        }
        if (size.size() != 2
                || !isIn(size.path(0), 1, ModelShape.MAX_VOCABULARY)
                || !isIn(size.path(1), Scales.COLUMNS, ModelShape.MAX_WIDTH)
                || size.path(1).intValue() % Scales.COLUMNS != 0) {
            throw new IllegalArgumentException("quantization_config: weight_block_size is " + brief(size.toString())
                    + "; wanted [rows, columns] with a multiple of " + Scales.COLUMNS + " columns, as in [128, 128]");
        }
        Block block = new Block(size.path(0).intValue(), size.path(1).intValue());
        return new Fp8Scheme("fp8", List.of("_scale_inv"), List.of(block));
    }

    private static Fp8Scheme compressed(JsonNode quantized) {
        String method = "compressed-tensors";
        want(quantized, method, "format", "float-quantized", false);
        none(quantized, method, "kv_cache_scheme");
        if (!quantized.path("transform_config").isEmpty()) {
            throw unsupported(method, "transform_config", quantized.path("transform_config"), "none");
        }
        JsonNode sparsity = quantized.path("sparsity_config");
        if (!sparsity.isEmpty()) {
            want(sparsity, "sparsity_config", "format", "dense", false);
        }
        JsonNode groups = quantized.path("config_groups");
        if (!groups.isObject() || groups.isEmpty()) {
            throw new IllegalArgumentException(
                    "quantization_config: compressed-tensors has no config_groups; wanted at least one");
        }
        List<Block> blocks = new ArrayList<>();
        groups.properties().forEach(group -> {
            Block block = group(method + " " + group.getKey(), group.getValue());
            if (!blocks.contains(block)) {
                blocks.add(block);
            }
        });
        return new Fp8Scheme(method, List.of("_scale"), blocks);
    }

    private static Block group(String name, JsonNode group) {
        want(group, name, "format", "float-quantized", true);
        none(group, name, "output_activations");
        JsonNode activations = group.path("input_activations");
        if (!isAbsent(activations)) {
            wantTrue(activations, name + ", input_activations", "dynamic", false);
        }
        JsonNode weights = group.path("weights");
        String where = name + ", weights";
        want(weights, where, "type", "float", false);
        if (!isIn(weights.path("num_bits"), 8, 8)) {
            throw unsupported(where, "num_bits", weights.path("num_bits"), "8");
        }
        wantTrue(weights, where, "symmetric", true);
        JsonNode dynamic = weights.path("dynamic");
        if (!isAbsent(dynamic) && !(dynamic.isBoolean() && !dynamic.booleanValue())) {
            throw unsupported(where, "dynamic", dynamic, "false");
        }
        String strategy = weights.path("strategy").asText("");
        return switch (strategy) {
            case "channel" -> Block.CHANNEL;
            case "tensor" -> Block.TENSOR;
            default -> throw unsupported(where, "strategy", weights.path("strategy"), "'channel' or 'tensor'");
        };
    }

    private static void want(JsonNode node, String where, String name, String wanted, boolean mayBeAbsent) {
        JsonNode found = node.path(name);
        if (!(mayBeAbsent && isAbsent(found)) && !found.asText("").equals(wanted)) {
            throw unsupported(where, name, found, "'" + wanted + "'");
        }
    }

    private static void wantTrue(JsonNode node, String where, String name, boolean mayBeAbsent) {
        JsonNode found = node.path(name);
        if (!(mayBeAbsent && isAbsent(found)) && !(found.isBoolean() && found.booleanValue())) {
            throw unsupported(where, name, found, "true");
        }
    }

    private static void none(JsonNode node, String where, String name) {
        if (!isAbsent(node.path(name))) {
            throw unsupported(where, name, node.path(name), "none");
        }
    }

    private static IllegalArgumentException unsupported(String where, String name, JsonNode found, String wanted) {
        return new IllegalArgumentException("quantization_config: " + where + " has " + name + " "
                + (isAbsent(found) ? "absent" : brief(found.toString())) + ", which is not supported; " + wanted
                + " is");
    }

    /** The configuration is anyone's; a message is for people. */
    private static String brief(String text) {
        return text.length() <= 80 ? text : text.substring(0, 80) + "...";
    }

    private static boolean isIn(JsonNode number, int least, int most) {
        return number.isInt() && number.intValue() >= least && number.intValue() <= most;
    }

    private static boolean isAbsent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }
}
