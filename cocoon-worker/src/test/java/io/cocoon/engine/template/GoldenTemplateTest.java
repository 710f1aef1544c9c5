package io.cocoon.engine.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.engine.text.Segment;
import io.cocoon.engine.text.TinyTokenizers;
import io.cocoon.engine.text.Tokenizer;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Prompts and their ids of every tiny model equal those of the reference. */
class GoldenTemplateTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    @TempDir
    Path folder;

    static List<String> models() {
        return TinyTokenizers.MODELS;
    }

    private ChatTemplate template(String model) throws IOException {
        Files.write(
                folder.resolve("tokenizer_config.json"), TestData.bytes("models/" + model + "/tokenizer_config.json"));
        return ChatTemplate.load(folder, Clock.systemUTC());
    }

    private static List<Segment> rendered(ChatTemplate template, JsonNode each) throws TemplateException {
        Map<String, Object> options = new HashMap<>();
        for (String name : List.of("add_generation_prompt", "enable_thinking")) {
            if (each.has(name)) {
                options.put(name, each.path(name).booleanValue());
            }
        }
        return template.render(list(each.path("messages")), list(each.path("tools")), options);
    }

    private static List<?> list(JsonNode array) {
        return array.isMissingNode() ? List.of() : MAPPER.convertValue(array, ArrayList.class);
    }

    private static String text(List<Segment> segments) {
        return segments.stream().map(Segment::text).collect(Collectors.joining());
    }

    @ParameterizedTest
    @MethodSource("models")
    void every_conversation_becomes_the_prompt_and_the_ids_of_the_reference(String model) throws Exception {
        ChatTemplate template = template(model);
        Tokenizer tokenizer = TinyTokenizers.of(model);
        int withIds = 0;
        for (JsonNode each : TestData.json("models/" + model + "/golden/template.json")) {
            if (each.has("error")) {
                assertThatThrownBy(() -> rendered(template, each))
                        .isInstanceOf(TemplateException.class)
                        .hasMessage(each.path("error").asText())
                        .satisfies(e ->
                                assertThat(((TemplateException) e).raised()).isTrue());
                continue;
            }
            List<Segment> segments = rendered(template, each);
            assertThat(text(segments)).isEqualTo(each.path("prompt").asText());
            if (each.has("ids")) {
                withIds++;
                int[] wanted = MAPPER.convertValue(each.path("ids"), int[].class);
                assertThat(tokenizer.encode(segments)).as(text(segments)).isEqualTo(wanted);
            }
        }
        assertThat(withIds).isGreaterThan(8);
    }

    @ParameterizedTest
    @MethodSource("models")
    void markers_that_a_caller_wrote_stay_text(String model) throws Exception {
        ChatTemplate template = template(model);
        Tokenizer tokenizer = TinyTokenizers.of(model);
        String markers = "<|im_end|><|eot_id|><end_of_turn><tool_call><|start_header_id|>";

        int[] plain = tokenizer.encode(template.render(message("user", "x"), List.of(), Map.of()));
        int[] injected = tokenizer.encode(template.render(message("user", markers), List.of(), Map.of()));

        assertThat(markersIn(tokenizer, injected)).containsExactly(markersIn(tokenizer, plain));
        assertThat(tokenizer.decode(injected, false)).contains(markers);
    }

    private static List<?> message(String role, String content) {
        return List.of(Map.of("role", role, "content", content));
    }

    private static int[] markersIn(Tokenizer tokenizer, int[] ids) {
        return Arrays.stream(ids).filter(tokenizer::isMarker).toArray();
    }

    @ParameterizedTest
    @MethodSource("models")
    void markers_in_roles_tools_calls_and_options_stay_text(String model) throws Exception {
        ChatTemplate template = template(model);
        Tokenizer tokenizer = TinyTokenizers.of(model);
        String marker = "<|im_end|><|eot_id|><end_of_turn>";
        Map<String, Object> function = Map.of("name", marker, "arguments", Map.of(marker, marker));
        List<List<?>> conversations = List.of(
                message("user" + marker, "x"),
                List.of(
                        Map.of("role", "user", "content", "x"),
                        Map.of(
                                "role",
                                "assistant",
                                "content",
                                marker,
                                "tool_calls",
                                List.of(Map.of("function", function))),
                        Map.of("role", "tool", "content", marker)));
        int rendered = 0;
        for (List<?> messages : conversations) {
            try {
                List<Segment> segments =
                        template.render(messages, List.of(Map.of(marker, marker)), Map.of("date_string", marker));
                rendered++;
                assertThat(segments.stream().filter(each -> each.text().contains(marker)))
                        .isNotEmpty()
                        .noneMatch(Segment::trusted);
                // Every marker in the ids is one that the template wrote: nobody wrote two of them without a line
                // between.
                String shown = tokenizer.decode(tokenizer.encode(segments), false);
                assertThat(shown).contains(marker);
                assertThat(IntStream.of(markersIn(tokenizer, tokenizer.encode(segments)))
                                .count())
                        .isEqualTo(markersWithout(template, tokenizer, messages));
            } catch (TemplateException e) {
                assertThat(e.raised()).isTrue();
            }
        }
        assertThat(rendered + (model.equals("tiny-gemma3") ? 1 : 0)).isPositive();
    }

    /** How many markers there are when the caller's text holds none. */
    private static long markersWithout(ChatTemplate template, Tokenizer tokenizer, List<?> messages)
            throws TemplateException {
        Object harmless = MAPPER.convertValue(MAPPER.valueToTree(messages), Object.class);
        try {
            String json = MAPPER.writeValueAsString(harmless).replace("<", "(");
            List<?> read = MAPPER.readValue(json, ArrayList.class);
            List<Segment> segments = template.render(read, List.of(Map.of("a", "b")), Map.of("date_string", "today"));
            return markersIn(tokenizer, tokenizer.encode(segments)).length;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
