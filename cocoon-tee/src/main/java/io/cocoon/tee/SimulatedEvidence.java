package io.cocoon.tee;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.transport.PeerIdentity;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Accepts SIMULATED evidence, which proves nothing but that the peer knows the form: for test networks. What the reference
 * calls {@code fake_tdx} and, in its 2026 generation, {@code fake_tee}. Immutable.
 *
 * <p>Stricter than the reference of 2026, which takes any content and none (hazard N14): the evidence must have one of the
 * simulated forms, its report data must be those of the peer's key, and genuine evidence is refused, because this policy
 * does not verify it. The kind of an accepted peer is {@link PeerIdentity.Kind#SIMULATED}, never an attested one.
 */
public final class SimulatedEvidence implements PeerPolicy {

    private static final int REGISTERS_BYTES = 8 * 48;
    private static final int LONG_QUOTE_BYTES = REGISTERS_BYTES + 64 + 48;
    private static final int SEV_REPORT_DATA_AT = 0x50;
    private static final String NAME = "policy.simulated";
    private static final String RULE = "TEE dossier 2.2; 2026 part, 2.2";

    /** Image hash of a TDX report whose measurements are all zero. */
    static final Int256 ZERO_TDX_IMAGE = Hashes.sha256(new byte[REGISTERS_BYTES + 64]);

    /** Image hash of a SEV-SNP report whose measurement is all zero. */
    static final Int256 ZERO_SEV_IMAGE = Hashes.sha256(new byte[48 + 64]);

    private static final SimulatedEvidence INSTANCE = new SimulatedEvidence();

    private SimulatedEvidence() {}

    /** Returns the policy. Roles refuse peers of this kind on anything but a test network. */
    public static SimulatedEvidence policy() {
        return INSTANCE;
    }

    /** Returns whether a hash is the one of a report whose measurements are all zero: 2026 part, 5.1. */
    public static boolean isSimulatedImage(Int256 imageHash) {
        return imageHash.equals(ZERO_TDX_IMAGE) || imageHash.equals(ZERO_SEV_IMAGE);
    }

    @Override
    public String name() {
        return "simulated-evidence";
    }

    @Override
    public CompletionStage<PolicyDecision> judge(PeerEvidence peer) {
        return CompletableFuture.completedFuture(decide(peer));
    }

    private static PolicyDecision decide(PeerEvidence peer) {
        Bytes reportData = peer.expectedReportData();
        if (peer.evidence() instanceof Evidence.Tdx tdx) {
            return isSimulated(tdx.quote(), reportData)
                    ? accept("a SIMULATED TDX quote of " + tdx.quote().length() + " bytes", ZERO_TDX_IMAGE)
                    : refuse(
                            "EVIDENCE_NOT_SIMULATED",
                            "a TDX quote of " + tdx.quote().length()
                                    + " bytes that is not the simulated one for this key");
        }
        if (peer.evidence() instanceof Evidence.SevSnp sev) {
            byte[] expected = new byte[CertificateParser.SEV_REPORT_BYTES];
            reportData.copyTo(expected, SEV_REPORT_DATA_AT);
            return Arrays.equals(sev.report().toByteArray(), expected)
                    ? accept("a SIMULATED SEV-SNP report", ZERO_SEV_IMAGE)
                    : refuse("EVIDENCE_NOT_SIMULATED", "a SEV-SNP report that is not the simulated one for this key");
        }
        return refuse("EVIDENCE_MISSING", "no evidence");
    }

    /** The older form is the report data alone; the newer one has zero measurements around them. */
    private static boolean isSimulated(Bytes quote, Bytes reportData) {
        if (quote.length() != LONG_QUOTE_BYTES) {
            return quote.equals(reportData);
        }
        byte[] expected = new byte[LONG_QUOTE_BYTES];
        reportData.copyTo(expected, REGISTERS_BYTES);
        return Arrays.equals(quote.toByteArray(), expected);
    }

    private static PolicyDecision accept(String seen, Int256 imageHash) {
        return PolicyDecision.accept(
                PeerIdentity.Kind.SIMULATED,
                imageHash,
                List.of(AttestationCheck.passed(NAME, seen, "simulated evidence for the peer's key", RULE)));
    }

    private static PolicyDecision refuse(String code, String seen) {
        return PolicyDecision.refuse(List.of(AttestationCheck.failed(
                NAME,
                code,
                seen,
                "simulated evidence for the peer's key",
                RULE,
                "use a peer of a test network, or a policy that verifies genuine evidence")));
    }
}
