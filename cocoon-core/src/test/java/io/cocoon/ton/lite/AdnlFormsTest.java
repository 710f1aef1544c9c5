package io.cocoon.ton.lite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlWriter;
import org.junit.jupiter.api.Test;

class AdnlFormsTest {

    @Test
    void should_refuse_a_frame_too_short_for_a_nonce_and_a_checksum() {
        AdnlException refusal = catchThrowableOfType(
                AdnlException.class, () -> new AdnlFrames(1000).feed(new byte[] {63, 0, 0, 0}, payload -> {}));

        assertThat(refusal).hasMessage("a frame of 63 bytes; allowed are 64 to 1000");
        assertThat(refusal.isBroken()).isTrue();
    }

    @Test
    void should_refuse_an_answer_of_another_type_with_the_same_fields() throws Exception {
        Bytes right =
                new TlWriter().writeInt(LiteAnswer.SEND_STATUS).writeInt(1).seal();
        Bytes wrong =
                new TlWriter().writeInt(LiteAnswer.SEND_STATUS + 1).writeInt(1).seal();
        LiteQuery<Integer> query = LiteQuery.sendMessage(Bytes.empty());

        assertThat(query.read(right)).isEqualTo(1);
        assertThat(catchThrowableOfType(ProofException.class, () -> query.read(wrong)))
                .hasMessageContaining("the answer to sendMessage: Unknown constructor");
    }

    @Test
    void should_name_keys_by_the_hash_of_their_boxed_form() {
        byte[] boxed = Bytes.fromHex("c6b41348" + "07".repeat(32)).toByteArray();

        assertThat(AdnlKeys.shortId(TestChain.hash("07")))
                .isEqualTo(Int256.of(AdnlKeys.sha256().digest(boxed)));
    }
}
