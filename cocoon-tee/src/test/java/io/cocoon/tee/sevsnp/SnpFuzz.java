package io.cocoon.tee.sevsnp;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tl.Bytes;

class SnpFuzz {

    @FuzzTest
    void report(byte[] data) {
        try {
            SnpReport.parse(Bytes.copyOf(data));
        } catch (SnpException e) {
            requireCode(e);
        }
    }

    @FuzzTest
    void endorsement(byte[] data) {
        try {
            EndorsementCertificate.parse(Bytes.copyOf(data));
        } catch (SnpException e) {
            requireCode(e);
        }
    }

    @FuzzTest
    void firmware(byte[] data) {
        try {
            OvmfFirmware.parse(Bytes.copyOf(data));
        } catch (SnpException e) {
            requireCode(e);
        }
    }

    private static void requireCode(SnpException e) {
        if (e.code().isEmpty()) {
            throw new AssertionError("a refusal without a code", e);
        }
    }
}
