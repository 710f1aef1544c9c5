package io.cocoon.engine.model;

import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.WeightFiles;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads the metadata of a GGUF file. Engine dossier 1. */
final class GgufConfigReader {

    private static final int GEMMA_PATTERN = 6;
    private static final int LAYERS_OF_GEMMA_27B = 62;
    private static final int DEFAULT_CONTEXT = 4096;
    private static final int CONTROL = 3;
    private static final Set<String> END_TEXTS = Set.of(
            "<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<end_of_turn>", "<eos>");
    private static final String DIVISORS = "rope_freqs.weight";

    private final Map<String, Object> metadata;
    private final String prefix;

    private GgufConfigReader(Map<String, Object> metadata, String prefix) {
        this.metadata = metadata;
        this.prefix = prefix;
    }

    /** @throws IllegalArgumentException if a value is absent, out of range or not supported */
    static ModelShape read(WeightFiles files) throws ModelFormatException {
        if (!(files.metadata().get("general.architecture") instanceof String name)) {
            throw new IllegalArgumentException("general.architecture is absent");
        }
        return new GgufConfigReader(files.metadata(), name + ".").shape(ConfigReader.architecture(name), files);
    }

    private ModelShape shape(Architecture architecture, WeightFiles files) throws ModelFormatException {
        boolean gemma = architecture == Architecture.GEMMA3;
        int hidden = whole("embedding_length");
        int heads = whole("attention.head_count");
        if (heads < 1) {
            throw new IllegalArgumentException("attention.head_count is " + heads);
        }
        int layers = whole("block_count");
        int headSize =
                metadata.containsKey(prefix + "attention.key_length") ? whole("attention.key_length") : hidden / heads;
        List<Boolean> local = new ArrayList<>(ConfigReader.allGlobal(layers));
        if (gemma) {
            localLayers(local);
        }
        long vocabulary = files.rows("token_embd.weight");
        return new ModelShape(
                architecture,
                hidden,
                whole("feed_forward_length"),
                layers,
                heads,
                metadata.containsKey(prefix + "attention.head_count_kv") ? whole("attention.head_count_kv") : heads,
                headSize,
                Math.toIntExact(vocabulary),
                metadata.containsKey(prefix + "context_length") ? whole("context_length") : DEFAULT_CONTEXT,
                number("attention.layer_norm_rms_epsilon", 1e-6),
                number("rope.freq_base", gemma ? 1_000_000 : 10_000),
                scaling(files, headSize),
                number("rope.freq_base_swa", number("rope.local.freq_base", 10_000)),
                gemma ? whole("attention.sliding_window") : 0,
                local,
                // No key says it; in folders of Gemma 3 it is the size of a head, but for the largest model.
                1 / Math.sqrt(gemma && layers == LAYERS_OF_GEMMA_27B ? (double) hidden / heads : headSize),
                !files.has("output.weight"),
                endTokens(vocabulary));
    }

    /** Every sixth layer is global; newer files may say another number, or which ones are local. */
    private void localLayers(List<Boolean> local) {
        Object stated = metadata.get(prefix + "attention.sliding_window_pattern");
        if (stated instanceof List<?> kinds) {
            if (kinds.size() != local.size()) {
                throw new IllegalArgumentException(prefix + "attention.sliding_window_pattern has " + kinds.size()
                        + " entries for " + local.size() + " layers");
            }
            local.replaceAll(unused -> false);
            for (int i = 0; i < kinds.size(); i++) {
                local.set(
                        i, Boolean.TRUE.equals(kinds.get(i)) || Long.valueOf(1).equals(kinds.get(i)));
            }
            return;
        }
        int every = stated == null ? GEMMA_PATTERN : whole("attention.sliding_window_pattern");
        if (every < 1) {
            throw new IllegalArgumentException(prefix + "attention.sliding_window_pattern is " + every);
        }
        for (int i = 0; i < local.size(); i++) {
            local.set(i, (i + 1) % every != 0);
        }
    }

    private RopeScaling scaling(WeightFiles files, int headSize) throws ModelFormatException {
        if (files.has(DIVISORS)) {
            Tensor stored = files.get(DIVISORS, 1, headSize / 2);
            ByteBuffer row = stored.row(0);
            List<Double> divisors = new ArrayList<>();
            while (row.hasRemaining()) {
                divisors.add((double) row.getFloat());
            }
            return new RopeScaling.Divisors(divisors);
        }
        String type = metadata.get(prefix + "rope.scaling.type") instanceof String text ? text : "none";
        return switch (type) {
            case "none" -> new RopeScaling.None();
            case "linear" -> new RopeScaling.Linear(number("rope.scaling.factor", 1));
            default -> throw new IllegalArgumentException("rope scaling of type '" + type + "' is not supported");
        };
    }

    /** The two that have a key, and those known by their text: files often name only one of several (trap E9). */
    private List<Integer> endTokens(long vocabulary) {
        List<Integer> ids = new ArrayList<>();
        for (String key : List.of("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id")) {
            if (metadata.get(key) instanceof Long id && !ids.contains(id.intValue())) {
                ids.add(Math.toIntExact(id));
            }
        }
        if (metadata.get("tokenizer.ggml.tokens") instanceof List<?> tokens
                && metadata.get("tokenizer.ggml.token_type") instanceof List<?> types) {
            for (int id = 0; id < Math.min(Math.min(tokens.size(), types.size()), vocabulary); id++) {
                boolean control = Long.valueOf(CONTROL).equals(types.get(id));
                if (control && END_TEXTS.contains(String.valueOf(tokens.get(id))) && !ids.contains(id)) {
                    ids.add(id);
                }
            }
        }
        return ids;
    }

    private int whole(String key) {
        Object value = metadata.get(prefix + key);
        if (!(value instanceof Long number) || number != (int) (long) number) {
            throw new IllegalArgumentException(
                    prefix + key + " is " + (value == null ? "absent" : value) + "; wanted a whole number");
        }
        return (int) (long) number;
    }

    private double number(String key, double absent) {
        Object value = metadata.get(prefix + key);
        if (value == null) {
            return absent;
        }
        if (value instanceof Double real) {
            return real;
        }
        if (value instanceof Long whole) {
            return whole;
        }
        throw new IllegalArgumentException(prefix + key + " is no number");
    }
}
