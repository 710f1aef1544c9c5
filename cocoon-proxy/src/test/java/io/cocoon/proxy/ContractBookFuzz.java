package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;

/** A damaged file of contracts is refused with a reason, or read as what it says. */
class ContractBookFuzz {

    @FuzzTest
    void should_refuse_or_read_any_bytes(FuzzedDataProvider data) {
        Bytes bytes = Bytes.wrapUnshared(data.consumeRemainingAsBytes());
        try {
            assertThat(ContractBookCodec.read(bytes)).isNotNull();
        } catch (TlException e) {
            assertThat(e).hasMessageMatching("(?s).+");
        }
    }
}
