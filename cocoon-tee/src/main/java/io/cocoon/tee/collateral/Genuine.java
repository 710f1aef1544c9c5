package io.cocoon.tee.collateral;

import io.cocoon.internal.json.Json;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tl.Bytes;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Whether a set is signed by whom it has to be, and until when: what a cache decides by. It is no verdict: the verifier
 * checks everything again with rules of its own.
 */
final class Genuine {

    private static final int POINT_BYTES = 65;

    private Genuine() {}

    /**
     * What a signed set says about itself.
     *
     * @param issued when each part was issued, in a fixed order
     * @param until the earliest end of validity
     * @param evaluations the TCB evaluation numbers of TCB info and QE identity; empty for AMD
     */
    record Facts(List<Instant> issued, Instant until, List<Long> evaluations) {

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
    }

    static Facts tdx(TdxCollateral set, CollateralTrust trust) throws MalformedAnswer {
        try {
            List<X509Certificate> tcb = intelChain(set.tcbInfoIssuerChain(), trust);
            List<X509Certificate> qe = intelChain(set.qeIdentityIssuerChain(), trust);
            List<X509Certificate> pck = intelChain(set.pckCrlIssuerChain(), trust);
            signed(set.tcbInfo(), set.tcbInfoSignature(), tcb.get(0).getPublicKey());
            signed(set.qeIdentity(), set.qeIdentitySignature(), qe.get(0).getPublicKey());
            X509CRL rootCrl = crl(set.rootCaCrl(), tcb.get(1));
            X509CRL pckCrl = crl(set.pckCrl(), pck.get(0));
            Json.Obj info = PcsAnswers.object(set.tcbInfo());
            Json.Obj identity = PcsAnswers.object(set.qeIdentity());
            Instant until = earliest(
                    time(info, "nextUpdate"),
                    time(identity, "nextUpdate"),
                    rootCrl.getNextUpdate().toInstant(),
                    pckCrl.getNextUpdate().toInstant());
            return new Facts(
                    List.of(
                            time(info, "issueDate"),
                            time(identity, "issueDate"),
                            rootCrl.getThisUpdate().toInstant(),
                            pckCrl.getThisUpdate().toInstant()),
                    until,
                    List.of(evaluation(info), evaluation(identity)));
        } catch (GeneralSecurityException | RuntimeException e) {
            // The JDK's parsers answer hostile input with more than their declared exceptions.
            throw new MalformedAnswer(
                    "TDX collateral that does not verify (" + e.getClass().getSimpleName() + ")",
                    "documents and lists signed under the pinned Intel root");
        }
    }

    static Facts snp(SnpCollateral set, CollateralTrust trust) throws MalformedAnswer {
        try {
            List<X509Certificate> chain = chain(set.chain());
            X509Certificate root = chain.get(1);
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest(root.getPublicKey().getEncoded());
            Bytes pinned = trust.amdRootKeys().get(set.product());
            if (pinned == null || !pinned.equals(Bytes.wrapUnshared(hash))) {
                throw new GeneralSecurityException("another root");
            }
            root.verify(root.getPublicKey());
            chain.get(0).verify(root.getPublicKey());
            X509CRL crl = crl(set.crl().orElseThrow(), root);
            return new Facts(
                    List.of(crl.getThisUpdate().toInstant()),
                    crl.getNextUpdate().toInstant(),
                    List.of());
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new MalformedAnswer(
                    "a chain or list of AMD's that does not verify ("
                            + e.getClass().getSimpleName() + ")",
                    "both signed by the pinned root of " + set.product().word());
        }
    }

    private static List<X509Certificate> chain(Bytes pem) throws GeneralSecurityException {
        List<X509Certificate> chain = new ArrayList<>();
        CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(pem.toByteArray()))
                .forEach(certificate -> chain.add((X509Certificate) certificate));
        if (chain.size() != 2
                || !chain.get(0).getIssuerX500Principal().equals(chain.get(1).getSubjectX500Principal())) {
            throw new GeneralSecurityException("not two certificates, the second of the first's issuer");
        }
        return chain;
    }

    private static List<X509Certificate> intelChain(Bytes pem, CollateralTrust trust) throws GeneralSecurityException {
        List<X509Certificate> chain = chain(pem);
        PublicKey root = chain.get(1).getPublicKey();
        byte[] encoded = root.getEncoded();
        byte[] point = Arrays.copyOfRange(encoded, Math.max(0, encoded.length - POINT_BYTES), encoded.length);
        if (!trust.intelRootKey().equals(Bytes.wrapUnshared(point))) {
            throw new GeneralSecurityException("another root");
        }
        chain.get(1).verify(root);
        chain.get(0).verify(root);
        return chain;
    }

    private static void signed(Bytes document, Bytes signature, PublicKey key) throws GeneralSecurityException {
        Signature verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
        verifier.initVerify(key);
        verifier.update(document.toByteArray());
        if (!verifier.verify(signature.toByteArray())) {
            throw new GeneralSecurityException("signature");
        }
    }

    private static X509CRL crl(Bytes der, X509Certificate issuer) throws GeneralSecurityException {
        X509CRL crl = (X509CRL)
                CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(der.toByteArray()));
        if (!crl.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
            throw new GeneralSecurityException("a list of another issuer");
        }
        crl.verify(issuer.getPublicKey());
        return crl;
    }

    private static Instant time(Json.Obj object, String name) {
        String text = object.text(name);
        if (text == null) {
            throw new DateTimeException("no " + name);
        }
        return Instant.parse(text);
    }

    private static long evaluation(Json.Obj object) {
        if (object.get("tcbEvaluationDataNumber") instanceof Json.Int number && number.nonNegative()) {
            return number.saturated();
        }
        throw new IllegalArgumentException("no tcbEvaluationDataNumber");
    }

    private static Instant earliest(Instant... times) {
        return Arrays.stream(times).min(Instant::compareTo).orElseThrow();
    }
}
