package io.cocoon.engine.file;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The weights of a model by name, from a folder of safetensors files, one such file, or a GGUF file. Immutable;
 * thread-safe.
 */
public final class WeightFiles {

    private static final String SINGLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";

    private final Path path;
    private final Map<String, Tensor> tensors;
    private final Map<String, String> others;
    private final Map<String, Object> metadata;

    private WeightFiles(
            Path path, Map<String, Tensor> tensors, Map<String, String> others, Map<String, Object> metadata) {
        this.path = path;
        this.tensors = Map.copyOf(tensors);
        this.others = Map.copyOf(others);
        this.metadata = Map.copyOf(metadata);
    }

    /**
     * Opens a folder that holds {@code model.safetensors}, or {@code model.safetensors.index.json} and the files that it
     * names.
     *
     * @throws ModelFormatException if a file is absent or broken, or does not hold what the index says
     */
    public static WeightFiles openFolder(Path folder) throws IOException {
        if (Files.isRegularFile(folder.resolve(INDEX))) {
            return sharded(folder);
        }
        if (!Files.isRegularFile(folder.resolve(SINGLE))) {
            throw new ModelFormatException(folder + " holds neither " + SINGLE + " nor " + INDEX);
        }
        SafetensorsFile.Contents all = SafetensorsFile.read(folder.resolve(SINGLE));
        return new WeightFiles(folder, all.tensors(), all.others(), Map.of());
    }

    /**
     * Opens a GGUF file.
     *
     * @throws ModelFormatException if it breaks a rule of the format
     */
    public static WeightFiles openGguf(Path file) throws IOException {
        GgufFile.Contents contents = GgufFile.read(file);
        return new WeightFiles(file, contents.tensors(), Map.of(), contents.metadata());
    }

    private static WeightFiles sharded(Path folder) throws IOException {
        Path index = folder.resolve(INDEX);
        JsonNode names = StrictJson.readObject(index).path("weight_map");
        if (!names.isObject()) {
            throw new ModelFormatException(index + ": has no weight_map");
        }
        Map<String, SafetensorsFile.Contents> shards = new HashMap<>();
        Map<String, Tensor> tensors = new HashMap<>();
        Map<String, String> others = new HashMap<>();
        for (Map.Entry<String, JsonNode> each : names.properties()) {
            String shard = each.getValue().asText("");
            // A plain name in this folder: an index must not lead anywhere else.
            if (!shard.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,200}\\.safetensors")) {
                throw new ModelFormatException(index + ": tensor " + each.getKey() + " is said to be in '" + shard
                        + "', which is no plain name of a safetensors file");
            }
            SafetensorsFile.Contents held = shards.get(shard);
            if (held == null) {
                if (!Files.isRegularFile(folder.resolve(shard))) {
                    throw new ModelFormatException(index + ": names the file " + shard + ", which is absent");
                }
                held = SafetensorsFile.read(folder.resolve(shard));
                shards.put(shard, held);
            }
            Tensor tensor = held.tensors().get(each.getKey());
            String other = held.others().get(each.getKey());
            if (tensor != null) {
                tensors.put(each.getKey(), tensor);
            } else if (other != null) {
                others.put(each.getKey(), other);
            } else {
                throw new ModelFormatException(index + ": tensor " + each.getKey() + " is not in " + shard);
            }
        }
        return new WeightFiles(folder, tensors, others, Map.of());
    }

    /** Returns where the weights come from. */
    public Path path() {
        return path;
    }

    /** Returns the names of all tensors, sorted. */
    public Set<String> names() {
        return new TreeSet<>(tensors.keySet());
    }

    /** Returns the metadata of a GGUF file: String, Long, Double, Boolean or List by key; empty for safetensors. */
    public Map<String, Object> metadata() {
        return metadata;
    }

    /** Returns whether there is a tensor of this name. */
    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    /** Returns a tensor of whatever shape, if there is one that can be read. */
    public Optional<Tensor> find(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    /**
     * Returns a tensor.
     *
     * @throws ModelFormatException if it is absent, has another shape, or is of a kind that cannot be read
     */
    public Tensor get(String name, long rows, long columns) throws ModelFormatException {
        Tensor tensor = tensors.get(name);
        if (tensor == null && others.containsKey(name)) {
            throw new ModelFormatException(path + ": tensor " + name + " is " + others.get(name)
                    + "; F32, F16, BF16 and F8_E4M3 with at most 2 dimensions are read");
        }
        if (tensor == null) {
            throw new ModelFormatException(path + ": tensor " + name + " is absent");
        }
        if (tensor.rows() != rows || tensor.columns() != columns) {
            throw new ModelFormatException(path + ": tensor " + name + " has the shape [" + tensor.rows() + ", "
                    + tensor.columns() + "], wanted [" + rows + ", " + columns + "]");
        }
        return tensor;
    }

    /** Returns the number of rows of a tensor, 0 if it is absent. */
    public long rows(String name) {
        Tensor tensor = tensors.get(name);
        return tensor == null ? 0 : tensor.rows();
    }
}
