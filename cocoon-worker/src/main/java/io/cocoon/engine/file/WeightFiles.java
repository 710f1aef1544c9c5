package io.cocoon.engine.file;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
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
    private final Map<String, Object> metadata;

    private WeightFiles(Path path, Map<String, Tensor> tensors, Map<String, Object> metadata) {
        this.path = path;
        this.tensors = Map.copyOf(tensors);
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
            return new WeightFiles(folder, sharded(folder), Map.of());
        }
        if (!Files.isRegularFile(folder.resolve(SINGLE))) {
            throw new ModelFormatException(folder + " holds neither " + SINGLE + " nor " + INDEX);
        }
        return new WeightFiles(folder, SafetensorsFile.read(folder.resolve(SINGLE)), Map.of());
    }

    /**
     * Opens a GGUF file.
     *
     * @throws ModelFormatException if it breaks a rule of the format
     */
    public static WeightFiles openGguf(Path file) throws IOException {
        GgufFile.Contents contents = GgufFile.read(file);
        return new WeightFiles(file, contents.tensors(), contents.metadata());
    }

    private static Map<String, Tensor> sharded(Path folder) throws IOException {
        Path index = folder.resolve(INDEX);
        JsonNode names = StrictJson.readObject(index).path("weight_map");
        if (!names.isObject()) {
            throw new ModelFormatException(index + ": has no weight_map");
        }
        Map<String, Map<String, Tensor>> shards = new HashMap<>();
        Map<String, Tensor> tensors = new HashMap<>();
        for (Map.Entry<String, JsonNode> each : names.properties()) {
            String shard = each.getValue().asText("");
            // A plain name in this folder: an index must not lead anywhere else.
            if (!shard.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,200}\\.safetensors")) {
                throw new ModelFormatException(index + ": tensor " + each.getKey() + " is said to be in '" + shard
                        + "', which is no plain name of a safetensors file");
            }
            Map<String, Tensor> held = shards.get(shard);
            if (held == null) {
                if (!Files.isRegularFile(folder.resolve(shard))) {
                    throw new ModelFormatException(index + ": names the file " + shard + ", which is absent");
                }
                held = SafetensorsFile.read(folder.resolve(shard));
                shards.put(shard, held);
            }
            Tensor tensor = held.get(each.getKey());
            if (tensor == null) {
                throw new ModelFormatException(index + ": tensor " + each.getKey() + " is not in " + shard);
            }
            tensors.put(each.getKey(), tensor);
        }
        return tensors;
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

    /**
     * Returns a tensor.
     *
     * @throws ModelFormatException if it is absent or has another shape
     */
    public Tensor get(String name, long rows, long columns) throws ModelFormatException {
        Tensor tensor = tensors.get(name);
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
