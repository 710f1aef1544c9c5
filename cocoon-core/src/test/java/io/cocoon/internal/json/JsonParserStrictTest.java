package io.cocoon.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.tl.Bytes;
import org.junit.jupiter.api.Test;

class JsonParserStrictTest {

    private static Json parse(String text, int depth) throws JsonException {
        return JsonParser.parseStrict(Bytes.utf8(text), depth);
    }

    @Test
    void should_read_what_means_one_thing_only() throws JsonException {
        assertThat(parse(" {\"a\":{\"a\":1},\"b\":[1,2]} ", 2)).isInstanceOf(Json.Obj.class);
    }

    @Test
    void should_refuse_a_member_twice_however_it_is_written() {
        assertThatThrownBy(() -> parse("{\"a\":1,\"a\":1}", 8)).hasMessageContaining("second time");
        assertThatThrownBy(() -> parse("{\"a\":1,\"\\u0061\":2}", 8)).hasMessageContaining("second time");
        assertThatThrownBy(() -> parse("[{\"b\":{\"a\":1,\"c\":0,\"a\":1}}]", 8))
                .hasMessageContaining("second time");
    }

    @Test
    void should_refuse_what_nests_deeper_than_the_caller_allows() {
        assertThatThrownBy(() -> parse("[[[1]]]", 2)).hasMessageContaining("deeper than 2");
    }

    @Test
    void should_refuse_a_byte_order_mark_and_text_behind() {
        assertThatThrownBy(() -> JsonParser.parseStrict(Bytes.fromHex("efbbbf7b7d"), 8))
                .isInstanceOf(JsonException.class);
        assertThatThrownBy(() -> parse("{} {}", 8)).hasMessageContaining("behind");
        assertThatThrownBy(() -> parse("", 8)).isInstanceOf(JsonException.class);
    }
}
