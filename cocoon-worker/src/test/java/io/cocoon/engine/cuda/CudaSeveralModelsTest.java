package io.cocoon.engine.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.engine.BackendChoice;
import io.cocoon.engine.BuiltInEngine;
import io.cocoon.engine.BuiltInEngineBuilder;
import io.cocoon.engine.EngineClient;
import io.cocoon.engine.LoadProgress;
import io.cocoon.engine.serve.Scheduler;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How models share the memory of a device. The stand-in gives each test one of its own, of a size that is known. */
@Tag("cuda")
class CudaSeveralModelsTest {

    private static final long MEBI = 1 << 20;

    private static final CudaSettings SETTINGS = new CudaSettings(32, Long.MAX_VALUE, MEBI, false, true);

    @TempDir
    static Path folder;

    private static CudaDevice device;

    private final List<LoadProgress> told = new ArrayList<>();

    @BeforeAll
    static void open() throws IOException {
        device = Driver.require();
        TestData.copy("models", folder);
    }

    @AfterEach
    void share_the_memory_again() {
        if (!Driver.isReal()) {
            Driver.memory(0);
        }
    }

    private BuiltInEngineBuilder builder() {
        return BuiltInEngine.builder()
                .threads(1)
                .backend(BackendChoice.CUDA)
                .cuda(SETTINGS)
                .progress(told::add);
    }

    private static List<Path> models(String... names) {
        return Stream.of(names).map(folder::resolve).toList();
    }

    private static long free() throws CudaException {
        return Gpu.free(device);
    }

    private static long tokens(BuiltInEngine engine) {
        return engine.currentLoad().orElseThrow().maxTokens();
    }

    private static void checkThatItAnswers(BuiltInEngine engine) throws Exception {
        assertThat(EngineClient.answer(
                        engine,
                        "/v1/completions",
                        "{\"model\":\"tiny\",\"max_tokens\":3,\"temperature\":1,\"prompt\":\"Hello\"}"))
                .contains("usage");
    }

    @Test
    void all_have_room_for_as_many_tokens_and_together_for_all_that_there_is() throws Exception {
        Driver.memory(64 * MEBI);
        List<BuiltInEngine> engines = builder().loadAll(models("tiny-qwen3", "tiny-gemma3", "tiny-llama3"));
        try {
            assertThat(engines)
                    .extracting(each -> each.card().orElseThrow().device())
                    .containsOnly(device.name());
            assertThat(engines)
                    .extracting(each -> each.card().orElseThrow().tokenBytes())
                    .doesNotHaveDuplicates();
            assertThat(engines.stream().map(CudaSeveralModelsTest::tokens).distinct())
                    .singleElement()
                    .satisfies(tokens -> assertThat(tokens).isGreaterThan(1_000));
            // What the settings leave to others, and less than two mebibytes of counting too much.
            assertThat(free()).isBetween(MEBI, 3 * MEBI);
            for (BuiltInEngine each : engines) {
                checkThatItAnswers(each);
            }
        } finally {
            engines.forEach(BuiltInEngine::close);
        }
        assertThat(free()).isEqualTo(64 * MEBI);
    }

    @Test
    void none_has_more_than_the_settings_say() throws Exception {
        Driver.memory(64 * MEBI);
        List<BuiltInEngine> engines =
                builder().cuda(SETTINGS.withCacheTokens(1_600)).loadAll(models("tiny-qwen3", "tiny-gemma3"));
        try {
            assertThat(engines).extracting(CudaSeveralModelsTest::tokens).containsExactly(1_600L, 1_600L);
        } finally {
            engines.forEach(BuiltInEngine::close);
        }
    }

    @Test
    void models_that_do_not_fit_together_are_refused_with_all_numbers_and_none_is_loaded() throws Exception {
        List<Path> models = models("tiny-qwen3", "tiny-gemma3", "tiny-llama3");
        Driver.memory(8 * MEBI);
        builder().load(models.get(1)).close();
        told.clear();

        assertThatThrownBy(() -> builder().loadAll(models).forEach(BuiltInEngine::close))
                .isInstanceOf(CudaException.class)
                .hasMessageStartingWith(device.name() + ": ")
                .hasMessageContaining(" does not fit beside the others. " + models.get(0) + ": weights take ")
                .hasMessageContaining(models.get(1) + ": weights take ")
                .hasMessageContaining(models.get(2) + ": weights take ")
                .hasMessageContaining(
                        " MiB are missing for it: 8 of 1024 MiB are free and 1 of them are left to others");

        assertThat(told).extracting(LoadProgress::stage).containsOnly(LoadProgress.Stage.READING);
        assertThat(free()).isEqualTo(8 * MEBI);
    }

    @Test
    void where_the_processor_may_help_it_computes_those_that_do_not_fit_beside_others() throws Exception {
        Driver.memory(8 * MEBI);
        List<BuiltInEngine> engines =
                builder().backend(BackendChoice.AUTO).loadAll(models("tiny-qwen3", "tiny-gemma3", "tiny-llama3"));
        try {
            assertThat(engines)
                    .extracting(each -> each.card().orElseThrow().device())
                    .contains("processor", device.name());
            assertThat(told)
                    .filteredOn(step -> step.stage() == LoadProgress.Stage.DEVICE)
                    .hasSize(3)
                    .anyMatch(step -> step.toString().startsWith("computing on the processor; " + device.name())
                            && step.toString().contains(" MiB are missing for it"));
            for (BuiltInEngine each : engines) {
                checkThatItAnswers(each);
            }
        } finally {
            engines.forEach(BuiltInEngine::close);
        }
    }

    @Test
    void limits_take_no_more_than_they_need_and_leave_the_rest_to_a_model_that_is_loaded_later() throws Exception {
        Driver.memory(64 * MEBI);
        Scheduler.Limits limits = new Scheduler.Limits(4, 4, 1_600, 32);
        try (BuiltInEngine serving = builder().limits(limits).load(folder.resolve("tiny-qwen3"))) {
            assertThat(tokens(serving)).isEqualTo(1_600);
            assertThat(free()).isGreaterThan(40 * MEBI);
            try (BuiltInEngine next = builder().load(folder.resolve("tiny-gemma3"))) {
                assertThat(tokens(next)).isGreaterThan(1_600);
                checkThatItAnswers(serving);
                checkThatItAnswers(next);
            }
        }
    }

    @Test
    void a_model_that_may_have_few_tokens_leaves_the_rest_to_one_that_is_loaded_later() throws Exception {
        Driver.memory(64 * MEBI);
        try (BuiltInEngine serving = builder().cacheTokens(1_600).load(folder.resolve("tiny-qwen3"))) {
            assertThat(tokens(serving)).isEqualTo(1_600);
            try (BuiltInEngine next = builder().load(folder.resolve("tiny-gemma3"))) {
                assertThat(tokens(next)).isGreaterThan(1_600);
                checkThatItAnswers(next);
            }
        }
    }

    @Test
    void beside_a_model_that_took_all_another_one_is_refused_with_what_is_free_and_the_first_goes_on()
            throws Exception {
        Driver.memory(64 * MEBI);
        try (BuiltInEngine serving = builder().load(folder.resolve("tiny-qwen3"))) {
            assertThatThrownBy(
                            () -> builder().load(folder.resolve("tiny-gemma3")).close())
                    .isInstanceOf(CudaException.class)
                    .hasMessageContaining("tiny-gemma3 does not fit. Its weights take ")
                    .hasMessageContaining(" 1024 MiB are free")
                    .hasMessageContaining("Close other models or load them with lower limits");
            checkThatItAnswers(serving);
        }
        builder().load(folder.resolve("tiny-gemma3")).close();
    }

    @Test
    void limits_that_not_all_can_have_are_refused_before_anything_is_loaded() throws Exception {
        Driver.memory(64 * MEBI);
        long one;
        try (BuiltInEngine alone = builder().load(folder.resolve("tiny-qwen3"))) {
            one = tokens(alone);
        }
        told.clear();
        BuiltInEngineBuilder builder = builder().limits(new Scheduler.Limits(4, 4, one * 2 / 3, 32));

        assertThatThrownBy(() ->
                        builder.loadAll(models("tiny-qwen3", "tiny-qwen3")).forEach(BuiltInEngine::close))
                .isInstanceOf(CudaException.class)
                .hasMessageContaining(" does not fit beside the others. ");
        assertThat(told).extracting(LoadProgress::stage).containsOnly(LoadProgress.Stage.READING);
        builder.load(folder.resolve("tiny-qwen3")).close();
    }
}
