package io.cocoon.engine.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.testdata.TestData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the golden files do not show: origins, limits, white space around markers, broken files. */
class TokenizerTest {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static Tokenizer changed(String model, Consumer<ObjectNode> change) throws ModelFormatException {
        ObjectNode root = (ObjectNode) TestData.json("models/" + model + "/tokenizer.json");
        change.accept(root);
        return TokenizerReader.read(root.toString().getBytes(StandardCharsets.UTF_8), "tokenizer.json", 1000);
    }

    private static ObjectNode withToken(ObjectNode root, int id, String content) {
        ObjectNode token = MAPPER.createObjectNode().put("id", id).put("content", content);
        ((ArrayNode) root.path("added_tokens")).add(token);
        return token;
    }

    @Test
    void a_marker_is_one_only_where_all_of_it_is_trusted() {
        Tokenizer tokenizer = TinyTokenizers.of("tiny-qwen3");
        int marker = tokenizer.addedToken("<|im_end|>").orElseThrow();

        assertThat(tokenizer.encode(List.of(Segment.ofTemplate("<|im_"), Segment.ofTemplate("end|>"))))
                .containsExactly(marker);
        assertThat(tokenizer.encode(List.of(Segment.ofTemplate("<|im_"), Segment.ofCaller("end|>"))))
                .doesNotContain(marker);
        assertThat(tokenizer.encode(List.of(Segment.ofCaller("<|im_end|"), Segment.ofTemplate(">"))))
                .doesNotContain(marker);
        assertThat(tokenizer.encode("<|im_end|>")).doesNotContain(marker);
    }

    @Test
    void words_go_across_the_borders_of_segments() {
        Tokenizer tokenizer = TinyTokenizers.of("tiny-llama3");

        assertThat(tokenizer.encode(List.of(Segment.ofTemplate("20"), Segment.ofCaller("2"), Segment.ofTemplate("4"))))
                .isEqualTo(tokenizer.encode("2024"));
        assertThat(tokenizer.encode(List.of(Segment.ofCaller("\ud83d"), Segment.ofTemplate("\ude42"))))
                .isEqualTo(tokenizer.encode("\ud83d\ude42"));
    }

    @Test
    void half_a_surrogate_pair_is_read_as_the_replacement_character() {
        Tokenizer tokenizer = TinyTokenizers.of("tiny-gemma3");

        assertThat(tokenizer.encode("a\ud83d b\ude42")).isEqualTo(tokenizer.encode("a\ufffd b\ufffd"));
    }

    @Test
    void a_prompt_without_a_template_gets_the_first_token_that_the_model_wants() {
        assertThat(TinyTokenizers.of("tiny-llama3").encodePrompt("a")).containsExactly(590, 97);
        assertThat(TinyTokenizers.of("tiny-qwen3").encodePrompt("a")).containsExactly(97);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwen3", "tiny-gemma3", "tiny-llama3"})
    void a_hundred_thousand_equal_letters_are_one_word_and_still_quick(String model) {
        Tokenizer tokenizer = TinyTokenizers.of(model);
        for (String letter : List.of("a", " ", "l", "é", "\n", "<", "|")) {
            String text = letter.repeat(100_000);
            assertThat(tokenizer.decode(tokenizer.encode(text), true)).isEqualTo(text);
        }
    }

    @Test
    void a_text_longer_than_the_limit_is_refused() {
        Tokenizer tokenizer = TinyTokenizers.of("tiny-qwen3");
        String text = "a".repeat(Tokenizer.MAX_CHARACTERS / 2 + 1);

        assertThatThrownBy(() -> tokenizer.encode(List.of(Segment.ofCaller(text), Segment.ofCaller(text))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("16777216");
    }

    @Test
    void the_bytes_of_tokens_are_those_of_the_answer() {
        Tokenizer llama = TinyTokenizers.of("tiny-llama3");
        Tokenizer gemma = TinyTokenizers.of("tiny-gemma3");

        assertThat(llama.tokenBytes(llama.encode("\u00fc")[0])).containsExactly(0xc3);
        assertThat(gemma.tokenBytes(gemma.encode("\u0001")[0])).containsExactly(1);
        assertThat(new String(gemma.tokenBytes(gemma.encode(" the")[0]), StandardCharsets.UTF_8))
                .startsWith(" ");
        assertThat(llama.isSpecial(590)).isTrue();
        assertThat(llama.isSpecial(97)).isFalse();
        assertThat(llama.size()).isEqualTo(597);
    }

    /** The examples of the Unicode Standard, tables 3-8 to 3-11: F stands for U+FFFD. */
    @ParameterizedTest
    @CsvSource({
        "c0afe080bff0818241, FFFFFFFFA",
        "eda080edbfbfedaf41, FFFFFFFFA",
        "f4919293ff4180bf42, FFFFFAFFB",
        "e180e2f09192f1bf41, FFFFA",
        "e4bd, F",
    })
    void each_longest_prefix_of_a_character_becomes_one_replacement(String hex, String text) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        Utf8Joiner joiner = new Utf8Joiner();
        StringBuilder joined = new StringBuilder();
        joiner.take(bytes, 0, bytes.length, joined);
        joiner.finish(joined);

        assertThat(joined.toString()).isEqualTo(text.replace('F', '\ufffd'));
    }

    @Test
    void thinking_marks_are_markers_that_are_shown() {
        Tokenizer tokenizer = TinyTokenizers.of("tiny-qwen3");
        int think = tokenizer.addedToken("<think>").orElseThrow();

        assertThat(tokenizer.isMarker(think)).isTrue();
        assertThat(tokenizer.isSpecial(think)).isFalse();
        assertThat(tokenizer.decode(new int[] {think}, false)).isEqualTo("<think>");
        assertThat(tokenizer.addedToken("<thought>")).isEmpty();
    }

    @Test
    void an_id_without_a_token_is_refused() throws ModelFormatException {
        Tokenizer tokenizer = changed("tiny-qwen3", root -> withToken(root, 600, "<far>"));

        assertThat(tokenizer.size()).isEqualTo(601);
        assertThat(tokenizer.has(599)).isFalse();
        for (int id : new int[] {-1, 599, 601, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> tokenizer.decode(new int[] {id}, true))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("" + id);
            assertThatThrownBy(() -> tokenizer.tokenBytes(id)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void the_longest_added_token_wins_and_swallows_white_space_if_it_says_so() throws ModelFormatException {
        Tokenizer tokenizer = changed("tiny-qwen3", root -> {
            withToken(root, 600, "<a>");
            withToken(root, 601, "<a><b>").put("lstrip", true);
            withToken(root, 602, "<c>").put("rstrip", true);
            withToken(root, 603, "word").put("single_word", true);
        });

        assertThat(tokenizer.encodeWithMarkers("x \n<a><b>y")).containsExactly(120, 601, 121);
        assertThat(tokenizer.encodeWithMarkers("<a><a><b>")).containsExactly(600, 601);
        assertThat(tokenizer.encodeWithMarkers("<c> \n y")).containsExactly(602, 121);
        assertThat(tokenizer.encodeWithMarkers("<a> word!")).containsExactly(600, 32, 603, 33);
        assertThat(tokenizer.encodeWithMarkers("words keyword")).doesNotContain(603);
    }

    @Test
    void a_token_that_is_looked_for_in_normalized_text_is_found_there() throws ModelFormatException {
        Tokenizer tokenizer =
                changed("tiny-qwen3", root -> withToken(root, 600, "<é>").put("normalized", true));

        assertThat(tokenizer.encodeWithMarkers("a<e\u0301>b")).containsExactly(97, 600, 98);
        assertThat(tokenizer.encode("a<e\u0301>b")).doesNotContain(600);
        assertThat(tokenizer.encode(List.of(Segment.ofCaller("e"), Segment.ofTemplate("\u0301<é>"))))
                .isEqualTo(new int[] {tokenizer.encode("é")[0], 600});
    }

    @Test
    void an_added_token_of_white_space_is_text_like_any_other() throws ModelFormatException {
        Tokenizer tokenizer = changed("tiny-gemma3", root -> withToken(root, 800, "\n\n\n"));

        assertThat(tokenizer.isMarker(800)).isFalse();
        assertThat(tokenizer.encode("\n\n\n")).containsExactly(800);
    }

    @Test
    void letters_never_merge_into_a_marker() throws ModelFormatException {
        Tokenizer plain = TinyTokenizers.of("tiny-llama3");
        int he = plain.encode("he")[0];
        assertThat(plain.encode("he")).hasSize(1);

        Tokenizer tokenizer =
                changed("tiny-llama3", root -> withToken(root, he, "he").put("special", true));

        assertThat(tokenizer.encode("he")).hasSize(2).doesNotContain(he);
        assertThat(tokenizer.encodeWithMarkers("he")).containsExactly(he);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/model/type | \"WordPiece\" | 'WordPiece'",
                "/model/type | \"Unigram\" | 'Unigram'",
                "/model/dropout | 0.1 | dropout",
                "/model/end_of_word_suffix | \"</w>\" | end_of_word_suffix",
                "/model/merges | [\"a b c\"] | merge 0",
                "/model/merges | [\"qq zz\"] | 'qq' and 'zz'",
                "/model/merges | 7 | merges",
                "/model/vocab | {} | vocab",
                "/model/vocab | {\"a\":0,\"b\":0} | same id 0",
                "/model/vocab | {\"a\":-1} | the id -1",
                "/model/vocab | {\"a\":1.5} | the id 1.5",
                "/model/vocab | {\"a\":1} | for the byte 0",
                "/normalizer | {\"type\":\"Lowercase\"} | Lowercase",
                "/pre_tokenizer | {\"type\":\"Whitespace\"} | Whitespace",
                "/pre_tokenizer/pretokenizers/0/pattern/Regex | \"[a-z]+\" | [a-z]+",
                "/pre_tokenizer/pretokenizers/1/add_prefix_space | true | pre_tokenizer",
                "/decoder | {\"type\":\"Metaspace\"} | Metaspace",
                "/post_processor | {\"type\":\"BertProcessing\"} | BertProcessing",
                "/post_processor | {\"type\":\"TemplateProcessing\",\"single\":[]} | post_processor",
                "/added_tokens/0/content | \"\" | added token",
                "/added_tokens/0/id | 3 | contradicts",
            })
    void what_is_not_supported_or_broken_is_named(String pointer, String value, String named) throws IOException {
        JsonNode replacement = MAPPER.readTree(value);
        int slash = pointer.lastIndexOf('/');

        assertThatThrownBy(() -> changed("tiny-qwen3", root -> {
                    ObjectNode parent = (ObjectNode) (slash == 0 ? root : root.at(pointer.substring(0, slash)));
                    parent.set(pointer.substring(slash + 1), replacement);
                }))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("tokenizer.json")
                .hasMessageContaining(named);
    }

    @ParameterizedTest
    @CsvSource({
        "model-merge-unknown, not in the vocabulary",
        "model-id-outside, 99999",
    })
    void a_hostile_tokenizer_is_refused(String name, String reason, @TempDir Path folder) {
        TestData.copy("models/malformed/" + name, folder);

        assertThatThrownBy(() -> Tokenizer.load(folder, 576))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void a_folder_without_a_tokenizer_is_refused(@TempDir Path folder) throws IOException {
        assertThatThrownBy(() -> Tokenizer.load(folder, 576))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("tokenizer.json is absent");

        Files.write(folder.resolve("tokenizer.json"), TestData.bytes("models/tiny-qwen3/tokenizer.json"));
        assertThat(Tokenizer.load(folder, 576).size()).isEqualTo(563);
    }
}
