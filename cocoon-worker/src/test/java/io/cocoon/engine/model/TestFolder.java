package io.cocoon.engine.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.WeightFiles;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** A model's folder in memory, to be changed and written: {@code config.json} and safetensors. */
public final class TestFolder {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** A tensor as a safetensors file has it. */
    public record Stored(String dtype, long[] shape, byte[] data) {

        /** Of numbers, as F32. */
        static Stored floats(float[] numbers, long... shape) {
            ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(numbers);
            return new Stored("F32", shape, bytes.array());
        }

        /** Of numbers that bfloat16 has, as BF16. */
        static Stored bfloats(float[] numbers, long... shape) {
            ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (float each : numbers) {
                bytes.putShort((short) (Float.floatToRawIntBits(each) >>> 16));
            }
            return new Stored("BF16", shape, bytes.array());
        }
    }

    final ObjectNode config;
    final Map<String, Stored> tensors = new TreeMap<>();
    private final Path from;

    private TestFolder(Path from, ObjectNode config) {
        this.from = from;
        this.config = config;
    }

    /** Reads one whose weights are floats. */
    static TestFolder read(Path folder) throws IOException {
        TestFolder read = new TestFolder(
                folder, (ObjectNode) JSON.readTree(folder.resolve("config.json").toFile()));
        WeightFiles files = WeightFiles.openFolder(folder);
        for (String name : files.names()) {
            Tensor tensor = files.find(name).orElseThrow();
            ByteBuffer data = ByteBuffer.allocate((int) tensor.bytes());
            for (int row = 0; row < tensor.rows(); row++) {
                data.put(tensor.row(row));
            }
            long[] shape =
                    tensor.rows() == 1 ? new long[] {tensor.columns()} : new long[] {tensor.rows(), tensor.columns()};
            read.tensors.put(name, new Stored(tensor.type().name(), shape, data.array()));
        }
        return read;
    }

    TestFolder copy() {
        TestFolder copy = new TestFolder(from, config.deepCopy());
        copy.tensors.putAll(tensors);
        return copy;
    }

    Stored tensor(String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    /** Writes it, with all other files of the folder that it was read from; scales in a file of their own. */
    void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (String other : new String[] {"generation_config.json", "tokenizer.json", "tokenizer_config.json"}) {
            Files.copy(from.resolve(other), folder.resolve(other));
        }
        Files.write(folder.resolve("config.json"), JSON.writeValueAsBytes(config));
        Map<String, Stored> weights = new TreeMap<>();
        Map<String, Stored> scales = new TreeMap<>();
        ObjectNode index = JSON.createObjectNode();
        ObjectNode places = index.putObject("weight_map");
        tensors.forEach((name, stored) -> {
            boolean isScale = name.contains("weight_scale");
            (isScale ? scales : weights).put(name, stored);
            places.put(name, isScale ? "scales.safetensors" : "weights.safetensors");
        });
        Files.write(folder.resolve("model.safetensors.index.json"), JSON.writeValueAsBytes(index));
        Files.write(folder.resolve("weights.safetensors"), file(weights));
        Files.write(folder.resolve("scales.safetensors"), file(scales));
    }

    private static byte[] file(Map<String, Stored> tensors) throws IOException {
        ObjectNode header = JSON.createObjectNode();
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        for (Map.Entry<String, Stored> each : tensors.entrySet()) {
            ObjectNode entry = header.putObject(each.getKey());
            entry.put("dtype", each.getValue().dtype);
            entry.set("shape", JSON.valueToTree(each.getValue().shape));
            int begin = data.size();
            data.write(each.getValue().data);
            entry.putArray("data_offsets").add(begin).add(data.size());
        }
        byte[] text = header.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer file =
                ByteBuffer.allocate(Long.BYTES + text.length + data.size()).order(ByteOrder.LITTLE_ENDIAN);
        return file.putLong(text.length).put(text).put(data.toByteArray()).array();
    }
}
