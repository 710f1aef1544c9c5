package io.cocoon.tee;

import com.code_intelligence.jazzer.junit.FuzzTest;

class CertificateFuzz {

    @FuzzTest
    void certificate(byte[] data) {
        try {
            CertificateParser.parse(data);
        } catch (CertificateRefusal e) {
            if (e.code().isEmpty()) {
                throw new AssertionError("a refusal without a code", e);
            }
        }
    }
}
