package io.cocoon.tee.collateral;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tl.Bytes;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class PcsAnswersProperties {

    private static final byte[] GOOD = ("{\"tcbInfo\":{\"id\":\"TDX\",\"a\":[\"\\\"}\",1]},\"signature\":\""
                    + "ab".repeat(64) + "\"}")
            .getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    @Property
    void a_changed_answer_is_read_or_refused(
            @ForAll @IntRange(max = 10_000) int where, @ForAll byte to, @ForAll @IntRange(max = 300) int length) {
        byte[] changed = java.util.Arrays.copyOf(GOOD, length > GOOD.length ? GOOD.length : Math.max(1, length));
        changed[where % changed.length] = to;
        try {
            assertThat(PcsAnswers.signed(Bytes.wrapUnshared(changed), "tcbInfo")
                            .signature()
                            .length())
                    .isEqualTo(64);
        } catch (MalformedAnswer e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }

    @Property
    void any_header_is_decoded_or_refused(@ForAll String header) {
        try {
            PcsAnswers.chain(List.of(header), 2);
        } catch (MalformedAnswer e) {
            assertThat(e.getMessage()).isNotEmpty();
        }
    }
}
