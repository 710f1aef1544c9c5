package io.cocoon.engine.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.testdata.TestData;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Token ids and texts of every tiny model equal those of the reference tokenizer. */
class GoldenTokenizerTest {

    static List<String> models() {
        return TinyTokenizers.MODELS;
    }

    private static JsonNode cases(String model) {
        return TestData.json("models/" + model + "/golden/tokenizer.json");
    }

    private static int[] ids(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::intValue)
                .toArray();
    }

    @ParameterizedTest
    @MethodSource("models")
    void every_text_gets_the_ids_of_the_reference(String model) {
        Tokenizer tokenizer = TinyTokenizers.of(model);
        SoftAssertions all = new SoftAssertions();
        for (JsonNode each : cases(model)) {
            String text = each.path("text").asText();
            int[] found = tokenizer.encodeWithMarkers(text);
            all.assertThat(found).as(text).isEqualTo(ids(each.path("ids")));
            all.assertThat(tokenizer.frame(found))
                    .as(text)
                    .isEqualTo(ids(each.has("ids_with_special") ? each.path("ids_with_special") : each.path("ids")));
        }
        all.assertAll();
        assertThat(cases(model)).hasSize(220);
    }

    @ParameterizedTest
    @MethodSource("models")
    void every_id_list_gets_the_text_of_the_reference(String model) {
        Tokenizer tokenizer = TinyTokenizers.of(model);
        SoftAssertions all = new SoftAssertions();
        for (JsonNode each : cases(model)) {
            String text = each.path("text").asText();
            String decoded = each.path("decoded").asText(text);
            int[] ids = ids(each.path("ids"));
            all.assertThat(tokenizer.decode(ids, true)).isEqualTo(decoded);
            all.assertThat(tokenizer.decode(ids, false))
                    .isEqualTo(each.path("decoded_without_special").asText(decoded));
        }
        all.assertAll();
    }

    @ParameterizedTest
    @MethodSource("models")
    void no_text_of_a_caller_becomes_a_marker(String model) {
        Tokenizer tokenizer = TinyTokenizers.of(model);
        for (JsonNode each : cases(model)) {
            int[] ids = tokenizer.encode(each.path("text").asText());
            assertThat(IntStream.of(ids)).noneMatch(tokenizer::isMarker);
            assertThat(tokenizer.decode(ids, false))
                    .isEqualTo(each.path("decoded").asText(each.path("text").asText()));
        }
    }
}
