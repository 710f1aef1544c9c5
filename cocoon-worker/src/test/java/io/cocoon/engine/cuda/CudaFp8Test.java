package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.cocoon.engine.cpu.Activations;
import io.cocoon.engine.cpu.CpuBackend;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Fp8Form;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelLoader;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole models with FP8 weights on the device. */
@Tag("cuda")
class CudaFp8Test {

    private static final CudaSettings EXACT = new CudaSettings(64, 2048, 0, true, true);
    /** As for the golden files: activations are multiplied with 16 bits. */
    private static final float TOLERANCE = 2e-3f;

    private static final int[] PROMPT = new Random(6).ints(40, 270, 570).toArray();

    @TempDir
    static Path folder;

    @TempDir
    Path scratch;

    private static CudaDevice device;

    @BeforeAll
    static void open() throws IOException {
        device = Driver.require();
        TestData.copy("models", folder);
    }

    private static float[][] logits(Backend opened) {
        try (Backend backend = opened;
                Backend.Sequence sequence = backend.newSequence()) {
            return backend.run(List.of(new Backend.Step(sequence, PROMPT, true)))
                    .get(0);
        }
    }

    @ParameterizedTest
    @EnumSource(Fp8Form.class)
    void should_compute_what_the_processor_does_with_the_same_numbers_as_floats(Fp8Form form) throws IOException {
        for (String name : List.of("tiny-qwen3", "tiny-gemma3")) {
            Path widened = scratch.resolve(name + "-widened");
            form.write(folder.resolve(name), scratch.resolve(name), widened);
            Model model = ModelLoader.open(scratch.resolve(name));
            assertThat(CudaBackend.keepsWeights(model)).isTrue();

            float[][] found = logits(CudaBackend.load(model, device, EXACT, layer -> {}));

            float[][] wanted = logits(
                    CpuBackend.load(ModelLoader.open(widened), Activations.EXACT, 1, Runnable::run, layer -> {}));
            for (int i = 0; i < wanted.length; i++) {
                assertThat(found[i]).as(name).containsExactly(wanted[i], Offset.offset(TOLERANCE));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Fp8Form.class)
    void should_take_what_was_planned(Fp8Form form) throws IOException {
        assumeFalse(Driver.isReal(), "not run: only the stand-in counts single bytes");
        form.write(folder.resolve("tiny-qwen3"), scratch.resolve("fp8"), scratch.resolve("widened"));
        Model model = ModelLoader.open(scratch.resolve("fp8"));
        MemoryPlan plan = MemoryPlan.make(model, EXACT, device, device.bytes());
        Model wide = ModelLoader.open(scratch.resolve("widened"));

        try (Gpu gpu = Gpu.open(device)) {
            CudaWeights weights = new CudaWeights(gpu, model, WeightPrecision.STORED, layer -> {});
            DeviceMatrix down = weights.layer(0).down();

            assertThat(down.format()).isEqualTo(WeightFormat.FP8);
            assertThat(down.values().bytes()).isEqualTo(64 * 160);
            assertThat(down.scales().bytes()).isEqualTo(64 * 2 * 4);
            assertThat(gpu.allocatedBytes()).isBetween(plan.weights() / 2, plan.weights());
            assertThat(plan.weights())
                    .isLessThan(
                            MemoryPlan.make(wide, EXACT, device, device.bytes()).weights());
        }
    }

    @Test
    void should_give_the_device_back_if_a_weight_is_no_number() throws IOException {
        Fp8Form.MATRIX.writeDamaged(folder.resolve("tiny-qwen3"), scratch.resolve("damaged"));
        Model model = ModelLoader.open(scratch.resolve("damaged"));

        assertThatThrownBy(() -> CudaBackend.load(model, device, EXACT, layer -> {}))
                .isInstanceOf(UncheckedIOException.class)
                .cause()
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("down_proj.weight: the weight [0, 3] is 0x7f");
        try (Gpu gpu = Gpu.open(device)) {
            assertThat(gpu.allocatedBytes()).isZero();
        }
    }
}
