package io.cocoon.engine.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class StopTextsTest {

    @Test
    void a_stop_text_across_tokens_is_found_and_not_passed_on() {
        StopTexts stops = new StopTexts(List.of("END"));

        assertThat(stops.add("one E")).isEqualTo("one ");
        assertThat(stops.add("N")).isEmpty();
        assertThat(stops.add("D two")).isEmpty();
        assertThat(stops.isFound()).isTrue();
        assertThat(stops.rest()).isEmpty();
    }

    @Test
    void what_only_began_like_one_comes_out() {
        StopTexts stops = new StopTexts(List.of("END"));

        assertThat(stops.add("EN")).isEmpty();
        assertThat(stops.add("TER")).isEqualTo("ENTER");
        assertThat(stops.add("E")).isEmpty();
        assertThat(stops.rest()).isEqualTo("E");
    }

    @Test
    void an_empty_one_is_refused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new StopTexts(List.of("")));
    }

    @Property
    void pieces_joined_are_the_text_up_to_the_first_stop(
            @ForAll @Size(max = 8) List<@StringLength(max = 4) @CharRange(from = 'a', to = 'c') String> pieces,
            @ForAll @StringLength(min = 1, max = 3) @CharRange(from = 'a', to = 'c') String stop) {
        StopTexts stops = new StopTexts(List.of(stop));
        StringBuilder out = new StringBuilder();
        pieces.forEach(piece -> out.append(stops.add(piece)));
        out.append(stops.rest());
        String whole = String.join("", pieces);
        int at = whole.indexOf(stop);

        assertThat(out.toString()).isEqualTo(at < 0 ? whole : whole.substring(0, at));
    }
}
