package io.cocoon.tee.collateral;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import io.cocoon.tee.internal.PemBlocks;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpEndorsement;
import io.cocoon.tee.sevsnp.SnpException;
import io.cocoon.tee.sevsnp.SnpSigner;
import io.cocoon.tee.sevsnp.SnpTcb;
import io.cocoon.tee.sevsnp.SnpVerifier;
import io.cocoon.tee.sevsnp.VerifiedSnpCollateral;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tee.tdx.VerifiedCollateral;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Whether a set is signed by whom it has to be, and until when: what a cache decides by. The verifiers of TDX and SEV-SNP say so;
 * they judge everything again, dates included, when the set is used.
 */
final class Genuine {

    private Genuine() {}

    /**
     * What a signed set says about itself.
     *
     * @param issued when each part was issued, in a fixed order
     * @param until the earliest end of validity
     * @param evaluations the TCB evaluation numbers of TCB info and QE identity; empty for AMD
     */
    record Facts(List<Instant> issued, Instant until, List<Integer> evaluations) {

        /** Whether nothing in here is older than in an earlier set. */
        boolean followsUpon(Facts earlier) {
            for (int i = 0; i < evaluations.size(); i++) {
                if (evaluations.get(i) < earlier.evaluations.get(i)) {
                    return false;
                }
            }
            for (int i = 0; i < issued.size(); i++) {
                if (issued.get(i).isBefore(earlier.issued.get(i))) {
                    return false;
                }
            }
            return true;
        }

        boolean reaches(int floor) {
            return evaluations.stream().allMatch(number -> number >= floor);
        }
    }

    static Facts tdx(TdxCollateral set, PckCa ca, CollateralTrust trust) throws MalformedAnswer {
        VerifiedCollateral verified = required(
                VerifiedCollateral.verifyUndated(set, trust.intel()),
                "TDX collateral",
                "documents and lists signed under the pinned Intel root");
        // Names of test authorities are anything; a set of the other one of Intel's two would fail every quote.
        String name = verified.pckIssuerName().toLowerCase(Locale.ROOT);
        for (PckCa other : PckCa.values()) {
            if (other != ca && name.contains(other.word())) {
                throw new MalformedAnswer(
                        "a revocation list of the " + other.word() + " CA", "that of the " + ca.word() + " CA");
            }
        }
        return new Facts(verified.issued(), verified.expires(), verified.evaluationNumbers());
    }

    static Facts snp(SnpCollateral set, CollateralTrust trust) throws MalformedAnswer {
        try {
            // A source that leaves out the list would keep a revocation from us for as long as the set is kept.
            VerifiedSnpCollateral verified =
                    VerifiedSnpCollateral.verifyUndated(set, trust.amd().withRevocationRequired(true));
            return new Facts(verified.issued().stream().toList(), verified.expires(), List.of());
        } catch (SnpException e) {
            throw new MalformedAnswer(
                    "a chain or list of AMD's that does not verify (" + e.getMessage() + ")",
                    "both signed by the pinned root of " + set.product().word());
        }
    }

    /**
     * Judges a chip's certificate by its signatures, and by chip and level that were asked for.
     *
     * @param chain PEM, the product's intermediate and root
     */
    static Facts vcek(VcekRequest request, Bytes certificate, Bytes chain, CollateralTrust trust)
            throws MalformedAnswer {
        Bytes pem = PemBlocks.ofCertificate(certificate);
        SnpEndorsement shown;
        try {
            shown = SnpVerifier.readEndorsement(pem);
        } catch (SnpException e) {
            throw new MalformedAnswer("a certificate that breaks a rule (" + e.getMessage() + ")", "a VCEK");
        }
        // No list: it ages within weeks, a certificate within years. Whoever uses the certificate checks the list.
        Verification<SnpEndorsement> verified = SnpVerifier.verifyEndorsement(
                pem,
                new SnpCollateral(request.product(), chain, Optional.empty()),
                trust.amd().withRevocationRequired(false),
                shown.notBefore());
        required(
                verified,
                "a VCEK",
                "one signed under the pinned root of " + request.product().word());
        if (shown.product() != request.product()
                || shown.signer() != SnpSigner.VCEK
                || !shown.hwId().equals(Optional.of(request.chipId()))
                || !shown.tcb().equals(SnpTcb.of(request.product(), request.reportedTcb()))) {
            throw new MalformedAnswer("a VCEK of another chip or level", "that of the chip and level asked for");
        }
        return new Facts(List.of(shown.notBefore()), verified.expires(), List.of());
    }

    private static <T> T required(Verification<T> verified, String what, String wanted) throws MalformedAnswer {
        if (verified.result().isPresent()) {
            return verified.result().get();
        }
        String why = verified.firstFailure().map(Genuine::shown).orElse("no check ran");
        throw new MalformedAnswer(what + " that does not verify (" + why + ")", wanted);
    }

    private static String shown(AttestationCheck check) {
        return check.name() + ": " + check.code();
    }
}
