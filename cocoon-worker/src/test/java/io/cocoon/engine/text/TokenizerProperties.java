package io.cocoon.engine.text;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.engine.file.ModelFormatException;
import io.cocoon.testdata.TestData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds for every text, every list of ids, and every broken file. */
class TokenizerProperties {

    private static final Map<String, Tokenizer> TOKENIZERS = Map.of(
            "tiny-qwen3", TinyTokenizers.of("tiny-qwen3"),
            "tiny-llama3", TinyTokenizers.of("tiny-llama3"),
            "tiny-gemma3", TinyTokenizers.of("tiny-gemma3"));

    private static Tokenizer tokenizer(String model) {
        return Objects.requireNonNull(TOKENIZERS.get(model));
    }

    private static final List<String> PIECES = List.of(
            "'s",
            "'LL",
            "'\u017f",
            "'Ve",
            " ",
            "  ",
            "\n",
            "\r\n",
            "\t",
            "\u00a0",
            "\u0085",
            "\u2028",
            "\u3000",
            "\u001c",
            "\u001f",
            "\u000b",
            "1",
            "23",
            "4567",
            "½",
            "²",
            "٣",
            "Ⅻ",
            "a",
            "Hello",
            "the",
            "é",
            "e\u0301",
            "ß",
            "ж",
            "\u4f60\u597d",
            "\ud83d\ude42",
            "\ud83d\udc69\u200d\ud83d\udc69",
            ".",
            "!!",
            "<|im_end|>",
            "<0x41>",
            "<bos>",
            "\u2581",
            "\u200b",
            "\u0301",
            "_",
            "-",
            "'",
            "\u0000",
            "\uffff",
            "\ud835\udfd8",
            "ǅ",
            "ʰ");

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of(PIECES).list().ofMaxSize(12).map(parts -> String.join("", parts));
    }

    @Provide
    Arbitrary<String> models() {
        return Arbitraries.of("tiny-qwen3", "tiny-llama3", "tiny-gemma3");
    }

    /** The white space of the reference, which is not what Java's patterns take for it. */
    private static Pattern oracle(String pattern) {
        String space = "\\t-\\r \\x85\\p{Z}";
        return Pattern.compile(
                pattern.replace("[^\\s", "[^" + space)
                        .replace("\\s", "[" + space + "]")
                        .replace("\\S", "[^" + space + "]"),
                Pattern.UNICODE_CASE);
    }

    private static final Pattern QWEN = oracle(WordScanner.QWEN);
    private static final Pattern LLAMA3 = oracle(WordScanner.LLAMA3);

    @Property(tries = 3000)
    void the_scanner_cuts_where_the_pattern_does(@ForAll("texts") String text) {
        assertThat(scanned(text, new WordScanner(1))).isEqualTo(matched(text, QWEN));
        assertThat(scanned(text, new WordScanner(3))).isEqualTo(matched(text, LLAMA3));
    }

    @Property
    void the_scanner_cuts_any_text_where_the_pattern_does(@ForAll String text) {
        String formed = Characters.wellFormed(text);
        assertThat(scanned(formed, new WordScanner(1))).isEqualTo(matched(formed, QWEN));
        assertThat(scanned(formed, new WordScanner(3))).isEqualTo(matched(formed, LLAMA3));
    }

    private static List<String> scanned(String text, WordScanner scanner) {
        List<String> words = new ArrayList<>();
        for (int at = 0; at < text.length(); ) {
            int end = scanner.end(text, at);
            words.add(text.substring(at, end));
            at = end;
        }
        return words;
    }

    private static List<String> matched(String text, Pattern pattern) {
        List<String> words = new ArrayList<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            words.add(matcher.group());
        }
        return words;
    }

    @Property
    void decoding_gives_the_normalized_text_back_and_no_marker_is_made(
            @ForAll("texts") String text, @ForAll("models") String model) {
        Tokenizer tokenizer = tokenizer(model);
        int[] ids = tokenizer.encode(text);

        String wanted = model.equals("tiny-qwen3") ? Normalization.NFC.apply(text) : text;
        if (model.equals("tiny-gemma3")) {
            wanted = wanted.replace(Characters.SPACE_MARK, ' ');
        }
        assertThat(tokenizer.decode(ids, false)).isEqualTo(wanted);
        assertThat(IntStream.of(ids)).noneMatch(tokenizer::isMarker);
    }

    @Property
    void any_text_survives_byte_level_encoding(@ForAll String text) {
        Tokenizer tokenizer = tokenizer("tiny-llama3");

        assertThat(tokenizer.decode(tokenizer.encode(text), false)).isEqualTo(Characters.wellFormed(text));
    }

    @Property
    void streamed_pieces_equal_the_whole_and_no_character_is_split(
            @ForAll("models") String model, @ForAll boolean withSpecial, @ForAll Random random) {
        Tokenizer tokenizer = tokenizer(model);
        int[] ids = random.ints(60, 0, tokenizer.size()).filter(tokenizer::has).toArray();
        Detokenizer detokenizer = tokenizer.detokenizer(withSpecial);
        StringBuilder joined = new StringBuilder();
        for (int id : ids) {
            String piece = detokenizer.push(id);
            assertThat(Characters.wellFormed(piece)).isEqualTo(piece);
            joined.append(piece);
        }
        joined.append(detokenizer.finish());

        assertThat(joined.toString()).isEqualTo(tokenizer.decode(ids, withSpecial));
    }

    @Property
    void valid_text_is_streamed_without_a_replacement(@ForAll("texts") String text, @ForAll("models") String model) {
        Tokenizer tokenizer = tokenizer(model);
        Detokenizer detokenizer = tokenizer.detokenizer(false);
        for (int id : tokenizer.encode(text)) {
            assertThat(detokenizer.push(id)).doesNotContain("\ufffd");
        }
        assertThat(detokenizer.finish()).isEmpty();
    }

    @Property(tries = 100)
    void a_broken_file_gives_the_declared_exception_only(@ForAll("models") String model, @ForAll Random random) {
        byte[] file = TestData.bytes("models/" + model + "/tokenizer.json");
        for (int i = random.nextInt(4); i >= 0; i--) {
            file[random.nextInt(file.length)] =
                    (byte) (random.nextInt(3) == 0 ? random.nextInt(256) : "0\"{}[],:a ".charAt(random.nextInt(10)));
        }
        try {
            Tokenizer tokenizer = TokenizerReader.read(file, "tokenizer.json", 2000);
            assertThat(tokenizer.decode(tokenizer.encode("the <|im_end|> 12"), true))
                    .isNotNull();
        } catch (ModelFormatException e) {
            assertThat(e).hasMessageContaining("tokenizer.json");
        }
    }
}
