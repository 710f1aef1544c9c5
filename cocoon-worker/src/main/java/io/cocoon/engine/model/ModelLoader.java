package io.cocoon.engine.model;

import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.WeightFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a model's description and finds its weights. Engine dossier 1. */
public final class ModelLoader {

    /** What a file calls its tensors. */
    private record Names(String embedding, String finalNorm, String head, String layer, Map<String, String> roles) {

        String of(int index, String role) {
            return layer.formatted(index) + roles.get(role);
        }
    }

    private static final Map<String, String> HUGGING_FACE_ROLES = Map.ofEntries(
            Map.entry("attentionNorm", "input_layernorm.weight"),
            Map.entry("query", "self_attn.q_proj.weight"),
            Map.entry("queryBias", "self_attn.q_proj.bias"),
            Map.entry("key", "self_attn.k_proj.weight"),
            Map.entry("keyBias", "self_attn.k_proj.bias"),
            Map.entry("value", "self_attn.v_proj.weight"),
            Map.entry("valueBias", "self_attn.v_proj.bias"),
            Map.entry("output", "self_attn.o_proj.weight"),
            Map.entry("queryNorm", "self_attn.q_norm.weight"),
            Map.entry("keyNorm", "self_attn.k_norm.weight"),
            Map.entry("postAttentionNorm", "post_attention_layernorm.weight"),
            Map.entry("feedForwardNorm", "pre_feedforward_layernorm.weight"),
            Map.entry("gate", "mlp.gate_proj.weight"),
            Map.entry("up", "mlp.up_proj.weight"),
            Map.entry("down", "mlp.down_proj.weight"),
            Map.entry("postFeedForwardNorm", "post_feedforward_layernorm.weight"));

    private static final Map<String, String> GGUF_ROLES = Map.ofEntries(
            Map.entry("attentionNorm", "attn_norm.weight"),
            Map.entry("query", "attn_q.weight"),
            Map.entry("queryBias", "attn_q.bias"),
            Map.entry("key", "attn_k.weight"),
            Map.entry("keyBias", "attn_k.bias"),
            Map.entry("value", "attn_v.weight"),
            Map.entry("valueBias", "attn_v.bias"),
            Map.entry("output", "attn_output.weight"),
            Map.entry("queryNorm", "attn_q_norm.weight"),
            Map.entry("keyNorm", "attn_k_norm.weight"),
            Map.entry("postAttentionNorm", "post_attention_norm.weight"),
            Map.entry("feedForwardNorm", "ffn_norm.weight"),
            Map.entry("gate", "ffn_gate.weight"),
            Map.entry("up", "ffn_up.weight"),
            Map.entry("down", "ffn_down.weight"),
            Map.entry("postFeedForwardNorm", "post_ffw_norm.weight"));

    /** Where the parts of a model are by name: alone, or beside those that read images, in the older and the newer way. */
    private record Place(String model, String head) {}

    private static final List<Place> PLACES = List.of(
            new Place("model.", ""),
            new Place("language_model.model.", "language_model."),
            new Place("model.language_model.", ""));

    private ModelLoader() {}

    /**
     * Opens a model: a folder as Hugging Face lays them out, or one GGUF file.
     *
     * @throws ModelFormatException if it is broken, hostile, or of a kind that is not supported; the message names what was
     *     found
     */
    public static Model open(Path path) throws IOException {
        try {
            return Files.isDirectory(path) ? folder(path) : gguf(WeightFiles.openGguf(path));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new ModelFormatException(path + ": " + e.getMessage(), e);
        }
    }

    private static Model folder(Path folder) throws IOException {
        // What kind of model it is first: that is what the owner of an unknown one has to hear.
        FolderConfig config = ConfigReader.read(folder);
        ModelShape shape = config.shape();
        WeightFiles files = WeightFiles.openFolder(folder);
        Map<String, String> roles = HUGGING_FACE_ROLES;
        if (shape.architecture() != Architecture.GEMMA3) {
            // The name that is a norm after attention in Gemma is the one before the feed-forward part elsewhere.
            roles = new HashMap<>(roles);
            roles.put("feedForwardNorm", "post_attention_layernorm.weight");
        }
        Place place = PLACES.stream()
                .filter(each -> files.has(each.model + "embed_tokens.weight"))
                .findFirst()
                .orElse(PLACES.get(0));
        Names names = new Names(
                place.model + "embed_tokens.weight",
                place.model + "norm.weight",
                place.head + "lm_head.weight",
                place.model + "layers.%d.",
                roles);
        Set<String> read = new HashSet<>();
        TensorSource tensors = noting(new ScaledTensors(files, config.scheme()), read);
        ModelWeights weights =
                weights(tensors, shape, names, shape.architecture() == Architecture.GEMMA3 ? 1 : 0, false);
        requireNothingElse(files, shape, names, read);
        return new Model(shape, weights);
    }

    /**
     * Reads the model of a GGUF file that is open already.
     *
     * @throws ModelFormatException as {@link #open}
     */
    public static Model ofGguf(WeightFiles files) throws ModelFormatException {
        try {
            return gguf(files);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new ModelFormatException(files.path() + ": " + e.getMessage(), e);
        }
    }

    private static Model gguf(WeightFiles files) throws ModelFormatException {
        ModelShape shape = GgufConfigReader.read(files);
        Names names = new Names("token_embd.weight", "output_norm.weight", "output.weight", "blk.%d.", GGUF_ROLES);
        Set<String> read = new HashSet<>();
        ModelWeights weights =
                weights(noting(files::get, read), shape, names, 0, shape.architecture() == Architecture.LLAMA);
        requireNothingElse(files, shape, names, read);
        return new Model(shape, weights);
    }

    private static TensorSource noting(TensorSource tensors, Set<String> read) {
        return (name, rows, columns) -> {
            read.add(name);
            return tensors.get(name, rows, columns);
        };
    }

    /** Weights in a layer that the family does not have: without them the answers look right and are not. */
    private static void requireNothingElse(WeightFiles files, ModelShape shape, Names names, Set<String> read)
            throws ModelFormatException {
        Pattern ofLayer =
                Pattern.compile(Pattern.quote(names.layer).replace("%d", "\\E(\\d{1,6})\\Q") + ".+\\.(weight|bias)");
        for (String name : files.names()) {
            Matcher matcher = ofLayer.matcher(name);
            if (matcher.matches() && Integer.parseInt(matcher.group(1)) < shape.layers() && !read.contains(name)) {
                throw new ModelFormatException(files.path() + ": tensor " + name + " is in no model of the family "
                        + shape.architecture() + "; left out, it would make every answer wrong");
            }
        }
    }

    private static ModelWeights weights(
            TensorSource tensors, ModelShape shape, Names names, float normOffset, boolean interleavedHeads)
            throws ModelFormatException {
        Tensor embedding = tensors.get(names.embedding, shape.vocabulary(), shape.hidden());
        Tensor head = shape.tied() ? embedding : tensors.get(names.head, shape.vocabulary(), shape.hidden());
        List<LayerWeights> layers = new ArrayList<>();
        for (int i = 0; i < shape.layers(); i++) {
            layers.add(layer(tensors, shape, names, i));
        }
        return new ModelWeights(
                embedding, tensors.get(names.finalNorm, 1, shape.hidden()), head, layers, normOffset, interleavedHeads);
    }

    private static LayerWeights layer(TensorSource tensors, ModelShape shape, Names names, int i)
            throws ModelFormatException {
        boolean biases = shape.architecture() == Architecture.QWEN2;
        boolean headNorms = shape.architecture() == Architecture.QWEN3 || shape.architecture() == Architecture.GEMMA3;
        boolean gemma = shape.architecture() == Architecture.GEMMA3;
        int hidden = shape.hidden();
        return new LayerWeights(
                tensors.get(names.of(i, "attentionNorm"), 1, hidden),
                tensors.get(names.of(i, "query"), shape.queryWidth(), hidden),
                tensors.get(names.of(i, "key"), shape.kvWidth(), hidden),
                tensors.get(names.of(i, "value"), shape.kvWidth(), hidden),
                tensors.get(names.of(i, "output"), hidden, shape.queryWidth()),
                vector(tensors, names.of(i, "queryBias"), shape.queryWidth(), biases),
                vector(tensors, names.of(i, "keyBias"), shape.kvWidth(), biases),
                vector(tensors, names.of(i, "valueBias"), shape.kvWidth(), biases),
                vector(tensors, names.of(i, "queryNorm"), shape.headSize(), headNorms),
                vector(tensors, names.of(i, "keyNorm"), shape.headSize(), headNorms),
                vector(tensors, names.of(i, "postAttentionNorm"), hidden, gemma),
                tensors.get(names.of(i, "feedForwardNorm"), 1, hidden),
                tensors.get(names.of(i, "gate"), shape.feedForward(), hidden),
                tensors.get(names.of(i, "up"), shape.feedForward(), hidden),
                tensors.get(names.of(i, "down"), hidden, shape.feedForward()),
                vector(tensors, names.of(i, "postFeedForwardNorm"), hidden, gemma));
    }

    private static Optional<Tensor> vector(TensorSource tensors, String name, int size, boolean wanted)
            throws ModelFormatException {
        return wanted ? Optional.of(tensors.get(name, 1, size)) : Optional.empty();
    }
}
