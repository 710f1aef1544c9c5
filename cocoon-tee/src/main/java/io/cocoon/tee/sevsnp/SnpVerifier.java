package io.cocoon.tee.sevsnp;

import io.cocoon.tee.Verification;
import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Verifies SEV-SNP evidence: form of report and certificate, chain to a pinned root, revocation, signature, and that the
 * certificate stands for the chip and the TCB that the report states. Structure before cryptography. Stateless and thread-safe.
 * 2026 part of the TEE dossier, 8.9, steps 1 to 5, and the reserved bits of 6; the caller compares REPORT_DATA and judges the
 * findings.
 *
 * <p>With unverified collateral a verification checks four RSA-4096 signatures and one of P-384. Against {@link
 * VerifiedSnpCollateral}, and with a certificate seen before, it checks the one of P-384 alone. Neither belongs on an event loop.
 */
public final class SnpVerifier {

    private static final Set<SnpStep> ALL = EnumSet.allOf(SnpStep.class);
    private static final Set<SnpStep> OF_ENDORSEMENT = EnumSet.complementOf(
            EnumSet.of(SnpStep.STRUCTURE, SnpStep.SIGNATURE, SnpStep.CHIP, SnpStep.TCB, SnpStep.POLICY_BITS));

    private final SnpProgress progress;
    private final SnpTrust trust;
    private final Instant time;
    private final @Nullable SnpCollateral unverified;
    private final @Nullable VerifiedSnpCollateral verified;

    private SnpVerifier(
            Set<SnpStep> steps,
            SnpTrust trust,
            Instant time,
            @Nullable SnpCollateral unverified,
            @Nullable VerifiedSnpCollateral verified) {
        this.progress = new SnpProgress(steps, SnpStep.ENDORSEMENT);
        this.trust = trust;
        this.time = time;
        this.unverified = unverified;
        this.verified = verified;
    }

    /**
     * Verifies a report and its collateral.
     *
     * @param report 1184 bytes, from the peer
     * @param endorsementPem text with exactly one certificate, from the peer
     * @param collateral chain and revocation list of the product that {@link #product} names
     * @param trust which roots, and whether VLEKs and missing lists are accepted
     * @param time the time of judgement
     * @return what the evidence proves, or the first rule that it breaks; never throws for what a peer sent
     */
    public static Verification<SnpAppraisal> verify(
            Bytes report, Bytes endorsementPem, SnpCollateral collateral, SnpTrust trust, Instant time) {
        return new SnpVerifier(ALL, trust, time, collateral, null).report(report, endorsementPem);
    }

    /**
     * Verifies a report against collateral that was verified before; all dates and the revocation list are checked again. Makes
     * the same checks as {@link #verify(Bytes, Bytes, SnpCollateral, SnpTrust, Instant)} with the same results.
     *
     * @param report 1184 bytes, from the peer
     * @param endorsementPem text with exactly one certificate, from the peer
     * @param time the time of judgement
     * @return what the evidence proves, or the first rule that it breaks; never throws for what a peer sent
     */
    public static Verification<SnpAppraisal> verify(
            Bytes report, Bytes endorsementPem, VerifiedSnpCollateral collateral, Instant time) {
        return new SnpVerifier(ALL, collateral.trust(), time, null, collateral).report(report, endorsementPem);
    }

    /**
     * Verifies the certificate of an endorsement key alone, for those who fetch or keep one. Says nothing about any report.
     *
     * @param endorsementPem text with exactly one certificate
     */
    public static Verification<SnpEndorsement> verifyEndorsement(
            Bytes endorsementPem, SnpCollateral collateral, SnpTrust trust, Instant time) {
        return new SnpVerifier(OF_ENDORSEMENT, trust, time, collateral, null).endorsement(endorsementPem);
    }

    /**
     * Verifies the certificate of an endorsement key against collateral that was verified before.
     *
     * @param endorsementPem text with exactly one certificate
     */
    public static Verification<SnpEndorsement> verifyEndorsement(
            Bytes endorsementPem, VerifiedSnpCollateral collateral, Instant time) {
        return new SnpVerifier(OF_ENDORSEMENT, collateral.trust(), time, null, collateral).endorsement(endorsementPem);
    }

    /**
     * Returns which product's collateral a verification needs. Nothing is verified: the answer may only choose between AMD's own
     * addresses.
     *
     * @throws SnpException if report or certificate name no known product
     */
    public static SnpProduct product(Bytes report, Bytes endorsementPem) throws SnpException {
        Optional<SnpProduct> product = SnpReport.parse(report).product();
        return product.isPresent()
                ? product.get()
                : readEndorsement(endorsementPem).product();
    }

    /**
     * Reads the certificate of an endorsement key and checks its form; no signature is verified.
     *
     * @param endorsementPem text with exactly one certificate
     * @throws SnpException with the first rule that its form breaks
     */
    public static SnpEndorsement readEndorsement(Bytes endorsementPem) throws SnpException {
        return EndorsementCertificate.parse(EndorsementCertificate.decode(endorsementPem))
                .content();
    }

    private Verification<SnpAppraisal> report(Bytes report, Bytes endorsementPem) {
        try {
            return progress.verified(run(report, endorsementPem));
        } catch (SnpException e) {
            return progress.failed(e);
        }
    }

    private Verification<SnpEndorsement> endorsement(Bytes endorsementPem) {
        try {
            return progress.verified(
                    endorsement(decode(endorsementPem), Optional.empty()).content());
        } catch (SnpException e) {
            return progress.failed(e);
        }
    }

    private SnpAppraisal run(Bytes rawReport, Bytes endorsementPem) throws SnpException {
        Bytes encoded = decode(endorsementPem);
        progress.begin(SnpStep.STRUCTURE);
        SnpReport report = SnpReport.parse(rawReport);
        progress.passed("version " + report.version(), "version 2 to 5, reserved bytes zero, r and s in range");
        EndorsementCertificate leaf = endorsement(encoded, Optional.of(report));
        SnpEndorsement content = leaf.content();

        progress.begin(SnpStep.SIGNATURE);
        if (!Signatures.ecdsa(leaf.key(), Signatures.sha384(report.signedBytes()), report.r(), report.s())) {
            throw new SnpException(
                    "REPORT_SIGNATURE", "a signature that the certificate's key did not make", "its signature");
        }
        progress.passed("signed by the certificate's key", "ECDSA P-384, SHA-384");
        checkChip(report, content);
        checkTcb(report, content);

        progress.begin(SnpStep.POLICY_BITS);
        if (!report.policy().reservedOneIsSet()) {
            throw new SnpException("POLICY_RESERVED_BIT17", "policy " + report.policy(), "bit 17 set");
        }
        if (!report.policy().reservedZerosAreClear()) {
            throw new SnpException("POLICY_RESERVED_BITS", "policy " + report.policy(), "bits 26 to 63 clear");
        }
        progress.passed("policy " + report.policy(), "reserved bits as AMD demands");
        return SnpAppraisal.of(report, content);
    }

    private Bytes decode(Bytes endorsementPem) throws SnpException {
        progress.begin(SnpStep.ENDORSEMENT);
        Bytes encoded = EndorsementCertificate.decode(endorsementPem);
        progress.passed("one PEM certificate of " + encoded.length() + " bytes", "exactly one PEM certificate");
        return encoded;
    }

    private EndorsementCertificate endorsement(Bytes encoded, Optional<SnpReport> report) throws SnpException {
        progress.begin(SnpStep.CERTIFICATE);
        Optional<EndorsementCertificate> known = verified == null ? Optional.empty() : verified.remembered(encoded);
        EndorsementCertificate leaf = known.isPresent() ? known.get() : EndorsementCertificate.parse(encoded);
        SnpEndorsement content = leaf.content();
        progress.passed(
                content.signer() + " of " + content.product().word(), "P-384, RSASSA-PSS, AMD's extensions once each");
        checkSigner(report, content);
        checkProduct(report, content);
        VerifiedSnpCollateral collateral = collateral();
        collateral.checkChain(leaf, progress);
        collateral.checkDates(leaf, time, progress);
        collateral.checkRevocation(leaf, time, progress);
        return leaf;
    }

    private VerifiedSnpCollateral collateral() throws SnpException {
        if (verified != null) {
            verified.passRoot(progress);
            return verified;
        }
        return VerifiedSnpCollateral.read(Objects.requireNonNull(unverified), trust, progress);
    }

    private void checkSigner(Optional<SnpReport> report, SnpEndorsement content) throws SnpException {
        progress.begin(SnpStep.SIGNER);
        if (report.isPresent() && report.get().signer() != content.signer()) {
            throw new SnpException(
                    "SIGNER_CERT_KIND",
                    "a report signed by a " + report.get().signer() + " with the certificate of a " + content.signer(),
                    "the same kind of key");
        }
        if (content.signer() == SnpSigner.VLEK && !trust.vlekAllowed()) {
            throw new SnpException("SIGNER_VLEK", "a VLEK", "a VCEK, or trust that allows VLEKs by name");
        }
        progress.passed(content.signer().toString(), trust.vlekAllowed() ? "VCEK or VLEK" : "VCEK");
    }

    private void checkProduct(Optional<SnpReport> report, SnpEndorsement content) throws SnpException {
        progress.begin(SnpStep.PRODUCT);
        Optional<SnpProduct> reported = report.flatMap(SnpReport::product);
        if (reported.isPresent() && reported.get() != content.product()) {
            throw new SnpException(
                    "PRODUCT_MISMATCH",
                    "a report of " + reported.get().word() + " with a certificate of "
                            + content.product().word(),
                    "the same product");
        }
        progress.passed(content.product().word(), "report (from version 3 on) and certificate name the same product");
    }

    private void checkChip(SnpReport report, SnpEndorsement content) throws SnpException {
        progress.begin(SnpStep.CHIP);
        Optional<Bytes> hwId = content.hwId();
        if (hwId.isEmpty()) {
            progress.notApplicable("a VLEK names no chip");
            return;
        }
        if (report.chipIdMasked()) {
            // The finding CHIP_ID_MASKED says so; a policy refuses it unless it was told otherwise.
            progress.notApplicable("the host masked the chip's id");
            return;
        }
        byte[] wanted = new byte[report.chipId().length()];
        hwId.get().copyTo(wanted, 0);
        if (!report.chipId().equals(Bytes.wrapUnshared(wanted))) {
            throw new SnpException("CHIP_ID_MISMATCH", "another chip than the certificate's", "the certificate's hwID");
        }
        progress.passed("the certificate's chip", "CHIP_ID = hwID, zero bytes behind it");
    }

    private void checkTcb(SnpReport report, SnpEndorsement content) throws SnpException {
        progress.begin(SnpStep.TCB);
        SnpProduct product = content.product();
        List<Bytes> all = List.of(report.reportedTcb(), report.currentTcb(), report.committedTcb(), report.launchTcb());
        for (Bytes each : all) {
            if (!SnpTcb.unusedAreZero(product, each)) {
                throw new SnpException(
                        "RESERVED_NOT_ZERO", "TCB " + each.toHex() + " of " + product.word(), "unused bytes zero");
            }
        }
        SnpTcb reported = SnpTcb.of(product, report.reportedTcb());
        if (!reported.equals(content.tcb())) {
            throw new SnpException(
                    "TCB_CERT_MISMATCH", "certificate for " + content.tcb(), "REPORTED_TCB, which is " + reported);
        }
        progress.passed(reported.toString(), "REPORTED_TCB = the certificate's SPLs");
    }
}
