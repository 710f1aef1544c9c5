package io.cocoon.tee.sevsnp;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.tee.Verification;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.Optional;

class SnpFuzz {

    private static final SnpEvidence GOOD = SnpEvidence.of("ok-genoa-v3");

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

    @FuzzTest
    void chain(byte[] data) {
        SnpCollateral collateral = new SnpCollateral(SnpProduct.GENOA, Bytes.copyOf(data), Optional.empty());
        requireRefused(VerifiedSnpCollateral.verify(collateral, SnpTrust.amd(), Instant.EPOCH));
    }

    @FuzzTest
    void revocationList(byte[] data) {
        SnpCollateral collateral =
                new SnpCollateral(SnpProduct.GENOA, GOOD.collateral().chain(), Optional.of(Bytes.copyOf(data)));
        requireRefused(VerifiedSnpCollateral.verify(collateral, GOOD.trust(), GOOD.time()));
    }

    private static void requireRefused(Verification<VerifiedSnpCollateral> found) {
        if (found.result().isPresent() || found.firstFailure().isEmpty()) {
            throw new AssertionError("collateral that nobody signed was accepted");
        }
    }

    private static void requireCode(SnpException e) {
        if (e.code().isEmpty()) {
            throw new AssertionError("a refusal without a code", e);
        }
    }
}
