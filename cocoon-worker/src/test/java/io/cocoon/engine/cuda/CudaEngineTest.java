package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.engine.BackendChoice;
import io.cocoon.engine.BuiltInEngine;
import io.cocoon.engine.BuiltInEngineBuilder;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.serve.Scheduler;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The engine on a machine with a device. */
@Tag("cuda")
class CudaEngineTest {

    @TempDir
    static Path folder;

    private static CudaDevice device;

    @BeforeAll
    static void open() throws IOException {
        device = Driver.require();
        TestData.copy("models", folder);
    }

    @Test
    void a_device_is_used_where_there_is_one_and_the_choice_is_told() throws IOException {
        List<String> lines = new ArrayList<>();
        try (BuiltInEngine engine = BuiltInEngine.builder()
                .progress(step -> lines.add(step.toString()))
                .load(folder.resolve("tiny-qwen3"))) {
            assertThat(engine.isAvailable()).isTrue();
            assertThat(lines.get(lines.size() - 1)).startsWith("ready on " + device.name() + ": weights ");
        }
    }

    @Test
    void limits_that_do_not_fit_the_device_are_an_error_if_it_is_wanted_and_the_processor_is_tried_if_not() {
        Scheduler.Limits limits = new Scheduler.Limits(4, 4, 1L << 40, 64);
        BuiltInEngineBuilder wanted = BuiltInEngine.builder().limits(limits).backend(BackendChoice.CUDA);
        assertThatThrownBy(() -> wanted.load(folder.resolve("tiny-qwen3")).close())
                .isInstanceOf(CudaException.class)
                .hasMessageContaining(" does not fit. Its weights take ")
                .hasMessageContaining("load them with lower limits");

        List<String> lines = new ArrayList<>();
        BuiltInEngineBuilder any = BuiltInEngine.builder().limits(limits).progress(step -> lines.add(step.toString()));
        assertThatThrownBy(() -> any.load(folder.resolve("tiny-qwen3")).close())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("start Java with -Xmx");
        assertThat(lines)
                .anyMatch(line -> line.startsWith("computing on the processor; " + device.name() + ": ")
                        && line.contains(" does not fit. "));
    }

    @Test
    void the_device_is_used_as_the_builder_was_told() {
        CudaSettings greedy = new CudaSettings(32, 1024, 1L << 50, false, true);
        assertThatThrownBy(() -> BuiltInEngine.builder()
                        .backend(BackendChoice.CUDA)
                        .cuda(greedy.withWeights(WeightPrecision.FOUR_BITS))
                        .load(folder.resolve("tiny-qwen3"))
                        .close())
                .isInstanceOf(CudaException.class)
                .hasMessageContaining("a step of 32 tokens")
                .hasMessageContaining(((1L << 50) >> 20) + " of them are left to others");
    }
}
