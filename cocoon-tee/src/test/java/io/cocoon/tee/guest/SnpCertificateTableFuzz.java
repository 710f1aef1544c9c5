package io.cocoon.tee.guest;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tl.Bytes;

class SnpCertificateTableFuzz {

    @FuzzTest
    void table(byte[] data) {
        try {
            SnpCertificateTable.parse(Bytes.copyOf(data)).vlek();
        } catch (GuestException e) {
            if (e.reason() != GuestException.Reason.WRONG_ANSWER) {
                throw new AssertionError("an unexpected reason", e);
            }
        }
    }
}
