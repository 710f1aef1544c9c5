package io.cocoon.tee.sevsnp;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.PemBlocks;
import io.cocoon.tee.internal.RevocationList;
import io.cocoon.tee.internal.SignatureAlgorithm;
import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Verifies SEV-SNP evidence: form of report and certificate, chain to a pinned root, revocation, signature, and that the
 * certificate stands for the chip and the TCB that the report states. Structure before cryptography. Stateless and thread-safe; a
 * verification costs four RSA-4096 and one P-384 signature checks, so it does not belong on an event loop. 2026 part of the TEE
 * dossier, 8.9, steps 1 to 5, and the reserved bits of 6; the caller compares REPORT_DATA and judges the findings.
 */
public final class SnpVerifier {

    private static final String DOSSIER = "TEE dossier, 2026 part, ";
    private static final String OTHER_EVIDENCE = "the peer has to show other evidence";
    private static final String OTHER_COLLATERAL = "fetch chain and list of the product anew from AMD's key service";
    private static final int PATH_ENDS_HERE = 0;

    /** CRL distribution points: where a list could be fetched, which we never follow; harmless to know. */
    private static final Set<String> KNOWN_IN_CHAIN = Set.of("2.5.29.31");

    /** The checks, in their order. */
    private enum Step {
        ENDORSEMENT("snp.endorsement.encoding", "2.7", OTHER_EVIDENCE),
        STRUCTURE("snp.report.structure", "8.1, 8.2", OTHER_EVIDENCE),
        CERTIFICATE("snp.certificate.form", "8.4", OTHER_EVIDENCE),
        SIGNER("snp.certificate.signer", "8.4, 8.8", OTHER_EVIDENCE),
        PRODUCT("snp.certificate.product", "8.3", OTHER_EVIDENCE),
        ROOT("snp.chain.root", "8.5", OTHER_COLLATERAL),
        CHAIN("snp.chain.signature", "8.5", OTHER_EVIDENCE),
        VALIDITY("snp.chain.validity", "8.5", "compare the clocks; AMD issues certificates anew on request"),
        LIST("snp.crl.list", "8.6", OTHER_COLLATERAL),
        REVOKED("snp.crl.revoked", "8.6", "trust nothing that this key certified"),
        SIGNATURE("snp.report.signature", "8.2", OTHER_EVIDENCE),
        CHIP("snp.report.chip-id", "8.4, 8.9", OTHER_EVIDENCE),
        TCB("snp.report.tcb", "8.3, 8.9", "the peer has to show the certificate for REPORTED_TCB (hazard D12)"),
        POLICY_BITS("snp.report.policy-bits", "8.1", OTHER_EVIDENCE);

        private final String check;
        private final String rule;
        private final String nextStep;

        Step(String check, String section, String nextStep) {
            this.check = check;
            this.rule = DOSSIER + section;
            this.nextStep = nextStep;
        }
    }

    private static final Set<Step> OF_REPORT =
            Set.of(Step.STRUCTURE, Step.SIGNATURE, Step.CHIP, Step.TCB, Step.POLICY_BITS);

    private final List<AttestationCheck> checks = new ArrayList<>();
    private final SnpTrust trust;
    private final Instant time;
    private Step step = Step.ENDORSEMENT;
    private Instant expires = Instant.MAX;

    private SnpVerifier(SnpTrust trust, Instant time) {
        this.trust = trust;
        this.time = time;
    }

    /**
     * Verifies a report.
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
        SnpVerifier verifier = new SnpVerifier(trust, time);
        Optional<SnpAppraisal> result = Optional.empty();
        try {
            result = Optional.of(verifier.run(report, endorsementPem, collateral));
        } catch (SnpException e) {
            verifier.fail(e);
        }
        return verifier.finish(result, Set.of());
    }

    /**
     * Verifies the certificate of an endorsement key alone, for those who fetch or keep one. Says nothing about any report.
     *
     * @param endorsementPem text with exactly one certificate
     */
    public static Verification<SnpEndorsement> verifyEndorsement(
            Bytes endorsementPem, SnpCollateral collateral, SnpTrust trust, Instant time) {
        SnpVerifier verifier = new SnpVerifier(trust, time);
        Optional<SnpEndorsement> result = Optional.empty();
        try {
            Bytes encoded = verifier.decode(endorsementPem);
            result = Optional.of(
                    verifier.endorsement(encoded, Optional.empty(), collateral).content());
        } catch (SnpException e) {
            verifier.fail(e);
        }
        return verifier.finish(result, OF_REPORT);
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

    private SnpAppraisal run(Bytes rawReport, Bytes endorsementPem, SnpCollateral collateral) throws SnpException {
        Bytes encoded = decode(endorsementPem);
        begin(Step.STRUCTURE);
        SnpReport report = SnpReport.parse(rawReport);
        pass("version " + report.version(), "version 2 to 5, reserved bytes zero, r and s in range");
        EndorsementCertificate leaf = endorsement(encoded, Optional.of(report), collateral);
        SnpEndorsement content = leaf.content();

        begin(Step.SIGNATURE);
        if (!Signatures.ecdsa(leaf.key(), Signatures.sha384(report.signedBytes()), report.r(), report.s())) {
            throw new SnpException(
                    "REPORT_SIGNATURE", "a signature that the certificate's key did not make", "its signature");
        }
        pass("signed by the certificate's key", "ECDSA P-384, SHA-384");
        checkChip(report, content);
        checkTcb(report, content);

        begin(Step.POLICY_BITS);
        if (!report.policy().reservedOneIsSet()) {
            throw new SnpException("POLICY_RESERVED_BIT17", "policy " + report.policy(), "bit 17 set");
        }
        if (!report.policy().reservedZerosAreClear()) {
            throw new SnpException("POLICY_RESERVED_BITS", "policy " + report.policy(), "bits 26 to 63 clear");
        }
        pass("policy " + report.policy(), "reserved bits as AMD demands");
        return SnpAppraisal.of(report, content);
    }

    private Bytes decode(Bytes endorsementPem) throws SnpException {
        begin(Step.ENDORSEMENT);
        Bytes encoded = EndorsementCertificate.decode(endorsementPem);
        pass("one PEM certificate of " + encoded.length() + " bytes", "exactly one PEM certificate");
        return encoded;
    }

    private EndorsementCertificate endorsement(Bytes encoded, Optional<SnpReport> report, SnpCollateral collateral)
            throws SnpException {
        begin(Step.CERTIFICATE);
        EndorsementCertificate leaf = EndorsementCertificate.parse(encoded);
        SnpEndorsement content = leaf.content();
        pass(content.signer() + " of " + content.product().word(), "P-384, RSASSA-PSS, AMD's extensions once each");
        checkSigner(report, content);
        checkProduct(report, content);
        checkChain(leaf, collateral);
        return leaf;
    }

    private void checkSigner(Optional<SnpReport> report, SnpEndorsement content) throws SnpException {
        begin(Step.SIGNER);
        if (report.isPresent() && report.get().signer() != content.signer()) {
            throw new SnpException(
                    "SIGNER_CERT_KIND",
                    "a report signed by a " + report.get().signer() + " with the certificate of a " + content.signer(),
                    "the same kind of key");
        }
        if (content.signer() == SnpSigner.VLEK && !trust.vlekAllowed()) {
            throw new SnpException("SIGNER_VLEK", "a VLEK", "a VCEK, or trust that allows VLEKs by name");
        }
        pass(content.signer().toString(), trust.vlekAllowed() ? "VCEK or VLEK" : "VCEK");
    }

    private void checkProduct(Optional<SnpReport> report, SnpEndorsement content) throws SnpException {
        begin(Step.PRODUCT);
        Optional<SnpProduct> reported = report.flatMap(SnpReport::product);
        if (reported.isPresent() && reported.get() != content.product()) {
            throw new SnpException(
                    "PRODUCT_MISMATCH",
                    "a report of " + reported.get().word() + " with a certificate of "
                            + content.product().word(),
                    "the same product");
        }
        pass(content.product().word(), "report (from version 3 on) and certificate name the same product");
    }

    private void checkChain(EndorsementCertificate leaf, SnpCollateral collateral) throws SnpException {
        begin(Step.ROOT);
        Certificate intermediate;
        Certificate root;
        SnpProduct product;
        try {
            List<Certificate> chain = PemBlocks.certificates(collateral.chain(), 2);
            if (chain.size() != 2) {
                throw notTrusted("a chain of " + chain.size() + " certificates", "intermediate and root");
            }
            intermediate = chain.get(0);
            root = chain.get(1);
            Bytes hash = SnpTrust.keyHash(root);
            product = trust.productOf(hash)
                    .orElseThrow(() -> notTrusted("a root with key hash " + hash.toHex(), "a pinned root"));
        } catch (DerException e) {
            throw notTrusted(e.seen(), e.wanted());
        }
        if (!mayCertify(root) || !root.maySignLists() || !isSignedBy(root, root)) {
            throw notTrusted("a root that is not self-signed, or may not sign", "self-signed, keyCertSign, cRLSign");
        }
        if (!isSignedBy(intermediate, root)) {
            throw notTrusted("an intermediate that the pinned root did not sign", "its signature and names");
        }
        pass("pinned root of " + product.word(), "root and intermediate of a pinned key");

        begin(Step.CHAIN);
        if (!mayCertify(intermediate) || intermediate.pathLength().orElse(-1) != PATH_ENDS_HERE) {
            throw new SnpException(
                    "CHAIN_SIGNATURE", "an intermediate that may not certify keys", "a CA with path length 0");
        }
        Certificate certificate = leaf.certificate();
        if (product != leaf.content().product() || !isSignedBy(certificate, intermediate)) {
            throw new SnpException(
                    "CHAIN_SIGNATURE",
                    "issuer " + EndorsementCertificate.shortened(certificate.issuerCommonName()) + ", chain of "
                            + EndorsementCertificate.shortened(intermediate.subjectCommonName()),
                    "signed by the intermediate of its own product");
        }
        pass("signed by " + intermediate.subjectCommonName(), "signature, names and product agree");
        checkValidity(List.of(certificate, intermediate, root));
        checkRevocation(collateral, certificate, intermediate, root);
    }

    private static SnpException notTrusted(String seen, String wanted) {
        return new SnpException("ROOT_NOT_TRUSTED", seen, wanted);
    }

    private static boolean mayCertify(Certificate issuer) {
        return issuer.mayIssue()
                && issuer.keyUsage().isPresent()
                && issuer.unknownCritical(KNOWN_IN_CHAIN).isEmpty();
    }

    private static boolean isSignedBy(Certificate certificate, Certificate issuer) {
        return certificate.algorithm() == SignatureAlgorithm.RSA_PSS_SHA384
                && certificate.issuer().equals(issuer.subject())
                && certificate.isSignedBy(issuer.key());
    }

    private void checkValidity(List<Certificate> chain) throws SnpException {
        begin(Step.VALIDITY);
        for (Certificate each : chain) {
            if (time.isBefore(each.notBefore())) {
                throw new SnpException(
                        "CERT_NOT_YET_VALID",
                        each.subjectCommonName() + " valid from " + each.notBefore(),
                        "a certificate valid at " + time);
            }
            if (time.isAfter(each.notAfter())) {
                throw new SnpException(
                        "CERT_EXPIRED",
                        each.subjectCommonName() + " valid until " + each.notAfter(),
                        "a certificate valid at " + time);
            }
            until(each.notAfter());
        }
        pass("all three certificates valid until " + expires, "valid at " + time);
    }

    private void checkRevocation(SnpCollateral collateral, Certificate leaf, Certificate intermediate, Certificate root)
            throws SnpException {
        begin(Step.LIST);
        if (collateral.crl().isEmpty()) {
            if (trust.revocationRequired()) {
                throw new SnpException("CRL_MISSING", "no revocation list", "the product's list");
            }
            skip("no list, and the operator does not require one");
            begin(Step.REVOKED);
            skip("no list, and the operator does not require one");
            return;
        }
        RevocationList list;
        try {
            list = RevocationList.parse(collateral.crl().get());
        } catch (DerException e) {
            throw new SnpException("CRL_SIGNATURE", "a list that cannot be read: " + e.seen(), e.wanted());
        }
        if (!list.issuer().equals(root.subject())) {
            throw new SnpException(
                    "CRL_ISSUER",
                    "a list of " + EndorsementCertificate.shortened(Certificate.commonName(list.issuer())),
                    "of " + root.subjectCommonName());
        }
        if (list.algorithm() != SignatureAlgorithm.RSA_PSS_SHA384 || !list.isSignedBy(root.key())) {
            throw new SnpException("CRL_SIGNATURE", "a list that the root did not sign", "the root's signature");
        }
        if (time.isBefore(list.thisUpdate())) {
            throw new SnpException("CRL_NOT_YET_VALID", "a list of " + list.thisUpdate(), "at most " + time);
        }
        if (time.isAfter(list.nextUpdate())) {
            throw new SnpException("CRL_EXPIRED", "a list until " + list.nextUpdate(), "at least " + time);
        }
        until(list.nextUpdate());
        pass("list of " + list.thisUpdate() + " with " + list.size() + " entries", "signed by the root, in date");

        begin(Step.REVOKED);
        // AMD does not list leaves, which all have serial 0: a listed 0 would mean all of them.
        for (Certificate each : List.of(intermediate, leaf)) {
            if (list.revokes(each.serial())) {
                throw new SnpException(
                        "INTERMEDIATE_REVOKED",
                        each.subjectCommonName() + ", serial " + each.serial().toHex() + ", in the list",
                        "a certificate that is not listed");
            }
        }
        pass("not listed", "neither intermediate nor endorsement key listed");
    }

    private void checkChip(SnpReport report, SnpEndorsement content) throws SnpException {
        begin(Step.CHIP);
        Optional<Bytes> hwId = content.hwId();
        if (hwId.isEmpty()) {
            skip("a VLEK names no chip");
            return;
        }
        if (report.chipIdMasked()) {
            // The finding CHIP_ID_MASKED says so; a policy refuses it unless it was told otherwise.
            skip("the host masked the chip's id");
            return;
        }
        byte[] wanted = new byte[report.chipId().length()];
        hwId.get().copyTo(wanted, 0);
        if (!report.chipId().equals(Bytes.wrapUnshared(wanted))) {
            throw new SnpException("CHIP_ID_MISMATCH", "another chip than the certificate's", "the certificate's hwID");
        }
        pass("the certificate's chip", "CHIP_ID = hwID, zero bytes behind it");
    }

    private void checkTcb(SnpReport report, SnpEndorsement content) throws SnpException {
        begin(Step.TCB);
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
        pass(reported.toString(), "REPORTED_TCB = the certificate's SPLs");
    }

    private void until(Instant end) {
        if (end.isBefore(expires)) {
            expires = end;
        }
    }

    private void begin(Step next) {
        step = next;
    }

    private void pass(String seen, String wanted) {
        checks.add(AttestationCheck.passed(step.check, seen, wanted, step.rule));
    }

    private void skip(String why) {
        checks.add(AttestationCheck.notApplicable(step.check, why, step.rule));
    }

    private void fail(SnpException e) {
        checks.add(AttestationCheck.failed(step.check, e.code(), e.seen(), e.wanted(), step.rule, step.nextStep));
    }

    private <T> Verification<T> finish(Optional<T> result, Set<Step> without) {
        if (result.isEmpty()) {
            for (Step each : Step.values()) {
                if (each.ordinal() > step.ordinal() && !without.contains(each)) {
                    checks.add(AttestationCheck.notApplicable(
                            each.check, "not run: " + step.check + " failed", each.rule));
                }
            }
        }
        return new Verification<>(result, checks, expires);
    }
}
