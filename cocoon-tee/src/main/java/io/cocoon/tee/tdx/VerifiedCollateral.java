package io.cocoon.tee.tdx;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.PublicKey;
import io.cocoon.tee.internal.RevocationList;
import io.cocoon.tee.internal.SignatureAlgorithm;
import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Collateral of which everything that does not depend on time is verified: form, chains to the pinned root, signatures,
 * revocation. Made once for a family of platforms and used for many quotes; every use checks all dates again. TEE dossier 7.2,
 * 7.3 and 7.5.
 *
 * <p>Immutable as far as anybody can see, and thread-safe: it remembers which PCK chains it found good, because a platform shows
 * the same one with every quote, and no answer depends on that.
 */
public final class VerifiedCollateral {

    private static final int SIGNATURE_BYTES = 64;

    /**
     * Most chains that are remembered. Only chains that Intel issued get in; copies of one that differ in white space can push
     * others out, which costs those the time of one more verification and nothing else.
     */
    private static final int MAX_REMEMBERED_CHAINS = 256;

    private final Map<Bytes, List<Certificate>> goodChains = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Bytes, List<Certificate>> eldest) {
            return size() > MAX_REMEMBERED_CHAINS;
        }
    };

    private final TdxTrust trust;
    private final List<Certificate> crlChain;
    private final RevocationList rootCrl;
    private final RevocationList pckCrl;
    private final List<Certificate> certificates;
    private final TcbInfo tcbInfo;
    private final QeIdentity qeIdentity;
    private final List<AttestationCheck> checks;

    private VerifiedCollateral(TdxCollateral collateral, TdxTrust trust, Progress progress) throws TdxRefusal {
        this.trust = trust;
        progress.begin(Step.CRL_CHAIN);
        crlChain = Chains.readPair(collateral.pckCrlIssuerChain(), TdxError.CRL_INVALID);
        Chains.verify(crlChain, List.of(Chains.INTERMEDIATE_NAME), true, trust, List.of(), TdxError.CRL_INVALID);
        Certificate issuer = crlChain.get(0);
        Certificate root = crlChain.get(1);
        progress.passed(Chains.printable(issuer.subjectCommonName()));

        progress.begin(Step.CRL_ROOT);
        rootCrl = revocationList(collateral.rootCaCrl(), root);
        progress.passed("a list of " + rootCrl.size() + " certificates");

        progress.begin(Step.CRL_PCK);
        pckCrl = revocationList(collateral.pckCrl(), issuer);
        if (rootCrl.revokes(issuer.serial())) {
            throw revoked(TdxError.INTERMEDIATE_REVOKED, issuer);
        }
        progress.passed("a list of " + pckCrl.size() + " certificates");

        progress.begin(Step.TCB_CHAIN);
        List<Certificate> tcbChain = signer(collateral.tcbInfoIssuerChain(), List.of(root), progress);
        progress.begin(Step.TCB_SIGNATURE);
        requireSigned(
                tcbChain.get(0),
                collateral.tcbInfo(),
                collateral.tcbInfoSignature(),
                TdxError.TCB_INFO_MALFORMED,
                TdxError.TCB_INFO_SIGNATURE);
        progress.passed("a signature over " + collateral.tcbInfo().length() + " bytes");
        progress.begin(Step.TCB_FORM);
        tcbInfo = TcbInfo.parse(collateral.tcbInfo());
        progress.passed("evaluation " + tcbInfo.evaluationNumber() + " of family "
                + tcbInfo.fmspc().toHex());

        progress.begin(Step.QE_CHAIN);
        List<Certificate> qeChain =
                signer(collateral.qeIdentityIssuerChain(), List.of(root, tcbChain.get(0)), progress);
        progress.begin(Step.QE_SIGNATURE);
        requireSigned(
                qeChain.get(0),
                collateral.qeIdentity(),
                collateral.qeIdentitySignature(),
                TdxError.QE_IDENTITY_MALFORMED,
                TdxError.QE_IDENTITY_SIGNATURE);
        progress.passed("a signature over " + collateral.qeIdentity().length() + " bytes");
        progress.begin(Step.QE_FORM);
        qeIdentity = QeIdentity.parse(collateral.qeIdentity());
        progress.passed("evaluation " + qeIdentity.evaluationNumber());

        certificates = Stream.of(crlChain, tcbChain, qeChain)
                .flatMap(List::stream)
                .distinct()
                .toList();
        checks = progress.checks();
    }

    /**
     * Verifies collateral.
     *
     * @param time the verification instant, from an injected clock
     * @return the collateral, or the check that failed; never throws for what the collateral holds
     */
    public static Verification<VerifiedCollateral> verify(TdxCollateral collateral, TdxTrust trust, Instant time) {
        Progress progress = new Progress(Step.CRL_CHAIN);
        try {
            VerifiedCollateral verified = new VerifiedCollateral(collateral, trust, progress);
            verified.requireValid(time, progress);
            return progress.verified(verified);
        } catch (TdxRefusal e) {
            return progress.failed(e, Step.COLLATERAL_DATES);
        }
    }

    /**
     * Verifies all that does not depend on time, for those who keep collateral: its dates are not judged. Every use of the result
     * for a quote judges them.
     *
     * @return the collateral, or the check that failed; never throws for what the collateral holds
     */
    public static Verification<VerifiedCollateral> verifyUndated(TdxCollateral collateral, TdxTrust trust) {
        Progress progress = new Progress(Step.CRL_CHAIN);
        try {
            return progress.verified(new VerifiedCollateral(collateral, trust, progress));
        } catch (TdxRefusal e) {
            return progress.failed(e, Step.QE_FORM);
        }
    }

    /** Makes the same checks on behalf of a quote's verification, which reports them as its own. */
    static VerifiedCollateral verify(TdxCollateral collateral, TdxTrust trust, Progress progress) throws TdxRefusal {
        return new VerifiedCollateral(collateral, trust, progress);
    }

    private static RevocationList revocationList(Bytes encoded, Certificate issuer) throws TdxRefusal {
        RevocationList list;
        try {
            list = RevocationList.parse(encoded);
        } catch (DerException e) {
            throw new TdxRefusal(TdxError.CRL_INVALID, e);
        }
        if (!list.issuer().equals(issuer.subject())) {
            throw new TdxRefusal(
                    TdxError.CRL_INVALID,
                    "a list of another issuer, " + Chains.printable(Certificate.commonName(list.issuer())),
                    "a list of " + Chains.printable(issuer.subjectCommonName()));
        }
        if (list.number().isEmpty() || list.authorityKeyIdentifier().isEmpty()) {
            throw new TdxRefusal(
                    TdxError.CRL_INVALID,
                    "a list without number or authority key identifier",
                    "both extensions (RFC 5280 5.2)");
        }
        if (!issuer.maySignLists()
                || list.algorithm() != SignatureAlgorithm.ECDSA_SHA256
                || !list.isSignedBy(issuer.key())) {
            throw new TdxRefusal(
                    TdxError.CRL_INVALID,
                    "a list that its issuer's key did not sign",
                    "the signature of " + Chains.printable(issuer.subjectCommonName()));
        }
        return list;
    }

    private List<Certificate> signer(Bytes pem, List<Certificate> known, Progress progress) throws TdxRefusal {
        List<Certificate> chain = Chains.readPair(pem, TdxError.TCB_CHAIN_INVALID);
        Chains.verify(chain, List.of(Chains.TCB_SIGNING_NAME), false, trust, known, TdxError.TCB_CHAIN_INVALID);
        Certificate signer = chain.get(0);
        // The root's list counts for certificates that name the root as their issuer; the name was compared with this
        // chain's.
        if (!signer.issuer().equals(rootCrl.issuer())) {
            throw new TdxRefusal(
                    TdxError.TCB_CHAIN_INVALID,
                    "a root with another name than the revocation list's issuer",
                    "one root for all collateral");
        }
        if (rootCrl.revokes(signer.serial())) {
            throw revoked(TdxError.TCB_SIGNING_REVOKED, signer);
        }
        progress.passed(Chains.printable(signer.subjectCommonName()));
        return chain;
    }

    /** Returns the chain of a quote, verified but for dates and revocation. */
    List<Certificate> verifyPckChain(TdxQuote quote) throws TdxRefusal {
        synchronized (goodChains) {
            List<Certificate> good = goodChains.get(quote.pckChain());
            if (good != null) {
                return good;
            }
        }
        List<Certificate> chain = new ArrayList<>(quote.pckCertificates());
        // The same certificate in place of its copy: BouncyCastle verifies faster with a point that it has used before.
        chain.replaceAll(certificate -> crlChain.stream()
                .filter(known -> known.encoded().equals(certificate.encoded()))
                .findFirst()
                .orElse(certificate));
        Chains.verify(
                chain,
                List.of(Chains.PCK_NAME, Chains.INTERMEDIATE_NAME),
                false,
                trust,
                crlChain,
                TdxError.PCK_CHAIN_INVALID);
        List<Certificate> good = List.copyOf(chain);
        synchronized (goodChains) {
            // A copy of the text, so that it does not keep the whole quote, or the certificate around it, in memory.
            goodChains.put(Bytes.wrapUnshared(quote.pckChain().toByteArray()), good);
        }
        return good;
    }

    static TdxRefusal revoked(TdxError error, Certificate certificate) {
        return new TdxRefusal(
                error,
                Chains.printable(certificate.subjectCommonName()) + " with serial number "
                        + certificate.serial().toHex() + ", revoked",
                "a certificate on no revocation list");
    }

    private static void requireSigned(
            Certificate signer, Bytes document, Bytes signature, TdxError malformed, TdxError wrong) throws TdxRefusal {
        if (signature.length() != SIGNATURE_BYTES) {
            throw new TdxRefusal(
                    malformed, "a signature of " + signature.length() + " bytes", SIGNATURE_BYTES + " bytes, r and s");
        }
        if (!(signer.key() instanceof PublicKey.Ec key) || !Signatures.ecdsaRaw(key, document, signature)) {
            throw new TdxRefusal(
                    wrong,
                    "a signature that does not fit the " + document.length() + " bytes of the document",
                    "the signature of " + Chains.printable(signer.subjectCommonName()));
        }
    }

    /** Checks all dates and notes their ends. */
    void requireValid(Instant time, Progress progress) throws TdxRefusal {
        progress.begin(Step.COLLATERAL_DATES);
        for (Certificate certificate : certificates) {
            progress.until(certificate.notAfter());
        }
        progress.until(rootCrl.nextUpdate());
        progress.until(pckCrl.nextUpdate());
        progress.until(tcbInfo.nextUpdate());
        progress.until(qeIdentity.nextUpdate());
        Chains.requireValid(certificates, time);
        for (RevocationList list : List.of(rootCrl, pckCrl)) {
            requireWindow(
                    "a revocation list",
                    list.thisUpdate(),
                    list.nextUpdate(),
                    time,
                    TdxError.CRL_NOT_YET_VALID,
                    TdxError.CRL_EXPIRED);
        }
        requireWindow(
                "TCB info",
                tcbInfo.issueDate(),
                tcbInfo.nextUpdate(),
                time,
                TdxError.TCB_INFO_NOT_YET_VALID,
                TdxError.TCB_INFO_EXPIRED);
        requireWindow(
                "a QE identity",
                qeIdentity.issueDate(),
                qeIdentity.nextUpdate(),
                time,
                TdxError.QE_IDENTITY_NOT_YET_VALID,
                TdxError.QE_IDENTITY_EXPIRED);
        progress.passed("everything valid at " + time);
    }

    private static void requireWindow(
            String what, Instant from, Instant to, Instant time, TdxError early, TdxError late) throws TdxRefusal {
        if (time.isBefore(from)) {
            throw new TdxRefusal(early, what + " valid from " + from, "one that is valid at " + time);
        }
        if (time.isAfter(to)) {
            throw new TdxRefusal(late, what + " valid until " + to, "one that is valid at " + time);
        }
    }

    /** Returns the 6 bytes of the family of platforms that the collateral is for. */
    public Bytes fmspc() {
        return tcbInfo.fmspc();
    }

    /** Returns the number of Intel's evaluation, the smaller one of the two documents. */
    public int evaluationNumber() {
        return Math.min(tcbInfo.evaluationNumber(), qeIdentity.evaluationNumber());
    }

    /** Returns the numbers of Intel's evaluation that TCB info and QE identity state, in this order. */
    public List<Integer> evaluationNumbers() {
        return List.of(tcbInfo.evaluationNumber(), qeIdentity.evaluationNumber());
    }

    /** Returns the common name of the authority whose list of revoked PCK certificates this holds. */
    public String pckIssuerName() {
        return crlChain.get(0).subjectCommonName();
    }

    /** Returns when TCB info, QE identity, the root's list and the PCK list were issued, in this order. */
    public List<Instant> issued() {
        return List.of(tcbInfo.issueDate(), qeIdentity.issueDate(), rootCrl.thisUpdate(), pckCrl.thisUpdate());
    }

    /** Returns the first end of validity of anything in the collateral. */
    public Instant expires() {
        Instant first = tcbInfo.nextUpdate();
        for (Instant end : List.of(qeIdentity.nextUpdate(), rootCrl.nextUpdate(), pckCrl.nextUpdate())) {
            first = end.isBefore(first) ? end : first;
        }
        for (Certificate certificate : certificates) {
            first = certificate.notAfter().isBefore(first) ? certificate.notAfter() : first;
        }
        return first;
    }

    TdxTrust trust() {
        return trust;
    }

    /** Returns the issuer of PCK certificates and the root, both verified but for their dates. */
    List<Certificate> crlChain() {
        return crlChain;
    }

    RevocationList rootCrl() {
        return rootCrl;
    }

    RevocationList pckCrl() {
        return pckCrl;
    }

    TcbInfo tcbInfo() {
        return tcbInfo;
    }

    QeIdentity qeIdentity() {
        return qeIdentity;
    }

    List<AttestationCheck> checks() {
        return checks;
    }
}
