package io.cocoon.tee.tdx;

import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.Curve;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.PemBlocks;
import io.cocoon.tee.internal.PublicKey;
import io.cocoon.tee.internal.SignatureAlgorithm;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.List;
import java.util.Set;

/** The rules of Intel's certificate chains, dates apart. TEE dossier 7.2. */
final class Chains {

    static final int PCK_CERTIFICATES = 3;
    static final int COLLATERAL_CERTIFICATES = 2;

    static final String PCK_NAME = "SGX PCK Certificate";
    static final String TCB_SIGNING_NAME = "SGX TCB Signing";
    static final String INTERMEDIATE_NAME = "CA";
    private static final String ROOT_NAME = "SGX Root CA";

    private Chains() {}

    /** Reads a chain of two certificates of collateral. */
    static List<Certificate> readPair(Bytes pem, TdxError error) throws TdxRefusal {
        List<Certificate> chain;
        try {
            chain = PemBlocks.certificates(pem, COLLATERAL_CERTIFICATES);
        } catch (DerException e) {
            throw new TdxRefusal(error, e);
        }
        if (chain.size() != COLLATERAL_CERTIFICATES) {
            throw new TdxRefusal(error, chain.size() + " certificates", COLLATERAL_CERTIFICATES + ": signer and root");
        }
        return chain;
    }

    /**
     * Checks names, root, CA bits, algorithms and signatures of a chain, leaf first, root last.
     *
     * @param names what each certificate's commonName has to contain, but for the root's
     * @param firstIsCa whether the first certificate is a CA as well
     * @param alreadyVerified certificates below the same root that need no second look at their signatures
     */
    static void verify(
            List<Certificate> chain,
            List<String> names,
            boolean firstIsCa,
            TdxTrust trust,
            List<Certificate> alreadyVerified,
            TdxError error)
            throws TdxRefusal {
        int last = chain.size() - 1;
        for (int i = 0; i <= last; i++) {
            Certificate certificate = chain.get(i);
            Certificate issuer = chain.get(Math.min(i + 1, last));
            String wanted = i == last ? ROOT_NAME : names.get(i);
            if (!certificate.subjectCommonName().contains(wanted)) {
                throw new TdxRefusal(
                        error,
                        "certificate " + (i + 1) + " named " + printable(certificate.subjectCommonName()),
                        "a name with " + wanted);
            }
            if (!certificate.issuer().equals(issuer.subject())) {
                throw new TdxRefusal(
                        error,
                        "certificate " + (i + 1) + " of another issuer, " + printable(certificate.issuerCommonName()),
                        "the next certificate's subject, " + printable(issuer.subjectCommonName()));
            }
        }
        requirePinned(chain.get(last), trust);
        for (int i = last; i >= 0; i--) {
            Certificate certificate = chain.get(i);
            if (!isVerified(certificate, alreadyVerified)) {
                verifyOne(certificate, i, i > 0 || firstIsCa, chain.get(Math.min(i + 1, last)), error);
            }
        }
    }

    private static boolean isVerified(Certificate certificate, List<Certificate> alreadyVerified) {
        for (Certificate verified : alreadyVerified) {
            if (verified.encoded().equals(certificate.encoded())) {
                return true;
            }
        }
        return false;
    }

    private static void verifyOne(
            Certificate certificate, int index, boolean isIssuer, Certificate issuer, TdxError error)
            throws TdxRefusal {
        String which = "certificate " + (index + 1);
        if (!(certificate.key() instanceof PublicKey.Ec key) || key.curve() != Curve.P256) {
            throw new TdxRefusal(error, which + " with a key that is not of P-256", "keys of P-256");
        }
        if (certificate.algorithm() != SignatureAlgorithm.ECDSA_SHA256) {
            throw new TdxRefusal(error, which + " signed by other means", "ECDSA with SHA-256");
        }
        Set<String> unknown = certificate.unknownCritical(Set.of(PckIdentity.EXTENSION));
        if (!unknown.isEmpty()) {
            throw new TdxRefusal(
                    error,
                    which + " with critical extension " + unknown.iterator().next(),
                    "only critical extensions that are understood");
        }
        // Between this certificate and the leaf stand index - 1 others.
        if (isIssuer && !(certificate.mayIssue() && certificate.pathLength().orElse(index) >= index - 1)) {
            throw new TdxRefusal(
                    error,
                    which + " that may not issue certificates",
                    "CA:TRUE, keyCertSign and a path length that suffices");
        }
        if (!certificate.isSignedBy(issuer.key())) {
            throw new TdxRefusal(
                    error, which + " with a signature that does not fit its issuer's key", "the issuer's signature");
        }
    }

    private static void requirePinned(Certificate root, TdxTrust trust) throws TdxRefusal {
        if (!(root.key() instanceof PublicKey.Ec key) || !key.point().equals(trust.rootPublicKey())) {
            throw new TdxRefusal(
                    TdxError.ROOT_UNTRUSTED,
                    "a root with another key",
                    "the pinned root key, SHA-384 " + trust.rootHash().toHex());
        }
    }

    /** Refuses certificates that have begun too late or ended. */
    static void requireValid(List<Certificate> chain, Instant time) throws TdxRefusal {
        for (Certificate certificate : chain) {
            if (time.isBefore(certificate.notBefore())) {
                throw new TdxRefusal(
                        TdxError.CERT_NOT_YET_VALID,
                        printable(certificate.subjectCommonName()) + " valid from " + certificate.notBefore(),
                        "a certificate that is valid at " + time);
            }
            if (time.isAfter(certificate.notAfter())) {
                throw new TdxRefusal(
                        TdxError.CERT_EXPIRED,
                        printable(certificate.subjectCommonName()) + " valid until " + certificate.notAfter(),
                        "a certificate that is valid at " + time);
            }
        }
    }

    /** A name came with the peer's certificate: only what is harmless is shown, and not all of it. */
    static String printable(String text) {
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < Math.min(text.length(), 64); i++) {
            char c = text.charAt(i);
            shown.append(c >= ' ' && c < 0x7f ? c : '?');
        }
        return shown.toString();
    }
}
