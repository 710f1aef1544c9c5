package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpResponse;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlReader;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientAnswersTest {

    @Test
    void should_stamp_a_head_with_times_of_six_decimals() throws Exception {
        ClientAnswers answers = new ClientAnswers(Int256.ZERO, 2, false, Instant.ofEpochSecond(1_700_000_000, 1_999));
        Bytes head = new HttpResponse("HTTP/1.1", 200, "", List.of(), Bytes.empty()).toBytes();

        Bytes stamped = answers.stampHead(head, Instant.ofEpochSecond(1_700_000_001, 999_999_999));

        assertThat(TlReader.readWhole(stamped, HttpResponse::readBoxed).headers())
                .containsExactly(
                        new HttpHeader("X-Cocoon-Proxy-Start", "1700000000.000001"),
                        new HttpHeader("X-Cocoon-Proxy-End", "1700000001.999999"));
    }
}
