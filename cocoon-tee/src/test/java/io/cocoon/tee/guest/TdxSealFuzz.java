package io.cocoon.tee.guest;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tl.Bytes;

class TdxSealFuzz {

    @FuzzTest
    void answer(byte[] data) {
        try {
            TdxSeal.parse(Bytes.copyOf(data));
        } catch (GuestException e) {
            if (e.getMessage() == null) {
                throw new AssertionError("a refusal without a text", e);
            }
        }
    }
}
