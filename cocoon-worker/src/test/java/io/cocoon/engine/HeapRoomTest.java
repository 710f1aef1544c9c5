package io.cocoon.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.serve.Scheduler;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The heap is promised once. */
@Timeout(120)
class HeapRoomTest {

    private static final long MEBI = 1 << 20;

    @TempDir
    static Path folder;

    private final AtomicLong live = new AtomicLong();
    private final AtomicLong garbage = new AtomicLong();
    private final HeapRoom room = new HeapRoom(1_000 * MEBI, () -> live.get() + garbage.get(), () -> garbage.set(0));

    @BeforeAll
    static void copy() throws IOException {
        TestData.copy("models", folder);
    }

    @Test
    void should_not_promise_again_what_another_engine_has_not_allocated_yet() throws Exception {
        live.set(100 * MEBI);
        HeapRoom.Share first = room.take("models/first", 200 * MEBI, 300 * MEBI);
        assertThat(first.grow(500 * MEBI, 1)).isEqualTo(500 * MEBI);
        live.set(300 * MEBI);

        assertThatThrownBy(() -> room.take("models/second", 90 * MEBI, 150 * MEBI))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage("models/second: the weights take 90 MiB of heap, answers at least 60 MiB more, and 100 MiB"
                        + " are left of 1000 (800 are promised to models/first); start Java with -Xmx1050m or more, or"
                        + " load the others with lower limits");

        first.close();
        live.set(100 * MEBI);
        assertThat(room.take("models/second", 90 * MEBI, 150 * MEBI).bytes()).isEqualTo(150 * MEBI);
    }

    @Test
    void should_give_what_garbage_takes() throws Exception {
        live.set(100 * MEBI);
        garbage.set(800 * MEBI);
        room.take("first", 1, 400 * MEBI);

        live.set(500 * MEBI);
        garbage.set(450 * MEBI);
        assertThat(room.take("second", 1, 500 * MEBI).bytes()).isEqualTo(500 * MEBI);
    }

    @Test
    void should_leave_to_the_rest_of_the_program_what_it_uses() throws Exception {
        live.set(100 * MEBI);
        HeapRoom.Share first = room.take("first", 1, 300 * MEBI);

        // More than the engine may have taken is of somebody else.
        live.set(800 * MEBI);
        assertThat(first.grow(400 * MEBI, 1)).isEqualTo(200 * MEBI);

        live.set(700 * MEBI);
        first.close();
        assertThatThrownBy(() -> room.take("second", 1, 400 * MEBI)).hasMessageContaining("300 MiB are left of 1000;");
    }

    @Test
    void should_divide_what_is_left() throws Exception {
        HeapRoom.Share one = room.take("one", 1, 100 * MEBI);
        HeapRoom.Share two = room.take("two", 1, 300 * MEBI);

        assertThat(one.grow(Long.MAX_VALUE / 8, 2)).isEqualTo(300 * MEBI);
        assertThat(two.grow(Long.MAX_VALUE / 8, 1)).isEqualTo(300 * MEBI);
        assertThat(two.grow(1, 1)).isZero();
    }

    @Test
    void should_refuse_a_part_of_nothing() {
        assertThatThrownBy(() -> HeapRoom.of(0)).isInstanceOf(IllegalArgumentException.class);
    }

    // Engines.

    private static BuiltInEngineBuilder onProcessor(HeapRoom heap) {
        return BuiltInEngine.builder().threads(1).backend(BackendChoice.CPU).heap(heap);
    }

    @Test
    void should_refuse_an_engine_what_another_one_has_until_that_is_closed() throws Exception {
        HeapRoom heap = HeapRoom.of(100 * MEBI);
        Path qwen = folder.resolve("tiny-qwen3");
        Path llama = folder.resolve("tiny-llama3");
        try (BuiltInEngine first = onProcessor(heap).load(qwen)) {
            assertThat(first.currentLoad().orElseThrow().maxTokens()).isGreaterThan(512);
            assertThatThrownBy(() -> onProcessor(heap).load(llama).close())
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageStartingWith(llama + ": the weights take ")
                    .hasMessageContaining(" MiB are left of 100 (")
                    .hasMessageContaining(" are promised to " + qwen + ")");
        }
        onProcessor(heap).load(llama).close();
    }

    @Test
    void should_take_the_limits_that_are_asked_for_and_no_less() throws Exception {
        HeapRoom heap = HeapRoom.of(100 * MEBI);
        Path model = folder.resolve("tiny-qwen3");

        // 1,536 bytes a token.
        assertThatThrownBy(() -> onProcessor(heap)
                        .limits(new Scheduler.Limits(1, 1, 40_000, 16))
                        .load(model)
                        .close())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("answers at least 122 MiB more");
        try (BuiltInEngine engine =
                onProcessor(heap).limits(new Scheduler.Limits(1, 1, 20_000, 16)).load(model)) {
            assertThat(engine.currentLoad().orElseThrow().maxTokens()).isEqualTo(20_000);
        }
    }

    @Test
    void should_leave_room_for_a_later_model_if_told_how_much_the_first_may_have() throws Exception {
        HeapRoom heap = HeapRoom.of(200 * MEBI);
        Path model = folder.resolve("tiny-qwen3");

        try (BuiltInEngine all = onProcessor(heap).load(model)) {
            assertThat(all.currentLoad().orElseThrow().maxTokens()).isGreaterThan(60_000);
        }
        try (BuiltInEngine first = onProcessor(heap).cacheTokens(2_000).load(model);
                BuiltInEngine second = onProcessor(heap).load(model)) {
            assertThat(first.currentLoad().orElseThrow().maxTokens()).isEqualTo(2_000);
            assertThat(second.currentLoad().orElseThrow().maxTokens()).isGreaterThan(30_000);
        }
        assertThatThrownBy(() -> onProcessor(heap).cacheTokens(0)).hasMessageContaining("got 0");
    }

    @Test
    void should_load_several_models_into_one_heap_with_about_equal_room_for_answers() throws Exception {
        HeapRoom heap = HeapRoom.of(200 * MEBI);

        List<BuiltInEngine> engines =
                onProcessor(heap).loadAll(List.of(folder.resolve("tiny-qwen3"), folder.resolve("tiny-gemma3")));

        try {
            assertThat(engines)
                    .extracting(each -> each.card().orElseThrow().name())
                    .containsExactly("tiny-qwen3", "tiny-gemma3");
            long[] caches = engines.stream()
                    .mapToLong(each -> each.currentLoad().orElseThrow().maxTokens()
                            * each.card().orElseThrow().tokenBytes())
                    .toArray();
            assertThat(caches[0] / (double) caches[1]).isBetween(0.9, 1.1);
            assertThat(caches[0] + caches[1]).isBetween(60 * MEBI, 72 * MEBI);
            for (BuiltInEngine each : engines) {
                assertThat(EngineClient.answer(
                                each,
                                "/v1/completions",
                                "{\"model\":\"tiny\",\"max_tokens\":3,\"temperature\":0,\"prompt\":\"Hello\"}"))
                        .contains("usage");
            }
        } finally {
            engines.forEach(BuiltInEngine::close);
        }
    }

    @Test
    void should_load_none_when_not_all_fit_and_keep_nothing() throws Exception {
        HeapRoom heap = HeapRoom.of(120 * MEBI);
        List<LoadProgress> told = new ArrayList<>();
        Path one = folder.resolve("tiny-qwen3");
        Path two = folder.resolve("tiny-gemma3");

        assertThatThrownBy(() -> onProcessor(heap).progress(told::add).loadAll(List.of(one, two)))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith(two.toString())
                .hasMessageContaining("are promised to " + one);

        assertThat(told)
                .extracting(LoadProgress::stage)
                .containsOnly(LoadProgress.Stage.READING, LoadProgress.Stage.DEVICE);
        assertThat(told).extracting(LoadProgress::model).containsExactly(one, two, one, two);
        onProcessor(heap).load(two).close();
    }
}
