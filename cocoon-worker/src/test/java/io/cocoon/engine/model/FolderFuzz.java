package io.cocoon.engine.model;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.file.Tensor;
import io.cocoon.engine.file.WeightType;
import io.cocoon.engine.model.TestFolder.Stored;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** A folder from anywhere is read or refused with the declared exceptions, and what was read can be read row by row. */
class FolderFuzz {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> WORDS = List.of(
            "fp8",
            "compressed-tensors",
            "e4m3",
            "dynamic",
            "static",
            "float-quantized",
            "float",
            "channel",
            "tensor",
            "block");
    private static final List<String> DTYPES = List.of("F8_E4M3", "F8_E5M2", "BF16", "F32", "I8");

    private static final class Source {
        static final Map<Fp8Form, TestFolder> FOLDERS = new EnumMap<>(Fp8Form.class);
        static final Path SCRATCH = fill();

        private static Path fill() {
            try {
                Path scratch = Files.createTempDirectory("cocoon-folder-fuzz");
                Path source = scratch.resolve("source");
                TestData.copy("models/tiny-qwen3", source);
                for (Fp8Form form : Fp8Form.values()) {
                    FOLDERS.put(form, form.converted(source, false));
                }
                // What is registered last goes first.
                try (Stream<Path> all = Files.walk(scratch)) {
                    all.forEach(each -> each.toFile().deleteOnExit());
                }
                return scratch;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** Any JSON as what says how weights are scaled. */
    @FuzzTest
    void configurations(byte[] text) throws IOException {
        JsonNode parsed;
        try {
            parsed = JSON.readTree(text);
        } catch (IOException e) {
            return;
        }
        try {
            Fp8SchemeReader.read(parsed == null ? JsonNodeFactory.instance.missingNode() : parsed);
        } catch (IllegalArgumentException e) {
            // Refusing is fine.
        }
    }

    /** A sound folder of some form with some of its configuration and tensors replaced. */
    @FuzzTest
    void folders(FuzzedDataProvider data) throws IOException {
        Path written = Files.createTempDirectory(Source.SCRATCH, "one");
        TestFolder folder = Objects.requireNonNull(Source.FOLDERS.get(data.pickValue(Fp8Form.values())))
                .copy();
        List<String> names = new ArrayList<>(folder.tensors.keySet());
        while (data.remainingBytes() > 0) {
            if (data.consumeBoolean()) {
                change(data, folder.config.path("quantization_config"), 0);
            } else {
                String name = data.pickValue(names);
                long[] shape = data.consumeBoolean()
                        ? new long[] {data.consumeInt(0, 200), data.consumeInt(0, 3)}
                        : new long[] {data.consumeInt(0, 200)};
                String dtype = data.pickValue(DTYPES);
                int count = (int) (shape.length == 2 ? shape[0] * shape[1] : shape[0]);
                byte[] bytes = new byte[count * (dtype.equals("F32") ? 4 : dtype.equals("BF16") ? 2 : 1)];
                byte[] some = data.consumeBytes(8);
                System.arraycopy(some, 0, bytes, 0, Math.min(some.length, bytes.length));
                folder.tensors.put(name, new Stored(dtype, shape, bytes));
            }
        }
        try {
            folder.write(written);
            read(ModelLoader.open(written));
        } catch (ModelFormatException e) {
            // Refusing is fine.
        } catch (UncheckedIOException e) {
            if (!(e.getCause() instanceof ModelFormatException)) {
                throw e;
            }
        } finally {
            try (Stream<Path> files = Files.list(written)) {
                for (Path each : files.toList()) {
                    Files.delete(each);
                }
            }
            Files.delete(written);
        }
    }

    private static void read(Model model) {
        for (LayerWeights layer : model.weights().layers()) {
            for (Tensor each : layer.tensors().toList()) {
                float[] scales = new float[2];
                for (long row = 0; row < each.rows(); row++) {
                    each.row(row);
                    if (each.type() == WeightType.FP8) {
                        each.scales(row, scales);
                    }
                }
            }
        }
    }

    private static void change(FuzzedDataProvider data, JsonNode node, int depth) {
        if (!(node instanceof ObjectNode object) || object.isEmpty() || depth > 4) {
            return;
        }
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        String name = data.pickValue(names);
        switch (data.consumeInt(0, 6)) {
            case 0 -> object.remove(name);
            case 1 -> object.put(name, data.pickValue(WORDS));
            case 2 -> object.put(name, data.consumeInt());
            case 3 -> object.put(name, data.consumeBoolean());
            case 4 -> object.putArray(name).add(data.consumeInt(-1, 300)).add(data.consumeInt(-1, 300));
            case 5 -> object.putNull(name);
            default -> change(data, object.get(name), depth + 1);
        }
    }
}
