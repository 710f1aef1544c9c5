package io.cocoon.engine.openai;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.serve.StopTexts;
import io.cocoon.engine.serve.Token;
import io.cocoon.engine.text.TinyTokenizers;
import io.cocoon.engine.text.Tokenizer;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ChoiceReaderTest {

    private static final Tokenizer QWEN = TinyTokenizers.of("tiny-qwen3");
    private static final ThinkMarkers MARKERS = ThinkMarkers.of(QWEN);

    private static ChoiceReader reader(ToolStyle style, boolean reasoning, String... stops) {
        return new ChoiceReader(
                QWEN,
                MARKERS,
                reasoning,
                new StopTexts(List.of(stops)),
                new ToolCallReader(style, Set.of("weather", "clock"), false, false));
    }

    private static Delta read(ChoiceReader reader, String text) {
        Delta all = new Delta();
        for (int id : QWEN.encodeWithMarkers(text)) {
            all.add(reader.push(new Token(id, -1, List.of())));
        }
        all.add(reader.finish());
        return all;
    }

    private static Delta read(ToolStyle style, String text) {
        return read(reader(style, false), text);
    }

    @Test
    void thoughts_and_content_are_kept_apart_without_the_line_ends_between() {
        ChoiceReader reader = reader(ToolStyle.NONE, false);
        Delta all = read(reader, "<think>\nhm, é\n\nwell\n</think>\n\nThe answer\n");

        assertThat(all.reasoning).hasToString("hm, é\n\nwell");
        assertThat(all.content).hasToString("The answer\n");
        int thoughts = QWEN.encodeWithMarkers("<think>\nhm, é\n\nwell\n</think>").length;
        assertThat(reader.reasoningTokens()).isEqualTo(thoughts);
    }

    @Test
    void a_template_that_opened_the_thoughts_itself_is_understood() {
        int[] open = QWEN.encodeWithMarkers("<|im_start|>assistant\n<think>\n");
        int[] closed = QWEN.encodeWithMarkers("<|im_start|>assistant\n<think>\n\n</think>\n\n");

        assertThat(MARKERS.isOpenAtEndOf(open)).isTrue();
        assertThat(MARKERS.isOpenAtEndOf(closed)).isFalse();
        assertThat(MARKERS.isOpenAtEndOf(QWEN.encode("<think>"))).isFalse();
        assertThat(read(reader(ToolStyle.NONE, true), "so</think>it is").reasoning)
                .hasToString("so");
    }

    @Test
    void a_call_in_tags_is_a_call_and_the_text_around_it_is_content() {
        Delta all = read(
                ToolStyle.TAGS,
                "Let me see.\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Köln\"}}\n</tool_call>\n"
                        + "<tool_call>\n{\"name\": \"clock\", \"arguments\": {}}\n</tool_call>\n");

        assertThat(all.content).hasToString("Let me see.");
        assertThat(all.calls)
                .containsExactly(new ToolCall("weather", "{\"city\":\"Köln\"}"), new ToolCall("clock", "{}"));
    }

    @Test
    void a_call_that_was_not_closed_counts_if_it_is_whole() {
        assertThat(read(ToolStyle.TAGS, "<tool_call>{\"name\":\"clock\",\"arguments\":{}}").calls)
                .hasSize(1);
        assertThat(read(ToolStyle.TAGS, "<tool_call>{\"name\":\"clock\",\"argu").content)
                .hasToString("<tool_call>{\"name\":\"clock\",\"argu");
    }

    @Test
    void what_is_no_call_of_an_offered_function_is_text() {
        for (String text : List.of(
                "<tool_call>{\"name\":\"other\",\"arguments\":{}}</tool_call>",
                "<tool_call>weather</tool_call>",
                "<tool_call>{\"name\":\"clock\",\"arguments\":7}</tool_call>",
                "a \n\n<tool_call>no</tool_call>\n b",
                "a \n<tool_call>no\n",
                "a <b> and <tool_ca")) {
            Delta all = read(ToolStyle.TAGS, text);
            assertThat(all.calls).as(text).isEmpty();
            assertThat(all.content).hasToString(text);
        }
    }

    @Test
    void bare_json_is_a_call_only_if_all_of_it_is() {
        assertThat(read(ToolStyle.BARE_JSON, "{\"name\": \"weather\", \"parameters\": {\"city\": \"Rome\"}}").calls)
                .containsExactly(new ToolCall("weather", "{\"city\":\"Rome\"}"));
        assertThat(read(
                                ToolStyle.BARE_JSON,
                                "{\"name\":\"clock\",\"parameters\":{}}; {\"name\":\"clock\",\"parameters\":{}}")
                        .calls)
                .hasSize(2);
        for (String text :
                List.of("{\"name\": \"weather\"}", "{ is a brace", "So: {\"name\":\"clock\",\"parameters\":{}}")) {
            Delta all = read(ToolStyle.BARE_JSON, text);
            assertThat(all.calls).isEmpty();
            assertThat(all.content).hasToString(text);
        }
    }

    @Test
    void log_probabilities_end_where_a_stop_text_begins() {
        ChoiceReader reader = reader(ToolStyle.NONE, false, "the");
        Delta all = read(reader, "in the rain");
        StringBuilder tokens = new StringBuilder();
        for (PlacedToken placed : all.tokens) {
            assertThat(placed.start()).isEqualTo(tokens.length());
            tokens.append(QWEN.decode(new int[] {placed.token().id()}, true));
        }
        assertThat(all.content).hasToString("in ");
        assertThat(tokens.toString()).startsWith("in").hasSizeLessThan("in the rain".length());
    }

    @Property
    void without_markers_every_text_comes_out_as_it_is(@ForAll @Size(max = 30) List<Integer> numbers) {
        int[] ids = numbers.stream().mapToInt(n -> Math.floorMod(n, 556)).toArray();
        ChoiceReader reader = reader(ToolStyle.TAGS, false);
        Delta all = new Delta();
        for (int id : ids) {
            all.add(reader.push(new Token(id, -1, List.of())));
        }
        all.add(reader.finish());

        assertThat(all.content).hasToString(QWEN.decode(ids, false));
        assertThat(all.tokens).hasSize(ids.length);
    }
}
