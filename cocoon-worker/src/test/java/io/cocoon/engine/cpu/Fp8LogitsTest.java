package io.cocoon.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Fp8Form;
import io.cocoon.engine.model.Model;
import io.cocoon.engine.model.ModelLoader;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A whole model with FP8 weights computes what the same numbers as F32 do. */
class Fp8LogitsTest {

    private static final int[] PROMPT = new Random(6).ints(21, 270, 570).toArray();

    @TempDir
    static Path folder;

    @TempDir
    Path scratch;

    @BeforeAll
    static void copy() {
        TestData.copy("models", folder);
    }

    private static float[][] logits(Model model, Kernels kernels, int piece) {
        try (Backend backend = CpuBackend.load(model, kernels, 1, Runnable::run, layer -> {});
                Backend.Sequence sequence = backend.newSequence()) {
            float[][] all = new float[PROMPT.length][];
            for (int from = 0; from < PROMPT.length; from += piece) {
                int[] ids = Arrays.copyOfRange(PROMPT, from, Math.min(PROMPT.length, from + piece));
                float[][] some = backend.run(List.of(new Backend.Step(sequence, ids, true)))
                        .get(0);
                System.arraycopy(some, 0, all, from, some.length);
            }
            return all;
        }
    }

    @ParameterizedTest
    @EnumSource(Fp8Form.class)
    void should_compute_with_plain_loops_what_the_same_numbers_as_floats_do_bit_for_bit(Fp8Form form)
            throws IOException {
        for (String name : List.of("tiny-qwen3", "tiny-gemma3")) {
            form.write(folder.resolve(name), scratch.resolve(name), scratch.resolve(name + "-widened"));
            Kernels plain = new PlainKernels();

            float[][] found = logits(ModelLoader.open(scratch.resolve(name)), plain, 21);

            assertThat(found).isDeepEqualTo(logits(ModelLoader.open(scratch.resolve(name + "-widened")), plain, 21));
        }
    }

    @ParameterizedTest
    @EnumSource(Fp8Form.class)
    void should_compute_with_the_fastest_loops_what_plain_ones_do(Fp8Form form) throws IOException {
        for (String name : List.of("tiny-qwen3", "tiny-gemma3")) {
            form.write(folder.resolve(name), scratch.resolve(name), scratch.resolve(name + "-widened"));
            Model model = ModelLoader.open(scratch.resolve(name));
            float[][] wanted = logits(model, new PlainKernels(), 21);

            float[][] found = logits(model, KernelChoice.fastest(), 21);

            for (int i = 0; i < wanted.length; i++) {
                assertThat(found[i]).containsExactly(wanted[i], Offset.offset(2e-4f));
            }
            assertThat(logits(model, KernelChoice.fastest(), 1))
                    .as("token by token")
                    .isDeepEqualTo(found);
        }
    }
}
