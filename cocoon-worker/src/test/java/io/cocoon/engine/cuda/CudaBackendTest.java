package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelLoader;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the backend promises beyond the right numbers. */
@Tag("cuda")
class CudaBackendTest {

    /** What the stand-in takes as a wish that the n-th launch from now fails. */
    private static final int FAILING_LAUNCH = 0x7001;

    private static final CudaSettings SETTINGS = new CudaSettings(32, 1024, 0, false, true);

    @TempDir
    static Path folder;

    private static CudaDevice device;

    @BeforeAll
    static void open() throws IOException {
        device = Driver.require();
        TestData.copy("models", folder);
    }

    private static Model model(String name) throws IOException {
        return ModelLoader.open(folder.resolve(name));
    }

    private static CudaBackend load(String name, CudaSettings settings) throws IOException {
        return CudaBackend.load(model(name), device, settings, layer -> {});
    }

    private static float[][] logits(Backend backend, int[] ids) {
        try (Backend.Sequence sequence = backend.newSequence()) {
            return backend.run(List.of(new Backend.Step(sequence, ids, true))).get(0);
        }
    }

    private static int[] prompt(int length) {
        return new Random(length).ints(length, 270, 570).toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwen3", "tiny-gemma3", "tiny-llama3", "tiny-qwen2"})
    void the_way_a_prompt_is_cut_changes_no_bit(String name) throws IOException {
        try (Backend backend = load(name, SETTINGS)) {
            int[] ids = prompt(49);
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
                        .as("in pieces of " + size)
                        .isDeepEqualTo(whole);
            }
        }
    }

    @Test
    void company_in_a_batch_changes_no_bit() throws IOException {
        try (Backend backend = load("tiny-qwen3", SETTINGS);
                Backend.Sequence first = backend.newSequence();
                Backend.Sequence second = backend.newSequence();
                Backend.Sequence third = backend.newSequence()) {
            List<float[][]> together = backend.run(List.of(
                    new Backend.Step(first, prompt(4), true),
                    new Backend.Step(second, prompt(41), false),
                    new Backend.Step(third, prompt(3), true)));

            assertThat(together.get(0)).isDeepEqualTo(logits(backend, prompt(4)));
            assertThat(together.get(1)[0]).isEqualTo(logits(backend, prompt(41))[40]);
            assertThat(together.get(2)).isDeepEqualTo(logits(backend, prompt(3)));
        }
    }

    @Test
    void a_long_sequence_is_attended_to_in_pieces_without_changing_a_bit() throws IOException {
        int[] ids = prompt(300);
        try (Backend backend = load("tiny-llama3", SETTINGS);
                Backend.Sequence sequence = backend.newSequence()) {
            // At once: too many tokens for pieces apart from each other. Then the last one alone, in four.
            float[] whole =
                    backend.run(List.of(new Backend.Step(sequence, ids, false))).get(0)[0];
            sequence.truncate(299);
            float[] alone = backend.run(List.of(new Backend.Step(sequence, new int[] {ids[299]}, false)))
                    .get(0)[0];

            assertThat(alone).isEqualTo(whole);
        }
    }

    @Test
    void recorded_launches_give_what_launches_give() throws IOException {
        CudaSettings plain = new CudaSettings(32, 1024, 0, false, false);
        try (Backend recorded = load("tiny-gemma3", SETTINGS);
                Backend launched = load("tiny-gemma3", plain);
                Backend.Sequence one = recorded.newSequence();
                Backend.Sequence other = recorded.newSequence();
                Backend.Sequence reference = launched.newSequence()) {
            recorded.run(List.of(new Backend.Step(other, prompt(20), false)));
            for (Backend.Step start : List.of(
                    new Backend.Step(one, prompt(120), false), new Backend.Step(reference, prompt(120), false))) {
                (start.sequence() == one ? recorded : launched).run(List.of(start));
            }
            // Over the border of a page and of a piece.
            for (int id : prompt(12)) {
                // A second sequence on other pages in between: a recording that kept its first pages would show.
                recorded.run(List.of(new Backend.Step(other, new int[] {id}, false)));
                assertThat(recorded.run(List.of(new Backend.Step(one, new int[] {id}, false)))
                                .get(0))
                        .isDeepEqualTo(launched.run(List.of(new Backend.Step(reference, new int[] {id}, false)))
                                .get(0));
            }
        }
    }

    @Test
    void a_truncated_sequence_goes_on_as_if_the_rest_had_never_been() throws IOException {
        int[] all = prompt(40);
        try (Backend backend = load("tiny-gemma3", SETTINGS);
                Backend.Sequence sequence = backend.newSequence()) {
            backend.run(List.of(new Backend.Step(sequence, all, false)));
            sequence.truncate(5);
            float[][] tail = backend.run(List.of(new Backend.Step(sequence, Arrays.copyOfRange(all, 5, 30), true)))
                    .get(0);

            assertThat(tail).isDeepEqualTo(Arrays.copyOfRange(logits(backend, all), 5, 30));
        }
    }

    @Test
    void what_is_wanted_is_found_on_the_device_and_is_that_of_the_logits() throws IOException {
        try (CudaBackend backend = load("tiny-qwen3", new CudaSettings(32, 2048, 0, false, true))) {
            List<Backend.Step> steps = new ArrayList<>();
            List<float[][]> rows = new ArrayList<>();
            Backend.Wanted[] wanted = Backend.Wanted.values();
            List<Backend.Candidates> refused = new ArrayList<>();
            Backend.Chooser never = new Backend.Chooser() {
                @Override
                public double temperature() {
                    return 0.5;
                }

                @Override
                public boolean isDecided(Backend.Candidates candidates) {
                    refused.add(candidates);
                    return false;
                }
            };
            for (int i = 0; i < 15; i++) {
                int[] ids = prompt(i + 1);
                rows.add(logits(backend, ids));
                steps.add(new Backend.Step(
                        backend.newSequence(),
                        ids,
                        wanted[i % wanted.length],
                        i / wanted.length == 1 ? never : Backend.Chooser.CONTENT));
            }
            // More than are computed at once, of all kinds in each round.
            List<Backend.Result> results = backend.compute(steps, 500);
            for (int i = 0; i < steps.size(); i++) {
                Backend.Result result = results.get(i);
                float[] last = rows.get(i)[i];
                switch (steps.get(i).wanted()) {
                    case NOTHING -> assertThat(result.logits()).isEmpty();
                    case LIKELIEST -> assertThat(result.likeliest()).isEqualTo(Backend.highest(last, 500));
                    case CANDIDATES -> {
                        if (steps.get(i).chooser() == never) {
                            assertThat(result.logits()).isDeepEqualTo(new float[][] {last});
                            assertThat(result.candidates()).isNull();
                            assertThat(refused).singleElement().satisfies(candidates -> {
                                assertThat(candidates.logits()[0])
                                        .isEqualTo(last[candidates.ids()[0]]);
                                assertThat(candidates.powers()).isGreaterThan(1);
                            });
                            continue;
                        }
                        Backend.Candidates found = Objects.requireNonNull(result.candidates());
                        assertThat(found.ids()).hasSize(64).startsWith(Backend.highest(last, 500));
                        assertThat(found.logits()[0]).isEqualTo(last[found.ids()[0]]);
                    }
                    case LAST -> assertThat(result.logits()).isDeepEqualTo(new float[][] {last});
                    case EVERY -> assertThat(result.logits()).isDeepEqualTo(rows.get(i));
                }
                assertThat(result.candidates() != null).isEqualTo(steps.get(i).wanted() == Backend.Wanted.CANDIDATES);
            }
            steps.forEach(step -> step.sequence().close());
            assertThat(backend.pagesInUse()).isZero();
        }
    }

    @Test
    void steps_that_do_not_fit_are_refused_with_numbers_and_change_nothing() throws IOException {
        try (CudaBackend backend = load("tiny-qwen2", new CudaSettings(32, 64, 0, false, true));
                Backend.Sequence first = backend.newSequence();
                Backend.Sequence second = backend.newSequence()) {
            assertThat(backend.cacheTokens()).isEqualTo(64);
            backend.run(List.of(new Backend.Step(first, prompt(33), false)));
            assertThatThrownBy(() -> backend.run(List.of(new Backend.Step(second, prompt(17), false))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("need 2 more pages of 16 tokens, and 1 of 4 are free");
            assertThat(second.length()).isZero();

            first.truncate(0);
            backend.run(List.of(new Backend.Step(second, prompt(64), false)));
            assertThat(second.length()).isEqualTo(64);
        }
    }

    @Test
    void wrong_steps_are_refused() throws IOException {
        try (CudaBackend backend = load("tiny-qwen2", SETTINGS);
                CudaBackend other = load("tiny-qwen2", SETTINGS);
                Backend.Sequence sequence = backend.newSequence();
                Backend.Sequence foreign = other.newSequence()) {
            for (Backend.Step wrong : List.of(
                    new Backend.Step(sequence, new int[] {576}, false),
                    new Backend.Step(sequence, new int[] {-1}, false),
                    new Backend.Step(sequence, new int[0], false),
                    new Backend.Step(sequence, new int[513], false),
                    new Backend.Step(foreign, new int[1], false))) {
                assertThatThrownBy(() -> backend.run(List.of(wrong))).isInstanceOf(IllegalArgumentException.class);
            }
            Backend.Step once = new Backend.Step(sequence, new int[1], false);
            assertThatThrownBy(() -> backend.run(List.of(once, once))).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void a_model_that_does_not_fit_is_refused_before_anything_is_allocated() throws IOException {
        long all = device.bytes();
        assertThatThrownBy(() -> load("tiny-qwen3", new CudaSettings(32, 1024, all - (1 << 20), false, true)))
                .isInstanceOf(CudaException.class)
                .hasMessageContaining("Its weights take 1 MiB")
                .hasMessageContaining("are left to others")
                .hasMessageContaining("lower stepTokens or reserveBytes");
    }

    @ParameterizedTest
    @EnumSource(WeightPrecision.class)
    void a_backend_takes_what_it_planned_and_gives_it_back(WeightPrecision precision) throws IOException {
        assumeFalse(Driver.isReal(), "not run: only the stand-in counts single bytes");
        Model model = model("tiny-gemma3");
        MemoryPlan plan = MemoryPlan.make(model, SETTINGS.withWeights(precision), device, device.bytes());
        try (Gpu gpu = Gpu.open(device)) {
            CudaWeights weights = new CudaWeights(gpu, model, precision, layer -> {});
            assertThat(weights.embedding.rows()).isEqualTo(710);
            assertThat(gpu.allocatedBytes()).isBetween(plan.weights() / 2, plan.weights());
            long before = gpu.allocatedBytes();
            new Workspace(gpu, model.shape(), SETTINGS, plan.pages());
            assertThat(gpu.allocatedBytes() - before).isEqualTo(plan.workspace() + 4L * plan.pages());
        }
    }

    @Test
    void after_an_error_of_a_kernel_all_backends_of_the_device_are_lost_until_all_are_closed() throws IOException {
        Driver.memory(256 << 20);
        try {
            try (CudaBackend company = load("tiny-qwen3", SETTINGS)) {
                try (CudaBackend backend = load("tiny-qwen2", SETTINGS);
                        Backend.Sequence sequence = backend.newSequence()) {
                    assertThat(logits(company, prompt(2))).hasDimensions(2, 576);
                    JCudaDriver.cuCtxSetLimit(FAILING_LAUNCH, 5);
                    Backend.Step step = new Backend.Step(sequence, prompt(20), false);
                    assertThatThrownBy(() -> backend.run(List.of(step)))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("CUDA_ERROR_ILLEGAL_ADDRESS")
                            .hasMessageContaining("load the model again");
                    for (CudaBackend lost : List.of(backend, company)) {
                        assertThat(lost.isUsable()).isFalse();
                        assertThatThrownBy(() -> logits(lost, prompt(2)))
                                .isInstanceOf(IllegalStateException.class)
                                .hasMessageContaining("load the model again");
                    }
                }
                assertThatThrownBy(() -> load("tiny-qwen2", SETTINGS).close())
                        .isInstanceOf(CudaException.class)
                        .hasMessageContaining("close all models that are loaded there");
            }
            try (CudaBackend backend = load("tiny-qwen2", SETTINGS)) {
                assertThat(logits(backend, prompt(2))).hasDimensions(2, 576);
                assertThat(backend.isUsable()).isTrue();
            }
        } finally {
            Driver.memory(0);
        }
    }

    @Test
    void a_device_can_be_measured() throws IOException {
        try (CudaMeasurement measurement = new CudaMeasurement(device)) {
            assertThat(measurement.readBandwidth(1 << 20)).isPositive();
            assertThat(measurement.copyBandwidth(1 << 20)).isPositive();
            assertThat(measurement.launchSeconds()).isPositive();
            assertThat(measurement.recordedLaunchSeconds()).isPositive();
        }
    }

    @Test
    void what_was_found_is_told_in_one_line() {
        assertThat(CudaDevices.find().reason()).startsWith("CUDA: " + device.name());
        assertThat(device.id()).hasSize(32);
    }
}
