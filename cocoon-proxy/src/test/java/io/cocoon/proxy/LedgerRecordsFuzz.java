package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.proxy.LedgerStore.Row;
import io.cocoon.tl.Bytes;
import java.io.IOException;

/** Records that somebody has written without the key: all are refused, each with a reason. */
class LedgerRecordsFuzz {

    @FuzzTest
    void should_refuse_any_bytes(FuzzedDataProvider data) {
        LedgerRecords records = new LedgerRecords(TestLedgers.KEY);
        Bytes key = Bytes.wrapUnshared(data.consumeBytes(40));
        Bytes value = Bytes.wrapUnshared(data.consumeBytes(44));
        try {
            records.read(new Row(key, value));
            throw new AssertionError("a line was taken that was never written");
        } catch (IOException e) {
            assertThat(e).hasMessageMatching("(?s).+");
        }
        try {
            records.check(LedgerRecords.readHead(Bytes.wrapUnshared(data.consumeRemainingAsBytes())));
            throw new AssertionError("a head was taken that was never written");
        } catch (IOException e) {
            assertThat(e).hasMessageMatching("(?s).+");
        }
    }
}
