package io.cocoon.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.engine.cpu.Activations;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.engine.file.WeightFiles;
import io.cocoon.engine.model.ModelLoader;
import io.cocoon.engine.template.ChatTemplate;
import io.cocoon.engine.template.TemplateException;
import io.cocoon.engine.text.Segment;
import io.cocoon.engine.text.Tokenizer;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.assertj.core.api.SoftAssertions;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One GGUF file is a whole model: weights, tokenizer and chat template. */
class GgufModelTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private Path file(String name) throws IOException {
        Path file = folder.resolve("model.gguf");
        Files.write(file, TestData.bytes("models/" + model(name) + "/" + name + ".gguf"));
        return file;
    }

    private static String model(String name) {
        return name.substring(0, name.indexOf('.'));
    }

    private static Tokenizer tokenizer(Map<String, Object> metadata, int rows) throws ModelFormatException {
        return Tokenizer.ofGguf(metadata, "file", rows);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiny-qwen3.BF16",
                "tiny-qwen2.F16",
                "tiny-llama3.F16",
                "tiny-llama3.Q4_0",
                "tiny-llama3-k.Q6_K",
                "tiny-gemma3.BF16"
            })
    void every_text_gets_the_ids_of_the_reference(String name) throws IOException {
        WeightFiles files = WeightFiles.openGguf(file(name));
        Tokenizer tokenizer =
                tokenizer(files.metadata(), ModelLoader.ofGguf(files).shape().vocabulary());
        SoftAssertions all = new SoftAssertions();
        JsonNode cases = TestData.json("models/" + model(name) + "/golden/tokenizer.json");
        for (JsonNode each : cases) {
            String text = each.path("text").asText();
            int[] ids = JSON.convertValue(each.path("ids"), int[].class);
            int[] framed =
                    each.has("ids_with_special") ? JSON.convertValue(each.path("ids_with_special"), int[].class) : ids;
            all.assertThat(tokenizer.encodeWithMarkers(text)).as(text).isEqualTo(ids);
            all.assertThat(tokenizer.decode(ids, true))
                    .isEqualTo(each.path("decoded").asText(text));
            // Texts of callers, which a marker is none of.
            if (IntStream.of(ids).noneMatch(tokenizer::isMarker)) {
                all.assertThat(tokenizer.encodePrompt(text)).as(text).isEqualTo(framed);
            }
        }
        all.assertAll();
        assertThat(cases).hasSize(220);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwen3.BF16", "tiny-qwen2.F16", "tiny-llama3.F16", "tiny-gemma3.BF16"})
    void every_conversation_gets_the_ids_of_the_reference(String name) throws Exception {
        Map<String, Object> metadata = WeightFiles.openGguf(file(name)).metadata();
        Tokenizer tokenizer = tokenizer(metadata, 100_000);
        ChatTemplate template = ChatTemplate.ofGguf(metadata, name, Clock.systemUTC());
        int compared = 0;
        for (JsonNode each : TestData.json("models/" + model(name) + "/golden/template.json")) {
            if (!each.has("ids")) {
                continue;
            }
            Map<String, Object> options = new HashMap<>();
            for (String option : List.of("add_generation_prompt", "enable_thinking")) {
                if (each.has(option)) {
                    options.put(option, each.path(option).booleanValue());
                }
            }
            assertThat(tokenizer.encode(render(template, each, options)))
                    .isEqualTo(JSON.convertValue(each.path("ids"), int[].class));
            compared++;
        }
        assertThat(compared).isGreaterThan(8);
    }

    private static List<Segment> render(ChatTemplate template, JsonNode each, Map<String, Object> options)
            throws TemplateException {
        return template.render(list(each.path("messages")), list(each.path("tools")), options);
    }

    private static List<?> list(JsonNode array) {
        return array.isMissingNode() ? List.of() : Objects.requireNonNull(JSON.convertValue(array, ArrayList.class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwen3", "tiny-llama3", "tiny-gemma3"})
    void the_end_tokens_are_those_of_the_folder(String model) throws IOException {
        String name = model + (model.equals("tiny-llama3") ? ".F16" : ".BF16");
        Path whole = folder.resolve("folder");
        TestData.copy("models/" + model, whole);

        assertThat(ModelLoader.open(file(name)).shape().endTokens())
                .containsExactlyInAnyOrderElementsOf(
                        ModelLoader.open(whole).shape().endTokens());
    }

    @Test
    void one_file_answers_as_its_folder_does() throws Exception {
        Path whole = folder.resolve("folder");
        TestData.copy("models/tiny-qwen3", whole);
        String body = "{\"max_tokens\":20,\"temperature\":0,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
        try (BuiltInEngine ofFile = BuiltInEngine.builder().threads(1).load(file("tiny-qwen3.BF16"));
                BuiltInEngine ofFolder = BuiltInEngine.builder().threads(1).load(whole)) {
            assertThat(EngineClient.document(ofFile, "/v1/chat/completions", body)
                            .path("choices"))
                    .isEqualTo(EngineClient.document(ofFolder, "/v1/chat/completions", body)
                            .path("choices"));
        }
    }

    private static JsonNode logprobs(Path model, UnaryOperator<BuiltInEngineBuilder> settings) throws Exception {
        String body = "{\"max_tokens\":1,\"temperature\":0,\"logprobs\":true,\"top_logprobs\":20,"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
        try (BuiltInEngine engine =
                settings.apply(BuiltInEngine.builder().threads(1)).load(model)) {
            return EngineClient.document(engine, "/v1/chat/completions", body).at("/choices/0/logprobs/content/0");
        }
    }

    @Test
    void activations_are_rounded_for_weights_of_four_bits_unless_they_are_to_be_exact() throws Exception {
        UnaryOperator<BuiltInEngineBuilder> exact = builder -> builder.activations(Activations.EXACT);
        JsonNode rounded = logprobs(file("tiny-llama3.Q4_0"), UnaryOperator.identity());
        JsonNode reference = logprobs(file("tiny-llama3.Q4_0"), exact);

        assertThat(rounded.path("logprob").asDouble())
                .isCloseTo(reference.path("logprob").asDouble(), Offset.offset(0.3));
        assertThat(rounded.equals(reference))
                .as("the same log-probabilities")
                .isEqualTo(ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty());
        assertThat(logprobs(file("tiny-llama3.F16"), UnaryOperator.identity()))
                .isEqualTo(logprobs(file("tiny-llama3.F16"), exact));
    }

    @Test
    void what_is_not_supported_or_broken_is_named() throws IOException {
        Map<String, Object> good =
                WeightFiles.openGguf(file("tiny-gemma3.BF16")).metadata();
        Map<String, Object> changes = new HashMap<>();
        changes.put("model", "wordpiece");
        changes.put("tokens", List.of("a", 7L));
        changes.put("scores", List.of(1.0));
        changes.put("add_space_prefix", true);
        changes.put("token_type", List.of(1L));
        changes.forEach((key, value) -> {
            Map<String, Object> broken = new HashMap<>(good);
            broken.put("tokenizer.ggml." + key, value);
            assertThatThrownBy(() -> tokenizer(broken, 100_000))
                    .as(key)
                    .isInstanceOf(ModelFormatException.class)
                    .hasMessageContaining("file: ");
        });
        assertThatThrownBy(() -> tokenizer(good, 100))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("embedding");
        Map<String, Object> bare = new HashMap<>(good);
        bare.remove("tokenizer.chat_template");
        assertThatThrownBy(() -> ChatTemplate.ofGguf(bare, "file", Clock.systemUTC()))
                .hasMessageContaining("tokenizer.chat_template is absent");
    }
}
