package io.cocoon.worker;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import java.util.List;

/**
 * A worker's records of its earnings: nothing but the declared exception, and what is read is written as it was. The inputs in
 * the folder beside it are what {@link ProxyRecordCodecTest#record} makes of 0, 1 and 2: chance alone finds no signature.
 */
class ProxyRecordFuzz {

    @FuzzTest
    void records(byte[] input) {
        List<ProxyRecord> records;
        try {
            records = ProxyRecordCodec.read(Bytes.wrapUnshared(input));
        } catch (TlException e) {
            return;
        }
        try {
            if (!ProxyRecordCodec.read(ProxyRecordCodec.write(records)).equals(records)) {
                throw new AssertionError("records change when they are written and read");
            }
        } catch (TlException e) {
            throw new AssertionError("records that were written cannot be read", e);
        }
    }
}
