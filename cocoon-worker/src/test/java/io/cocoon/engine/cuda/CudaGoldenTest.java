package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelLoader;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every golden model through the whole backend, at the tolerances that are stated with the golden files. */
@Tag("cuda")
class CudaGoldenTest {

    private static final float EXACT = 2e-3f;
    private static final double EXACT_MARGIN = 5e-3;
    private static final double COSINE = 0.9995;
    private static final double ROUNDED_MARGIN = 0.15;

    /** Of the length of the difference to that of the logits. */
    private static final double EIGHT_BITS_ERROR = 0.045;

    private static final double FOUR_BITS_ERROR = 0.42;

    @TempDir
    static Path folder;

    private static CudaDevice device;

    @BeforeAll
    static void open() throws IOException {
        device = Driver.require();
        TestData.copy("models", folder);
    }

    static Stream<String> goldens() {
        return TestData.list("models", ".json").stream()
                .filter(name -> name.matches(".*/golden/(safetensors|gguf-.*)\\.json"));
    }

    private static Model modelOf(String golden) throws IOException {
        String model = golden.split("/")[1];
        String file = golden.substring(golden.lastIndexOf('/') + 1).replace(".json", "");
        return ModelLoader.open(
                file.equals("safetensors")
                        ? folder.resolve(model)
                        : folder.resolve(model).resolve(model + "." + file.substring("gguf-".length()) + ".gguf"));
    }

    private static int[] ids(JsonNode ids) {
        int[] all = new int[ids.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = ids.get(i).asInt();
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("goldens")
    void an_exact_cache_gives_the_golden_logits_and_continuations(String golden) throws IOException {
        check(golden, true);
    }

    static Stream<String> safetensors() {
        return goldens().filter(name -> name.endsWith("safetensors.json"));
    }

    @ParameterizedTest
    @MethodSource("safetensors")
    void a_rounded_cache_stays_within_the_tolerance_of_rounded_activations(String golden) throws IOException {
        check(golden, false);
    }

    /** docs/gpu.md has the figures; here they have a little to spare. */
    @ParameterizedTest
    @MethodSource("safetensors")
    void weights_made_smaller_on_loading_change_logits_by_no_more_than_was_measured(String golden) throws IOException {
        Model model = modelOf(golden);
        JsonNode first = TestData.json(golden).path("cases").get(0);
        for (WeightPrecision precision : List.of(WeightPrecision.EIGHT_BITS, WeightPrecision.FOUR_BITS)) {
            CudaSettings settings = new CudaSettings(64, 2048, 0, true, true).withWeights(precision);
            float[][] logits;
            try (Backend backend = CudaBackend.load(model, device, settings, layer -> {});
                    Backend.Sequence sequence = backend.newSequence()) {
                logits = backend.run(List.of(new Backend.Step(sequence, ids(first.path("ids")), true)))
                        .get(0);
            }
            ByteBuffer wanted = logits(golden, first);
            double squares = 0;
            double errors = 0;
            for (float[] row : logits) {
                for (float logit : row) {
                    double other = wanted.getFloat();
                    squares += other * other;
                    errors += (logit - other) * (logit - other);
                }
            }
            assertThat(Math.sqrt(errors / squares))
                    .as("%s with %s", golden, precision)
                    .isLessThan(precision == WeightPrecision.EIGHT_BITS ? EIGHT_BITS_ERROR : FOUR_BITS_ERROR);
        }
    }

    private static ByteBuffer logits(String golden, JsonNode each) {
        return ByteBuffer.wrap(TestData.bytes(
                        golden.replaceAll("[^/]*$", "") + each.path("logits").asText()))
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void check(String golden, boolean exactCache) throws IOException {
        Model model = modelOf(golden);
        boolean exact = exactCache && CudaBackend.keepsWeights(model);
        CudaSettings settings = new CudaSettings(64, 2048, 0, exactCache, true);
        try (Backend backend = CudaBackend.load(model, device, settings, layer -> {})) {
            for (JsonNode each : TestData.json(golden).path("cases")) {
                float[][] logits;
                try (Backend.Sequence sequence = backend.newSequence()) {
                    logits = backend.run(List.of(new Backend.Step(sequence, ids(each.path("ids")), true)))
                            .get(0);
                }
                ByteBuffer wanted = logits(golden, each);
                for (float[] row : logits) {
                    compare(golden, row, wanted, exact);
                }
                assertThat(wanted.hasRemaining()).isFalse();
                continuation(backend, each, exact ? EXACT_MARGIN : ROUNDED_MARGIN);
                if (!exactCache) {
                    // The other continuations say nothing new, and take a while on the stand-in.
                    break;
                }
            }
        }
    }

    private static void compare(String golden, float[] row, ByteBuffer wanted, boolean exact) {
        double product = 0;
        double ours = 0;
        double theirs = 0;
        double worst = 0;
        for (float logit : row) {
            float other = wanted.getFloat();
            product += (double) logit * other;
            ours += (double) logit * logit;
            theirs += (double) other * other;
            worst = Math.max(worst, Math.abs(logit - other));
        }
        // A NaN must fail too, so neither is written as its opposite.
        assertThat(product / Math.sqrt(ours * theirs)).as(golden).isGreaterThanOrEqualTo(COSINE);
        if (exact) {
            assertThat(worst).as(golden).isLessThanOrEqualTo(EXACT);
        }
    }

    private static void continuation(Backend backend, JsonNode golden, double margin) {
        int compared = 0;
        try (Backend.Sequence sequence = backend.newSequence()) {
            int[] next = ids(golden.path("ids"));
            for (JsonNode step : golden.path("greedy")) {
                float[] logits = backend.run(List.of(new Backend.Step(sequence, next, false)))
                        .get(0)[0];
                if (step.path("margin").asDouble() > margin) {
                    assertThat(highest(logits)).isEqualTo(step.path("id").asInt());
                    compared++;
                }
                next = new int[] {step.path("id").asInt()};
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
}
