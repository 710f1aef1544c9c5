package io.cocoon.tee.sevsnp;

import io.cocoon.tee.Verification;
import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.PemBlocks;
import io.cocoon.tee.internal.RevocationList;
import io.cocoon.tee.internal.SignatureAlgorithm;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Collateral of which everything that does not depend on time is verified: form, the chain to the pinned root, the signature of
 * the revocation list. Made once for a product and what is trusted, and used for many reports; every use checks all dates and the
 * list again. 2026 part of the TEE dossier, 8.5, 8.6 and 8.10.
 *
 * <p>Immutable as far as anybody can see, and thread-safe: it remembers which endorsement certificates it found good, because a
 * machine shows the same one with every report, and no answer depends on that. What is remembered is that the intermediate signed
 * a certificate, never a verdict about a report.
 */
public final class VerifiedSnpCollateral {

    /** Most certificates that are remembered, each of them issued by AMD. Those that were not used for longest go first. */
    static final int MAX_REMEMBERED = 256;

    private static final Set<SnpStep> STEPS =
            EnumSet.of(SnpStep.ROOT, SnpStep.CHAIN, SnpStep.VALIDITY, SnpStep.LIST, SnpStep.REVOKED);

    private static final int PATH_ENDS_HERE = 0;

    /** CRL distribution points: where a list could be fetched, which we never follow; harmless to know. */
    private static final Set<String> KNOWN_IN_CHAIN = Set.of("2.5.29.31");

    private final Map<Bytes, EndorsementCertificate> good = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Bytes, EndorsementCertificate> eldest) {
            return size() > MAX_REMEMBERED;
        }
    };

    private final SnpTrust trust;
    private final SnpProduct product;
    private final Certificate intermediate;
    private final Certificate root;
    private final Optional<RevocationList> list;
    /** What is wrong with the list. Kept for its turn, because the rules put faults of certificates before faults of lists. */
    private final @Nullable SnpException listProblem;

    private VerifiedSnpCollateral(SnpCollateral collateral, SnpTrust trust) throws SnpException {
        this.trust = trust;
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
        Optional<RevocationList> read = Optional.empty();
        SnpException problem = null;
        try {
            read = readList(collateral.crl(), root, trust.revocationRequired());
        } catch (SnpException e) {
            problem = e;
        }
        list = read;
        listProblem = problem;
    }

    /**
     * Verifies collateral.
     *
     * @param collateral chain and list of one product; its own statement of which is not relied on
     * @param trust which roots, and whether VLEKs and missing lists are accepted; holds for all uses of the result
     * @param time the time of judgement, from an injected clock
     * @return the collateral, or the check that failed; never throws for what the collateral holds
     */
    public static Verification<VerifiedSnpCollateral> verify(SnpCollateral collateral, SnpTrust trust, Instant time) {
        SnpProgress progress = new SnpProgress(STEPS, SnpStep.ROOT);
        try {
            VerifiedSnpCollateral verified = read(collateral, trust, progress);
            progress.begin(SnpStep.CHAIN);
            verified.requireIntermediate();
            progress.passed(
                    EndorsementCertificate.shortened(verified.intermediate.subjectCommonName()),
                    "a CA at the end of a path");
            verified.checkDates(List.of(verified.intermediate, verified.root), time, progress);
            verified.checkRevocation(List.of(verified.intermediate), time, progress);
            return progress.verified(verified);
        } catch (SnpException e) {
            return progress.failed(e);
        }
    }

    /**
     * Verifies everything about collateral that does not depend on the time, for those who keep it: whoever uses it later has to
     * judge its dates. The list has to be there if the trust demands one.
     *
     * @throws SnpException with the first rule that is broken; {@code PRODUCT_MISMATCH} if the root is another product's
     */
    public static VerifiedSnpCollateral verifyUndated(SnpCollateral collateral, SnpTrust trust) throws SnpException {
        VerifiedSnpCollateral verified = new VerifiedSnpCollateral(collateral, trust);
        verified.requireIntermediate();
        if (verified.product != collateral.product()) {
            throw new SnpException(
                    "PRODUCT_MISMATCH",
                    "the root of " + verified.product.word(),
                    "the root of " + collateral.product().word());
        }
        if (verified.listProblem != null) {
            throw verified.listProblem;
        }
        if (verified.list.isPresent() && verified.list.get().revokes(verified.intermediate.serial())) {
            throw new SnpException(
                    "INTERMEDIATE_REVOKED",
                    verified.intermediate.subjectCommonName() + " in the list",
                    "a certificate that is not listed");
        }
        return verified;
    }

    /** Makes the check of the root on behalf of a report's verification, which makes the others in their turn. */
    static VerifiedSnpCollateral read(SnpCollateral collateral, SnpTrust trust, SnpProgress progress)
            throws SnpException {
        progress.begin(SnpStep.ROOT);
        VerifiedSnpCollateral read = new VerifiedSnpCollateral(collateral, trust);
        read.passRoot(progress);
        return read;
    }

    /** Says that the root is good, which it was when this was made. */
    void passRoot(SnpProgress progress) {
        progress.begin(SnpStep.ROOT);
        progress.passed("pinned root of " + product.word(), "root and intermediate of a pinned key");
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

    private static Optional<RevocationList> readList(Optional<Bytes> crl, Certificate root, boolean required)
            throws SnpException {
        if (crl.isEmpty()) {
            if (required) {
                throw new SnpException("CRL_MISSING", "no revocation list", "the product's list");
            }
            return Optional.empty();
        }
        RevocationList list;
        try {
            list = RevocationList.parse(crl.get());
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
        return Optional.of(list);
    }

    private void requireIntermediate() throws SnpException {
        if (!mayCertify(intermediate) || intermediate.pathLength().orElse(-1) != PATH_ENDS_HERE) {
            throw new SnpException(
                    "CHAIN_SIGNATURE", "an intermediate that may not certify keys", "a CA with path length 0");
        }
    }

    /** Returns the certificate of this DER if it was found good before. */
    Optional<EndorsementCertificate> remembered(Bytes encoded) {
        synchronized (good) {
            return Optional.ofNullable(good.get(encoded));
        }
    }

    /** Returns how many certificates are remembered. */
    int remembered() {
        synchronized (good) {
            return good.size();
        }
    }

    /** Checks what does not depend on time about a certificate: who signed it. */
    void checkChain(EndorsementCertificate leaf, SnpProgress progress) throws SnpException {
        progress.begin(SnpStep.CHAIN);
        Certificate certificate = leaf.certificate();
        if (remembered(certificate.encoded()).isEmpty()) {
            requireIntermediate();
            if (product != leaf.content().product() || !isSignedBy(certificate, intermediate)) {
                throw new SnpException(
                        "CHAIN_SIGNATURE",
                        "issuer " + EndorsementCertificate.shortened(certificate.issuerCommonName()) + ", chain of "
                                + EndorsementCertificate.shortened(intermediate.subjectCommonName()),
                        "signed by the intermediate of its own product");
            }
            synchronized (good) {
                good.put(certificate.encoded(), leaf);
            }
        }
        progress.passed("signed by " + intermediate.subjectCommonName(), "signature, names and product agree");
    }

    /** Checks the dates of the whole chain. */
    void checkDates(EndorsementCertificate leaf, Instant time, SnpProgress progress) throws SnpException {
        checkDates(List.of(leaf.certificate(), intermediate, root), time, progress);
    }

    private void checkDates(List<Certificate> chain, Instant time, SnpProgress progress) throws SnpException {
        progress.begin(SnpStep.VALIDITY);
        for (Certificate each : chain) {
            if (time.isBefore(each.notBefore())) {
                throw new SnpException(
                        "CERT_NOT_YET_VALID",
                        EndorsementCertificate.shortened(each.subjectCommonName()) + " valid from " + each.notBefore(),
                        "a certificate valid at " + time);
            }
            if (time.isAfter(each.notAfter())) {
                throw new SnpException(
                        "CERT_EXPIRED",
                        EndorsementCertificate.shortened(each.subjectCommonName()) + " valid until " + each.notAfter(),
                        "a certificate valid at " + time);
            }
            progress.until(each.notAfter());
        }
        progress.passed("all " + chain.size() + " certificates valid until " + progress.expires(), "valid at " + time);
    }

    /** Checks the list, its dates, and that it names none of the chain. */
    void checkRevocation(EndorsementCertificate leaf, Instant time, SnpProgress progress) throws SnpException {
        checkRevocation(List.of(intermediate, leaf.certificate()), time, progress);
    }

    private void checkRevocation(List<Certificate> chain, Instant time, SnpProgress progress) throws SnpException {
        progress.begin(SnpStep.LIST);
        if (listProblem != null) {
            throw listProblem;
        }
        if (list.isEmpty()) {
            progress.notApplicable("no list, and the operator does not require one");
            progress.begin(SnpStep.REVOKED);
            progress.notApplicable("no list, and the operator does not require one");
            return;
        }
        RevocationList found = list.get();
        if (time.isBefore(found.thisUpdate())) {
            throw new SnpException("CRL_NOT_YET_VALID", "a list of " + found.thisUpdate(), "at most " + time);
        }
        if (time.isAfter(found.nextUpdate())) {
            throw new SnpException("CRL_EXPIRED", "a list until " + found.nextUpdate(), "at least " + time);
        }
        progress.until(found.nextUpdate());
        progress.passed(
                "list of " + found.thisUpdate() + " with " + found.size() + " entries", "signed by the root, in date");

        progress.begin(SnpStep.REVOKED);
        // AMD does not list leaves, which all have serial 0: a listed 0 would mean all of them.
        for (Certificate each : chain) {
            if (found.revokes(each.serial())) {
                throw new SnpException(
                        "INTERMEDIATE_REVOKED",
                        each.subjectCommonName() + ", serial " + each.serial().toHex() + ", in the list",
                        "a certificate that is not listed");
            }
        }
        progress.passed("not listed", "neither intermediate nor endorsement key listed");
    }

    /** Returns the product whose pinned root the chain ends in. */
    public SnpProduct product() {
        return product;
    }

    /** Returns what is trusted, as given when this was verified. */
    public SnpTrust trust() {
        return trust;
    }

    /** Returns when the list was issued; empty if there is none. */
    public Optional<Instant> issued() {
        return list.map(RevocationList::thisUpdate);
    }

    /** Returns the first end of validity of anything in the collateral. */
    public Instant expires() {
        Instant first = intermediate.notAfter().isBefore(root.notAfter()) ? intermediate.notAfter() : root.notAfter();
        Instant ofList = list.map(RevocationList::nextUpdate).orElse(first);
        return ofList.isBefore(first) ? ofList : first;
    }
}
