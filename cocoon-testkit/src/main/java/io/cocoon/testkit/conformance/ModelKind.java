package io.cocoon.testkit.conformance;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.engine.cpu.Activations;
import io.cocoon.engine.cpu.CpuBackend;
import io.cocoon.engine.cuda.CudaBackend;
import io.cocoon.engine.cuda.CudaDevice;
import io.cocoon.engine.cuda.CudaDevices;
import io.cocoon.engine.cuda.CudaException;
import io.cocoon.engine.cuda.CudaSettings;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.file.WeightFiles;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelLoader;
import io.cocoon.engine.template.ChatTemplate;
import io.cocoon.engine.template.TemplateException;
import io.cocoon.engine.text.Segment;
import io.cocoon.engine.text.Tokenizer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Models: logits and greedy continuations, on the processor and on a GPU if there is one, token ids and prompts of the golden files, and files that have to be refused. Engine
 * dossier 1 to 4 and 11.
 */
final class ModelKind implements ConformanceKind {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** For float arithmetic on exactly dequantised weights. */
    private static final float TOLERANCE = 2e-3f;

    /**
     * How near logits have to be.
     *
     * @param margin from which on a greedy token has to be the same
     * @param cosine the least that is allowed; 1 for each logit within {@link #TOLERANCE}
     */
    private record Nearness(double margin, double cosine) {

        /** For float arithmetic on exactly dequantised weights. */
        static final Nearness EXACT = new Nearness(5e-3, 1);

        /** Where weights or activations are rounded to bfloat16. */
        static final Nearness BFLOAT = new Nearness(0.15, 0.9995);

        /** Where activations are rounded to 8 bits. */
        static final Nearness EIGHT_BITS = new Nearness(0.6, 0.995);
    }

    @Override
    public boolean accepts(String path) {
        return path.matches("(.*/)?[^/]+/golden/(safetensors|gguf-[^/]+|tokenizer|template)\\.json")
                || path.matches("(.*/)?malformed/expected\\.json");
    }

    @Override
    public void check(Path root, String path, ConformanceReport report) throws IOException {
        Path file = root.resolve(path);
        JsonNode content = JSON.readTree(Files.readAllBytes(file));
        Path folder = file.resolveSibling("..").normalize();
        String name = String.valueOf(file.getFileName());
        switch (name) {
            case "expected.json" -> malformed(folder.resolve("malformed"), folder, path, content, report);
            case "tokenizer.json" -> tokenizer(folder, path, content, report);
            case "template.json" -> template(folder, path, content, report);
            default -> logits(folder, file, path, content, report);
        }
    }

    private static void logits(Path folder, Path golden, String path, JsonNode content, ConformanceReport report)
            throws IOException {
        String type = String.valueOf(golden.getFileName()).replaceAll("\\.json$", "");
        Path model = type.equals("safetensors")
                ? folder
                : folder.resolve(folder.getFileName() + "." + type.substring("gguf-".length()) + ".gguf");
        if (!Files.exists(model)) {
            content.path("cases").forEach(each -> report.absent(path));
            return;
        }
        Model opened = ModelLoader.open(model);
        try (Backend backend = CpuBackend.load(opened, Activations.EXACT, 1, Runnable::run, layer -> {})) {
            cases(backend, "", Nearness.EXACT, golden, path, content, report);
        }
        if (Activations.ROUNDED.areRoundedFor(opened.weights().mostlyOf())) {
            try (Backend backend = CpuBackend.load(opened, Activations.ROUNDED, 1, Runnable::run, layer -> {})) {
                cases(backend, " rounded", Nearness.EIGHT_BITS, golden, path, content, report);
            }
        }
        for (CudaDevice device : CudaDevices.find().usable().stream().limit(1).toList()) {
            CudaSettings settings = new CudaSettings(64, 2048, 0, true, true);
            try {
                CudaBackend.requireShape(opened.shape());
            } catch (CudaException e) {
                // The engine leaves such a model to the processor, too.
                content.path("cases").forEach(each -> report.absent(path));
                continue;
            }
            try (Backend backend = CudaBackend.load(opened, device, settings, layer -> {})) {
                cases(
                        backend,
                        " on CUDA",
                        CudaBackend.keepsWeights(opened) ? Nearness.EXACT : Nearness.BFLOAT,
                        golden,
                        path,
                        content,
                        report);
            }
        }
    }

    private static void cases(
            Backend backend,
            String where,
            Nearness nearness,
            Path golden,
            String path,
            JsonNode content,
            ConformanceReport report) {
        int number = 0;
        for (JsonNode each : content.path("cases")) {
            String name = "case " + number++;
            report.run(path, name + " logits" + where, () -> sameLogits(backend, nearness, golden, each));
            report.run(path, name + " greedy" + where, () -> sameContinuation(backend, nearness, each));
        }
    }

    private static void sameLogits(Backend backend, Nearness nearness, Path golden, JsonNode each) throws IOException {
        ByteBuffer wanted = ByteBuffer.wrap(Files.readAllBytes(
                        golden.resolveSibling(each.path("logits").asText())))
                .order(ByteOrder.LITTLE_ENDIAN);
        try (Backend.Sequence sequence = backend.newSequence()) {
            float[][] seen = backend.run(List.of(new Backend.Step(sequence, ids(each.path("ids")), true)))
                    .get(0);
            for (int position = 0; position < seen.length; position++) {
                float[] row = new float[seen[position].length];
                wanted.asFloatBuffer().get(row);
                wanted.position(wanted.position() + row.length * Float.BYTES);
                if (nearness.cosine == 1) {
                    sameRow(position, seen[position], row);
                } else if (!(cosine(seen[position], row) >= nearness.cosine)) {
                    throw new AssertionError("position " + position + ": the cosine with the golden logits is "
                            + cosine(seen[position], row));
                }
            }
        }
        JsonLines.requireEqual(0, wanted.remaining(), "bytes of logits left over");
    }

    private static void sameRow(int position, float[] seen, float[] wanted) {
        for (int id = 0; id < seen.length; id++) {
            if (!(Math.abs(seen[id] - wanted[id]) <= TOLERANCE)) {
                throw new AssertionError(
                        "position " + position + ", token " + id + ": logit " + seen[id] + ", wanted " + wanted[id]);
            }
        }
    }

    private static double cosine(float[] a, float[] b) {
        double product = 0;
        double left = 0;
        double right = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            left += (double) a[i] * a[i];
            right += (double) b[i] * b[i];
        }
        return product / Math.sqrt(left * right);
    }

    private static void sameContinuation(Backend backend, Nearness nearness, JsonNode each) {
        try (Backend.Sequence sequence = backend.newSequence()) {
            int[] next = ids(each.path("ids"));
            for (JsonNode step : each.path("greedy")) {
                float[] logits = backend.run(List.of(new Backend.Step(sequence, next, false)))
                        .get(0)[0];
                int best = 0;
                for (int i = 1; i < logits.length; i++) {
                    best = logits[i] > logits[best] ? i : best;
                }
                if (best != step.path("id").asInt() && step.path("margin").asDouble() > nearness.margin) {
                    throw new AssertionError(
                            "token " + best + ", wanted " + step.path("id") + " at position " + sequence.length());
                }
                next = new int[] {step.path("id").asInt()};
            }
        }
    }

    private static int[] ids(JsonNode ids) {
        int[] all = new int[ids.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = ids.get(i).asInt();
        }
        return all;
    }

    private static String text(int[] ids) {
        return Arrays.toString(ids);
    }

    private static void tokenizer(Path folder, String path, JsonNode content, ConformanceReport report)
            throws IOException {
        Tokenizer tokenizer =
                Tokenizer.load(folder, ModelLoader.open(folder).shape().vocabulary());
        int number = 0;
        for (JsonNode each : content) {
            report.run(path, "text " + number++, () -> {
                int[] ids = tokenizer.encodeWithMarkers(each.path("text").asText());
                JsonLines.requireEqual(text(ids(each.path("ids"))), text(ids), "ids");
                JsonLines.requireEqual(
                        each.has("decoded")
                                ? each.path("decoded").asText()
                                : each.path("text").asText(),
                        tokenizer.decode(ids, true),
                        "text of the ids");
                if (each.has("decoded_without_special")) {
                    JsonLines.requireEqual(
                            each.path("decoded_without_special").asText(),
                            tokenizer.decode(ids, false),
                            "text without markers");
                }
            });
        }
    }

    private static void template(Path folder, String path, JsonNode content, ConformanceReport report)
            throws IOException {
        Tokenizer tokenizer =
                Tokenizer.load(folder, ModelLoader.open(folder).shape().vocabulary());
        ChatTemplate template = ChatTemplate.load(folder, Clock.systemUTC());
        int number = 0;
        for (JsonNode each : content) {
            report.run(path, "conversation " + number++, () -> samePrompt(tokenizer, template, each));
        }
    }

    private static void samePrompt(Tokenizer tokenizer, ChatTemplate template, JsonNode each) {
        Map<String, Object> variables = JSON.convertValue(each, new TypeReference<>() {});
        List<?> messages = variables.remove("messages") instanceof List<?> list ? list : List.of();
        Object tools = variables.remove("tools");
        for (String ours : List.of("prompt", "ids", "error", "note")) {
            variables.remove(ours);
        }
        List<Segment> prompt;
        try {
            prompt = template.render(messages, tools instanceof List<?> given ? given : List.of(), variables);
        } catch (TemplateException e) {
            if (!each.has("error")) {
                throw new AssertionError("not rendered: " + e.getMessage(), e);
            }
            return;
        }
        if (each.has("error")) {
            throw new AssertionError(
                    "rendered, wanted the error: " + each.path("error").asText());
        }
        StringBuilder whole = new StringBuilder();
        prompt.forEach(segment -> whole.append(segment.text()));
        JsonLines.requireEqual(each.path("prompt").asText(), whole.toString(), "prompt");
        if (each.has("ids")) {
            JsonLines.requireEqual(text(ids(each.path("ids"))), text(tokenizer.encode(prompt)), "ids");
        }
    }

    private static void malformed(Path files, Path models, String path, JsonNode expected, ConformanceReport report)
            throws IOException {
        for (Map.Entry<String, JsonNode> each : expected.properties()) {
            Path file = files.resolve(each.getKey());
            if (!Files.exists(file)) {
                report.absent(path);
                continue;
            }
            report.run(path, each.getKey(), () -> refused(file, models, each.getValue()));
        }
    }

    private static void refused(Path file, Path models, JsonNode expected) throws IOException {
        Path scratch = Files.createTempDirectory("cocoon-model");
        try {
            if (file.toString().endsWith(".gguf")) {
                ModelLoader.open(file);
            } else if (file.toString().endsWith(".safetensors")) {
                Files.copy(file, scratch.resolve("model.safetensors"));
                WeightFiles.openFolder(scratch);
            } else {
                overlay(models.resolve(expected.path("over").asText()), scratch);
                overlay(file, scratch);
                for (JsonNode each : expected.path("remove")) {
                    Files.delete(scratch.resolve(each.asText()));
                }
                Tokenizer.load(scratch, ModelLoader.open(scratch).shape().vocabulary());
                ChatTemplate.load(scratch, Clock.systemUTC())
                        .render(List.of(Map.of("role", "user", "content", "Hi")), List.of(), Map.of());
            }
        } catch (ModelFormatException | TemplateException e) {
            return;
        } finally {
            delete(scratch);
        }
        throw new AssertionError("accepted; wanted a refusal: " + expected);
    }

    private static void overlay(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
