package io.cocoon.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.engine.file.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Reads {@code config.json} and {@code generation_config.json}. Engine dossier 1 and 2. */
final class ConfigReader {

    private static final int GEMMA_PATTERN = 6;
    private static final double LOCAL_BASE = 10_000;

    private ConfigReader() {}

    /** @throws IllegalArgumentException if a value is absent, out of range or not supported */
    static FolderConfig read(Path folder) throws IOException {
        JsonNode whole = StrictJson.readObject(folder.resolve("config.json"));
        // Checkpoints that also read images keep the text model one level down.
        JsonNode config = whole.path("text_config").isObject() ? whole.path("text_config") : whole;
        Optional<Fp8Scheme> scheme = Fp8SchemeReader.read(
                whole.has("quantization_config")
                        ? whole.path("quantization_config")
                        : config.path("quantization_config"));
        refuseUnsupported(config);
        return new FolderConfig(shape(folder, whole, config), scheme);
    }

    private static ModelShape shape(Path folder, JsonNode whole, JsonNode config) throws IOException {
        Architecture architecture = architecture(
                config.path("model_type").asText(whole.path("model_type").asText("")));
        boolean gemma = architecture == Architecture.GEMMA3;
        int hidden = whole(config, "hidden_size");
        int heads = whole(config, "num_attention_heads");
        int layers = whole(config, "num_hidden_layers");
        if (heads < 1) {
            throw new IllegalArgumentException("num_attention_heads is " + heads + "; wanted 1 or more");
        }
        int headSize = config.path("head_dim").isNumber() ? whole(config, "head_dim") : hidden / heads;
        List<Boolean> local = gemma ? localLayers(config, layers) : allGlobal(layers);
        return new ModelShape(
                architecture,
                hidden,
                whole(config, "intermediate_size"),
                layers,
                heads,
                config.path("num_key_value_heads").isNumber() ? whole(config, "num_key_value_heads") : heads,
                headSize,
                whole(config, "vocab_size"),
                whole(config, "max_position_embeddings"),
                number(config, "rms_norm_eps", 1e-6),
                ropeBase(config),
                scaling(config),
                number(config, "rope_local_base_freq", LOCAL_BASE),
                local.contains(true) ? whole(config, "sliding_window") : 0,
                local,
                1 / Math.sqrt(gemma ? number(config, "query_pre_attn_scalar", headSize) : headSize),
                config.path("tie_word_embeddings").asBoolean(gemma),
                endTokens(folder, whole, config));
    }

    private static void refuseUnsupported(JsonNode config) {
        if (config.path("use_sliding_window").asBoolean(false)) {
            throw new IllegalArgumentException("use_sliding_window is not supported for this model_type");
        }
        for (String cap : List.of("final_logit_softcapping", "attn_logit_softcapping")) {
            if (config.path(cap).isNumber()) {
                throw new IllegalArgumentException(cap + " is not supported");
            }
        }
    }

    static Architecture architecture(String name) {
        return switch (name) {
            case "qwen2" -> Architecture.QWEN2;
            case "qwen3" -> Architecture.QWEN3;
            case "llama" -> Architecture.LLAMA;
            case "gemma3", "gemma3_text" -> Architecture.GEMMA3;
            default ->
                throw new IllegalArgumentException(
                        "model type '" + name
                                + "' is not supported; qwen2, qwen3, llama and gemma3_text are. Other models run behind a model server");
        };
    }

    private static double ropeBase(JsonNode config) {
        JsonNode newer = config.path("rope_parameters").path("rope_theta");
        return newer.isNumber() ? newer.doubleValue() : number(config, "rope_theta", LOCAL_BASE);
    }

    private static RopeScaling scaling(JsonNode config) {
        JsonNode scaling =
                config.path("rope_scaling").isObject() ? config.path("rope_scaling") : config.path("rope_parameters");
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

    private static List<Boolean> localLayers(JsonNode config, int layers) {
        List<Boolean> local = new ArrayList<>();
        JsonNode types = config.path("layer_types");
        if (types.isArray()) {
            types.forEach(type -> local.add(
                    switch (type.asText("")) {
                        case "sliding_attention" -> true;
                        case "full_attention" -> false;
                        default ->
                            throw new IllegalArgumentException(
                                    "layer_types names the unknown kind '" + type.asText() + "'");
                    }));
            return local;
        }
        int pattern = config.path("sliding_window_pattern").asInt(GEMMA_PATTERN);
        if (pattern < 1) {
            throw new IllegalArgumentException("sliding_window_pattern is " + pattern);
        }
        for (int i = 0; i < Math.min(layers, ModelShape.MAX_LAYERS); i++) {
            local.add((i + 1) % pattern != 0);
        }
        return local;
    }

    static List<Boolean> allGlobal(int layers) {
        return Collections.nCopies(Math.max(0, Math.min(layers, ModelShape.MAX_LAYERS)), false);
    }

    private static List<Integer> endTokens(Path folder, JsonNode whole, JsonNode config) throws IOException {
        Path generation = folder.resolve("generation_config.json");
        JsonNode stated = Files.isRegularFile(generation)
                ? StrictJson.readObject(generation).path("eos_token_id")
                : config.path("eos_token_id");
        if (stated.isMissingNode() || stated.isNull()) {
            stated = config.has("eos_token_id") ? config.path("eos_token_id") : whole.path("eos_token_id");
        }
        List<Integer> ids = new ArrayList<>();
        if (stated.isInt()) {
            ids.add(stated.intValue());
        }
        stated.forEach(id -> ids.add(id.asInt(-1)));
        return ids;
    }

    private static double number(JsonNode config, String name, double absent) {
        JsonNode value = config.path(name);
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isNumber()) {
            throw new IllegalArgumentException(name + " is " + value + "; wanted a number");
        }
        return value.doubleValue();
    }

    private static int whole(JsonNode config, String name) {
        JsonNode value = config.path(name);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw new IllegalArgumentException(
                    name + " is " + (value.isMissingNode() ? "absent" : value) + "; wanted a whole number");
        }
        return value.intValue();
    }
}
