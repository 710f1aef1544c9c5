package io.cocoon.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.engine.file.WeightType;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelLoader;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every model and weight type against logits that were computed in double precision. Models: test data, models. */
class GoldenLogitsTest {

    /** Stated with the golden files for float arithmetic on exactly dequantised weights. */
    private static final float TOLERANCE = 2e-3f;

    private static final double CLEAR_MARGIN = 5e-3;

    /** Stated with them for activations of 8 bits. */
    private static final double ROUNDED_COSINE = 0.995;

    private static final double ROUNDED_MARGIN = 0.6;

    @TempDir
    static Path folder;

    private static final ExecutorService POOL = Executors.newFixedThreadPool(2);

    @BeforeAll
    static void copy() throws IOException {
        TestData.copy("models", folder);
    }

    @AfterAll
    static void end() {
        POOL.shutdownNow();
    }

    static Stream<Arguments> goldens() {
        return TestData.list("models", ".json").stream()
                .filter(name -> name.matches(".*/golden/(safetensors|gguf-.*)\\.json"))
                .flatMap(name -> TestKernels.all().map(kernels -> Arguments.of(name, kernels)));
    }

    static Stream<Arguments> goldensOfFourBits() {
        return goldens()
                .filter(each -> String.valueOf(each.get()[0]).matches(".*/gguf-Q4_.\\.json"))
                .map(each -> Arguments.of(each.get()[0]))
                .distinct();
    }

    private static Path modelOf(String golden) {
        String model = golden.split("/")[1];
        String file = golden.substring(golden.lastIndexOf('/') + 1).replace(".json", "");
        return file.equals("safetensors")
                ? folder.resolve(model)
                : folder.resolve(model).resolve(model + "." + file.substring("gguf-".length()) + ".gguf");
    }

    private static Backend open(Path path, Kernels kernels) throws IOException {
        return CpuBackend.load(ModelLoader.open(path), kernels, 3, POOL, layer -> {});
    }

    private static int[] ids(JsonNode ids) {
        int[] all = new int[ids.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = ids.get(i).asInt();
        }
        return all;
    }

    private static float[][] logits(Backend backend, int[] ids) {
        try (Backend.Sequence sequence = backend.newSequence()) {
            return backend.run(List.of(new Backend.Step(sequence, ids, true))).get(0);
        }
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void logits_are_those_of_double_precision(String golden, Kernels kernels) throws IOException {
        try (Backend backend = open(modelOf(golden), kernels)) {
            for (JsonNode each : TestData.json(golden).path("cases")) {
                float[][] logits = logits(backend, ids(each.path("ids")));
                ByteBuffer wanted = ByteBuffer.wrap(TestData.bytes(golden.replaceAll("[^/]*$", "")
                                + each.path("logits").asText()))
                        .order(ByteOrder.LITTLE_ENDIAN);
                for (float[] row : logits) {
                    for (float logit : row) {
                        assertThat(logit).isCloseTo(wanted.getFloat(), Offset.offset(TOLERANCE));
                    }
                }
                assertThat(wanted.hasRemaining()).isFalse();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void greedy_continuations_are_the_golden_ones_where_they_are_clear(String golden, Kernels kernels)
            throws IOException {
        sameContinuations(golden, kernels, CLEAR_MARGIN);
    }

    @ParameterizedTest
    @MethodSource("goldensOfFourBits")
    void rounded_activations_point_the_same_way(String golden) throws IOException {
        Kernels kernels = Activations.ROUNDED.kernels();
        double least = 1;
        try (Backend backend = open(modelOf(golden), kernels)) {
            for (JsonNode each : TestData.json(golden).path("cases")) {
                FloatBuffer wanted = ByteBuffer.wrap(TestData.bytes(golden.replaceAll("[^/]*$", "")
                                + each.path("logits").asText()))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer();
                for (float[] row : logits(backend, ids(each.path("ids")))) {
                    float[] right = new float[row.length];
                    wanted.get(right);
                    least = Math.min(least, cosine(row, right));
                }
            }
        }
        assertThat(least).isGreaterThan(ROUNDED_COSINE);
        if (!(kernels instanceof PlainKernels)) {
            assertThat(least).as("they are rounded indeed").isLessThan(0.9999999);
        }
        sameContinuations(golden, kernels, ROUNDED_MARGIN);
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

    private static void sameContinuations(String golden, Kernels kernels, double clear) throws IOException {
        int compared = 0;
        try (Backend backend = open(modelOf(golden), kernels)) {
            for (JsonNode each : TestData.json(golden).path("cases")) {
                try (Backend.Sequence sequence = backend.newSequence()) {
                    int[] next = ids(each.path("ids"));
                    for (JsonNode step : each.path("greedy")) {
                        float[] logits = backend.run(List.of(new Backend.Step(sequence, next, false)))
                                .get(0)[0];
                        if (step.path("margin").asDouble() > clear) {
                            assertThat(highest(logits))
                                    .isEqualTo(step.path("id").asInt());
                            compared++;
                        }
                        next = new int[] {step.path("id").asInt()};
                    }
                }
            }
        }
        assertThat(compared).isPositive();
    }

    private static int highest(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    @ParameterizedTest
    @MethodSource("io.cocoon.engine.cpu.TestKernels#all")
    void the_way_a_prompt_is_cut_changes_no_bit(Kernels kernels) throws IOException {
        for (String model : List.of("tiny-qwen3", "tiny-gemma3", "tiny-llama3", "tiny-qwen2")) {
            cutsChangeNoBit("models/" + model + "/golden/safetensors.json", kernels);
        }
    }

    @ParameterizedTest
    @MethodSource("goldensOfFourBits")
    void the_way_a_prompt_is_cut_changes_no_bit_where_activations_are_rounded(String golden) throws IOException {
        cutsChangeNoBit(golden, Activations.ROUNDED.kernels());
    }

    private static void cutsChangeNoBit(String golden, Kernels kernels) throws IOException {
        int[] ids = new int[0];
        for (JsonNode each : TestData.json(golden).path("cases")) {
            ids = each.path("ids").size() > ids.length ? ids(each.path("ids")) : ids;
        }
        assertThat(ids.length).isGreaterThan(16);
        try (Backend backend = open(modelOf(golden), kernels)) {
            float[][] whole = logits(backend, ids);
            for (int size : new int[] {1, 7, 16}) {
                List<float[]> pieces = new ArrayList<>();
                try (Backend.Sequence sequence = backend.newSequence()) {
                    for (int from = 0; from < ids.length; from += size) {
                        int[] piece = Arrays.copyOfRange(ids, from, Math.min(ids.length, from + size));
                        pieces.addAll(Arrays.asList(backend.run(List.of(new Backend.Step(sequence, piece, true)))
                                .get(0)));
                    }
                }
                assertThat(pieces.toArray(float[][]::new))
                        .as(golden + " in pieces of " + size)
                        .isDeepEqualTo(whole);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("io.cocoon.engine.cpu.TestKernels#all")
    void company_in_a_batch_changes_no_bit(Kernels kernels) throws IOException {
        try (Backend backend = open(folder.resolve("tiny-qwen3"), kernels);
                Backend.Sequence first = backend.newSequence();
                Backend.Sequence second = backend.newSequence()) {
            int[] some = {5, 6, 7, 8};
            int[] others = {300, 2, 9};
            List<float[][]> together =
                    backend.run(List.of(new Backend.Step(first, some, true), new Backend.Step(second, others, true)));

            assertThat(together.get(0)).isDeepEqualTo(logits(backend, some));
            assertThat(together.get(1)).isDeepEqualTo(logits(backend, others));
        }
    }

    @ParameterizedTest
    @MethodSource("io.cocoon.engine.cpu.TestKernels#all")
    void a_truncated_sequence_goes_on_as_if_the_rest_had_never_been(Kernels kernels) throws IOException {
        try (Backend backend = open(folder.resolve("tiny-gemma3"), kernels);
                Backend.Sequence sequence = backend.newSequence()) {
            int[] all = new int[40];
            Arrays.setAll(all, i -> 262 + i);
            backend.run(List.of(new Backend.Step(sequence, all, false)));
            sequence.truncate(5);
            float[][] tail = backend.run(List.of(new Backend.Step(sequence, Arrays.copyOfRange(all, 5, 30), true)))
                    .get(0);

            assertThat(tail).isDeepEqualTo(Arrays.copyOfRange(logits(backend, all), 5, 30));
        }
    }

    @Test
    void a_model_states_its_size_before_it_is_loaded() throws IOException {
        Model model = ModelLoader.open(folder.resolve("tiny-qwen3"));

        // Of its config: 2 · 576 · 64 + 64, and 3 · (64 · (128 + 64 + 64 + 128 + 3 · 160) + 2 · 64 + 2 · 32).
        assertThat(model.weights().parameters()).isEqualTo(240_256);
        assertThat(model.weights().bytes()).isEqualTo(2 * 240_256);
        assertThat(model.weights().mostlyOf()).isEqualTo(WeightType.BF16);
        assertThat(CpuBackend.bytes(model, Activations.EXACT)).isBetween(2 * 239_000L, 2 * 240_256L);
    }
}
