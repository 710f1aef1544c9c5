package io.cocoon.tee.guest;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class SealingProperties {

    private static final Bytes ANSWER = Bytes.fromHex(TestData.json("vectors/guest-vectors.json")
            .path("seal_protocol")
            .path("response_frame")
            .asText());

    @Property
    void a_changed_answer_is_read_or_refused_with_a_text(
            @ForAll @IntRange(max = 411) int at, @ForAll byte value, @ForAll @IntRange(max = 412) int length) {
        byte[] changed = ANSWER.toByteArray();
        changed[at] = value;
        try {
            assertThat(TdxSeal.parse(Bytes.copyOf(changed, 0, length))
                            .encryptedSecret()
                            .length())
                    .isEqualTo(96);
        } catch (GuestException e) {
            assertThat(e).hasMessageContaining("Next:");
        }
    }
}
