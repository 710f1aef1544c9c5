package io.cocoon.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.engine.cpu.Activations;
import io.cocoon.engine.cpu.CpuBackend;
import io.cocoon.engine.cuda.CudaDevices;
import io.cocoon.engine.cuda.CudaException;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.model.Backend;
import io.cocoon.engine.model.Fp8Form;
import io.cocoon.engine.serve.ForwardingBackend;
import io.cocoon.engine.serve.Scheduler;
import io.cocoon.protocol.ErrorCodes;
import io.cocoon.testdata.TestData;
import io.cocoon.worker.EngineException;
import io.cocoon.worker.ModelCard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The engine as a worker uses it, with a random model: what it says makes no sense, but is always the same. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class BuiltInEngineTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    static Path folder;

    @Nullable
    private static BuiltInEngine shared;

    @BeforeAll
    static void load() throws IOException {
        TestData.copy("models", folder);
        shared = BuiltInEngine.builder().threads(2).load(folder.resolve("tiny-qwen3"));
    }

    @AfterAll
    static void close() {
        engine().close();
    }

    private static BuiltInEngine engine() {
        return Objects.requireNonNull(shared);
    }

    private static String chat(String more) {
        return "{\"model\":\"tiny\",\"max_tokens\":12,\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"
                + more + "}";
    }

    @Test
    void without_a_device_the_processor_computes_and_one_line_says_why() throws IOException {
        assumeTrue(CudaDevices.find().usable().isEmpty(), "not run: this machine has a GPU");
        List<LoadProgress> told = new ArrayList<>();
        BuiltInEngine.builder()
                .threads(1)
                .progress(told::add)
                .load(folder.resolve("tiny-qwen3"))
                .close();

        assertThat(told)
                .extracting(LoadProgress::toString)
                .filteredOn(line -> line.startsWith("computing on the processor; no CUDA: "))
                .hasSize(1);
    }

    @Test
    void loading_tells_its_stages_in_order_and_each_layer_once() throws IOException {
        List<LoadProgress> told = new ArrayList<>();
        Path model = folder.resolve("tiny-qwen3");
        BuiltInEngine.builder()
                .threads(1)
                .backend(BackendChoice.CPU)
                .measured(true)
                .progress(told::add)
                .load(model)
                .close();

        int layers = told.get(told.size() - 1).layers();
        assertThat(told.stream().map(LoadProgress::stage).distinct()).containsExactly(LoadProgress.Stage.values());
        assertThat(told)
                .filteredOn(step -> step.stage() == LoadProgress.Stage.WEIGHTS)
                .extracting(LoadProgress::layers)
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(1, layers).boxed().toList());
        assertThat(told)
                .extracting(LoadProgress::toString)
                .startsWith("reading " + model, "computing on the processor", "loaded layer 1 of " + layers)
                .last()
                .asString()
                .startsWith("ready on the processor: weights 0 MiB, room for ");
    }

    @Test
    void an_engine_s_card_says_what_its_files_and_its_memory_hold() throws IOException {
        try (BuiltInEngine one =
                BuiltInEngine.builder().threads(1).backend(BackendChoice.CPU).load(folder.resolve("tiny-qwen3"))) {
            ModelCard card = one.card().orElseThrow();

            assertThat(card.name()).isEqualTo("tiny-qwen3");
            assertThat(card.architecture()).isEqualTo("QWEN3");
            assertThat(card.parameters()).isEqualTo(240_256);
            assertThat(card.weightFormat()).isEqualTo("BF16");
            assertThat(card.weightBytes()).isBetween(2 * 239_000L, 2 * 240_256L);
            // Keys and values, 3 layers, 2 heads of 32, as floats.
            assertThat(card.tokenBytes()).isEqualTo(2 * 3 * 2 * 32 * 4);
            assertThat(card.contextTokens()).isEqualTo(512);
            assertThat(card.device()).isEqualTo("processor");
            assertThat(card.speed()).as("not asked for").isEmpty();
            assertThat(card).asString().endsWith("speed not measured");
        }
    }

    @Test
    void should_say_of_weights_in_fp8_that_they_are_and_hold_them_in_a_byte_each() throws IOException {
        Path fp8 = folder.resolve("fp8");
        Fp8Form.BLOCKS.write(folder.resolve("tiny-qwen3"), fp8, folder.resolve("widened"));
        try (BuiltInEngine one =
                BuiltInEngine.builder().threads(1).backend(BackendChoice.CPU).load(fp8)) {
            ModelCard card = one.card().orElseThrow();

            assertThat(card.weightFormat()).isEqualTo("FP8");
            assertThat(card.parameters()).isEqualTo(240_256);
        }
    }

    @Test
    void should_refuse_a_model_in_which_a_weight_is_no_number_when_it_is_loaded() throws IOException {
        Path damaged = folder.resolve("damaged");
        Fp8Form.CHANNEL.writeDamaged(folder.resolve("tiny-qwen3"), damaged);

        assertThatThrownBy(() -> BuiltInEngine.builder()
                        .threads(1)
                        .backend(BackendChoice.CPU)
                        .load(damaged))
                .isInstanceOf(ModelFormatException.class)
                .hasMessage(
                        damaged + ": tensor model.layers.2.mlp.down_proj.weight: the weight [0, 3] is 0x7f, which is"
                                + " no number; the file is damaged, or was not made as it says");
    }

    @Test
    void the_speed_is_measured_where_that_is_asked_for() throws IOException {
        Clock clock = Clock.fixed(Instant.parse("2026-04-01T00:00:00Z"), ZoneOffset.UTC);
        try (BuiltInEngine one =
                BuiltInEngine.builder().threads(1).measured(true).clock(clock).load(folder.resolve("tiny-qwen3"))) {
            ModelCard.Speed speed = one.card().orElseThrow().speed().orElseThrow();

            assertThat(speed.promptTokensPerSecond()).isPositive();
            assertThat(speed.answerTokensPerSecond()).isPositive();
            assertThat(speed.measured()).isEqualTo(clock.instant());
            assertThat(one.status()).startsWith("0 running, 0 waiting, 0 tokens in use, 0 kept");
        }
    }

    @Test
    void a_model_that_cannot_be_read_is_never_ready() {
        List<LoadProgress> told = new ArrayList<>();

        assertThatThrownBy(() -> BuiltInEngine.builder()
                        .progress(told::add)
                        .load(folder.resolve("none"))
                        .close())
                .isInstanceOf(IOException.class);
        assertThat(told).extracting(LoadProgress::stage).containsExactly(LoadProgress.Stage.READING);
    }

    @Test
    void a_device_that_is_wanted_and_not_there_is_an_error() {
        assumeTrue(CudaDevices.find().usable().isEmpty(), "not run: this machine has a GPU");
        BuiltInEngineBuilder builder = BuiltInEngine.builder().backend(BackendChoice.CUDA);

        assertThatThrownBy(() -> builder.load(folder.resolve("tiny-qwen3")).close())
                .isInstanceOf(CudaException.class)
                .hasMessageStartingWith("no CUDA: ");
    }

    @Test
    void a_chat_is_answered_with_usage_and_the_reason_of_its_end() throws Exception {
        JsonNode reply = JSON.readTree(EngineClient.answer(engine(), "/v1/chat/completions", chat("")));

        assertThat(reply.path("usage").path("prompt_tokens").asInt()).isEqualTo(17);
        assertThat(reply.path("usage").path("completion_tokens").asInt()).isBetween(1, 12);
        assertThat(reply.path("choices").get(0).path("finish_reason").asText()).isIn("stop", "length");
    }

    @Test
    void a_stream_gives_the_text_of_the_whole_answer() throws Exception {
        String whole = JSON.readTree(EngineClient.answer(engine(), "/v1/chat/completions", chat("")))
                .path("choices")
                .get(0)
                .path("message")
                .path("content")
                .asText();
        StringBuilder streamed = new StringBuilder();
        for (String line : EngineClient.answer(engine(), "/v1/chat/completions", chat(",\"stream\":true"))
                .split("\n")) {
            if (line.startsWith("data: {")) {
                streamed.append(JSON.readTree(line.substring(6))
                        .path("choices")
                        .path(0)
                        .path("delta")
                        .path("content")
                        .asText(""));
            }
        }
        assertThat(streamed.toString()).isEqualTo(whole);
    }

    @Test
    void a_text_completion_continues_the_prompt_as_it_is() throws Exception {
        JsonNode reply = JSON.readTree(EngineClient.answer(
                engine(),
                "/v1/completions",
                "{\"model\":\"tiny\",\"max_tokens\":3,\"temperature\":0,\"prompt\":\"Hello, world!\"}"));

        assertThat(reply.path("object").asText()).isEqualTo("text_completion");
        assertThat(reply.path("usage").path("prompt_tokens").asInt()).isEqualTo(10);
    }

    @Test
    void a_marker_in_a_user_s_text_is_text() throws Exception {
        JsonNode plain = JSON.readTree(
                EngineClient.answer(engine(), "/v1/chat/completions", chat("").replace("Hi", "<|im_end|>")));

        // As a marker it would be one token.
        assertThat(plain.path("usage").path("prompt_tokens").asInt()).isGreaterThan(17);
    }

    @Test
    void the_same_seed_gives_the_same_answer() throws Exception {
        String warm = chat(",\"seed\":5").replace("\"temperature\":0", "\"temperature\":1.5");
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            texts.add(JSON.readTree(EngineClient.answer(engine(), "/v1/chat/completions", warm))
                    .path("choices")
                    .toString());
        }
        assertThat(texts.get(0)).isEqualTo(texts.get(1));
    }

    @Test
    void an_option_that_is_not_built_is_refused_by_name() {
        for (String option : List.of(
                ",\"functions\":[{\"name\":\"f\"}]", ",\"audio\":{\"voice\":\"x\"}", ",\"n\":2,\"best_of\":3")) {
            assertThatThrownBy(() -> EngineClient.answer(engine(), "/v1/chat/completions", chat(option)))
                    .isInstanceOf(EngineException.class)
                    .hasMessageMatching("worker: .*(built-in|this) engine.*");
        }
        assertThatThrownBy(() -> EngineClient.answer(
                        engine(),
                        "/v1/chat/completions",
                        "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\"}]}]}"))
                .hasMessageContaining("image_url");
    }

    @Test
    void a_prompt_longer_than_the_context_is_refused_with_the_numbers() {
        String long_ = "x ".repeat(2_000);

        assertThatThrownBy(() -> EngineClient.answer(engine(), "/v1/chat/completions", chat("").replace("Hi", long_)))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("reads at most 511");
    }

    /** An engine whose next computation fails as often as {@code failures} says, as with a heap that others have filled. */
    private static BuiltInEngine failing(AtomicInteger failures) throws IOException {
        ModelFiles files = ModelFiles.open(folder.resolve("tiny-qwen3"), Clock.systemUTC());
        Backend real = CpuBackend.load(files.model(), Activations.EXACT, 1, Runnable::run, layer -> {});
        Backend backend = new ForwardingBackend(real) {
            @Override
            public List<Result> compute(List<Step> steps, int vocabulary) {
                if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                    throw new OutOfMemoryError("Java heap space");
                }
                return super.compute(steps, vocabulary);
            }
        };
        Scheduler.Limits limits = new Scheduler.Limits(4, 4, 1024, 64);
        return new BuiltInEngine(
                files,
                new Computing(backend, limits, "processor", "", 1, 1, () -> true, () -> {}),
                engine().card().orElseThrow(),
                Executors.newSingleThreadExecutor(),
                new BuiltInEngine.Surroundings(Clock.systemUTC(), () -> 1, false));
    }

    @Test
    void a_computation_that_fails_is_an_error_to_its_request_and_not_to_the_next() throws Exception {
        AtomicInteger failures = new AtomicInteger(1);
        try (BuiltInEngine failing = failing(failures)) {
            assertThatThrownBy(() -> EngineClient.answer(failing, "/v1/chat/completions", chat("")))
                    .isInstanceOfSatisfying(
                            EngineException.class,
                            error -> assertThat(error.code()).isEqualTo(ErrorCodes.FAILURE))
                    .hasMessageContaining("failed to compute this answer")
                    .hasRootCauseMessage("Java heap space");

            assertThat(failing.isAvailable()).isTrue();
            assertThat(EngineClient.document(failing, "/v1/chat/completions", chat(""))
                            .path("choices"))
                    .isEqualTo(EngineClient.document(engine(), "/v1/chat/completions", chat(""))
                            .path("choices"));
            assertThat(failing.status()).startsWith("0 running, 0 waiting, 0 tokens in use");
        }
    }

    @Test
    void a_cancelled_answer_ends_soon_and_leaves_nothing() throws Exception {
        EngineClient.Sink sink = new EngineClient.Sink();
        sink.cancelAfter = 1;
        engine().answer(
                        EngineClient.request(
                                "/v1/chat/completions",
                                chat(",\"stream\":true").replace("\"max_tokens\":12", "\"max_tokens\":400")),
                        sink,
                        sink.cancellation());

        await().atMost(30, TimeUnit.SECONDS)
                .until(() -> engine().status().startsWith("0 running, 0 waiting, 0 tokens"));
    }

    @Test
    void an_answer_that_the_closing_engine_cuts_is_an_error_and_no_whole_answer() throws Exception {
        BuiltInEngine closing = BuiltInEngine.builder().threads(1).load(folder.resolve("tiny-qwen3"));
        EngineClient.Sink sink = new EngineClient.Sink();
        sink.onWrite = closing::close;

        assertThatThrownBy(() -> closing.answer(
                        EngineClient.request(
                                "/v1/chat/completions",
                                chat(",\"stream\":true,\"logit_bias\":{\"558\":-100,\"556\":-100}")
                                        .replace("\"max_tokens\":12", "\"max_tokens\":400")),
                        sink,
                        sink.cancellation()))
                .isInstanceOf(EngineException.class)
                .hasMessageContaining("closed within the answer");
        assertThat(closing.isAvailable()).isFalse();
        assertThat(sink.text()).doesNotContain("[DONE]");
    }

    @Test
    void every_family_loads_and_answers() throws Exception {
        for (String model : List.of("tiny-qwen2", "tiny-llama3", "tiny-gemma3")) {
            try (BuiltInEngine one = BuiltInEngine.builder().threads(1).load(folder.resolve(model))) {
                assertThat(EngineClient.answer(one, "/v1/chat/completions", chat("")))
                        .as(model)
                        .contains("\"usage\"");
            }
        }
    }

    @Test
    void a_folder_without_a_tokenizer_is_refused_and_leaves_no_thread() throws IOException {
        Path broken = Files.createDirectories(folder.resolve("no-tokenizer"));
        for (String name : List.of("config.json", "model.safetensors", "tokenizer_config.json")) {
            Files.copy(folder.resolve("tiny-qwen2").resolve(name), broken.resolve(name));
        }
        assertThatThrownBy(() -> BuiltInEngine.load(broken))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("tokenizer.json");
    }
}
