package io.cocoon.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.engine.file.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads {@code config.json} and {@code generation_config.json}. Engine dossier 1 and 2. */
final class ConfigReader {

    private static final int GEMMA_PATTERN = 6;

    /** What files of Gemma 3 leave out where it is so (transformers, Gemma3TextConfig). */
    private static final Map<String, Integer> GEMMA_DEFAULTS = Map.of(
            "num_attention_heads", 8,
            "num_key_value_heads", 4,
            "head_dim", 256,
            "vocab_size", 262_208,
            "max_position_embeddings", 131_072,
            "query_pre_attn_scalar", 256,
            "sliding_window", 4096);

    private ConfigReader() {}

    /** @throws IllegalArgumentException if a value is absent, out of range or not supported */
    static FolderConfig read(Path folder) throws IOException {
        JsonNode whole = StrictJson.readObject(folder.resolve("config.json"));
        // Checkpoints that also read images keep the text model one level down.
        JsonNode stated = whole.path("text_config").isObject() ? whole.path("text_config") : whole;
        Architecture architecture = architecture(
                stated.path("model_type").asText(whole.path("model_type").asText("")));
        JsonNode config = architecture == Architecture.GEMMA3 ? completed(stated) : stated;
        Optional<Fp8Scheme> scheme = Fp8SchemeReader.read(
                whole.has("quantization_config")
                        ? whole.path("quantization_config")
                        : config.path("quantization_config"));
        refuseUnsupported(config, architecture);
        return new FolderConfig(shape(folder, whole, config, architecture), scheme);
    }

    private static JsonNode completed(JsonNode stated) {
        ObjectNode config = stated.deepCopy();
        GEMMA_DEFAULTS.forEach((name, value) -> {
            if (!config.has(name)) {
                config.put(name, value);
            }
        });
        return config;
    }

    private static ModelShape shape(Path folder, JsonNode whole, JsonNode config, Architecture architecture)
            throws IOException {
        boolean gemma = architecture == Architecture.GEMMA3;
        int hidden = whole(config, "hidden_size");
        int heads = whole(config, "num_attention_heads");
        int layers = whole(config, "num_hidden_layers");
        if (heads < 1) {
            throw new IllegalArgumentException("num_attention_heads is " + heads + "; wanted 1 or more");
        }
        int headSize = config.path("head_dim").isNumber() ? whole(config, "head_dim") : hidden / heads;
        List<Boolean> local = gemma ? localLayers(config, layers) : allGlobal(layers);
        RotaryConfig rotary = RotaryConfig.read(config, gemma);
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
                rotary.base(),
                rotary.scaling(),
                rotary.localBase(),
                local.contains(true) ? whole(config, "sliding_window") : 0,
                local,
                1 / Math.sqrt(gemma ? number(config, "query_pre_attn_scalar", headSize) : headSize),
                config.path("tie_word_embeddings").asBoolean(gemma),
                endTokens(folder, whole, config));
    }

    /** What would be computed otherwise, and so give answers that look right and are not. */
    private static void refuseUnsupported(JsonNode config, Architecture architecture) {
        for (String option : List.of("use_sliding_window", "mlp_bias", "use_bidirectional_attention")) {
            if (config.path(option).asBoolean(false)) {
                throw new IllegalArgumentException(option + " is not supported for this model_type");
            }
        }
        // Qwen2 has biases whatever this says, and on three of four projections only.
        if (config.path("attention_bias").asBoolean(false) && architecture != Architecture.QWEN2) {
            throw new IllegalArgumentException("attention_bias is not supported for this model_type");
        }
        boolean gemma = architecture == Architecture.GEMMA3;
        String activation = gemma ? "hidden_activation" : "hidden_act";
        String wanted = gemma ? "gelu_pytorch_tanh" : "silu";
        JsonNode stated = config.path(activation);
        if (!stated.isMissingNode() && !stated.isNull() && !stated.asText().equals(wanted)) {
            throw new IllegalArgumentException(
                    activation + " is " + stated + "; for this model_type " + wanted + " is supported");
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
        int pattern = config.path("sliding_window_pattern")
                .asInt(config.path("_sliding_window_pattern").asInt(GEMMA_PATTERN));
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

    static double number(JsonNode config, String name, double absent) {
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
