package io.cocoon.tee;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.time.Instant;
import java.util.Arrays;

/**
 * A certificate as far as attestation needs it; made by {@link CertificateParser}. Immutable.
 *
 * @param encoded all of it, DER
 * @param tbs the signed part, DER
 * @param signature 64 bytes
 * @param key the Ed25519 public key
 * @param notBefore first second of validity
 * @param notAfter last second of validity
 * @param keyUsage bits of the key usage, the first one in the highest bit; -1 if there is no such extension
 * @param serverAuth whether the extended key usage allows a server, or is absent
 * @param clientAuth whether the extended key usage allows a client, or is absent
 * @param evidence what the private extensions carry
 */
record PeerCertificate(
        Bytes encoded,
        Bytes tbs,
        Bytes signature,
        Int256 key,
        byte[] issuer,
        byte[] subject,
        Instant notBefore,
        Instant notAfter,
        int keyUsage,
        boolean serverAuth,
        boolean clientAuth,
        Evidence evidence) {

    private static final int DIGITAL_SIGNATURE = 0x80;

    /** The two ends of a connection. */
    enum Role {
        CLIENT,
        SERVER
    }

    /**
     * Checks everything that needs no policy.
     *
     * @param shownBy which end showed it
     * @throws CertificateRefusal with the first rule that it breaks
     */
    void check(Role shownBy, Instant now) throws CertificateRefusal {
        if (now.isBefore(notBefore)) {
            throw new CertificateRefusal(
                    "ratls.certificate.validity",
                    "TLS_CERT_NOT_YET_VALID",
                    "a certificate that begins at " + notBefore,
                    "one that is valid at " + now,
                    "RFC 5280 6.1.3");
        }
        if (now.isAfter(notAfter)) {
            throw new CertificateRefusal(
                    "ratls.certificate.validity",
                    "TLS_CERT_EXPIRED",
                    "a certificate that ended at " + notAfter,
                    "one that is valid at " + now,
                    "RFC 5280 6.1.3");
        }
        if (!Arrays.equals(issuer, subject)) {
            throw new CertificateRefusal(
                    "ratls.certificate.self-signed",
                    "TLS_CERT_ISSUER",
                    "an issuer other than the subject",
                    "a self-signed certificate",
                    "TEE dossier 4.4");
        }
        if (keyUsage >= 0 && (keyUsage & DIGITAL_SIGNATURE) == 0) {
            throw new CertificateRefusal(
                    "ratls.certificate.usage",
                    "TLS_CERT_KEY_USAGE",
                    "a key usage without digitalSignature",
                    "digitalSignature",
                    "RFC 8446 4.4.2.2");
        }
        if (shownBy == Role.CLIENT ? !clientAuth : !serverAuth) {
            throw new CertificateRefusal(
                    "ratls.certificate.usage",
                    "TLS_CERT_EXTENDED_KEY_USAGE",
                    "an extended key usage that does not name this role",
                    shownBy == Role.CLIENT ? "clientAuth" : "serverAuth",
                    "TEE dossier 4.2");
        }
        if (!io.cocoon.crypto.Ed25519Key.verify(key, tbs, signature)) {
            throw new CertificateRefusal(
                    "ratls.certificate.self-signed",
                    "TLS_CERT_SIGNATURE",
                    "a signature that its key did not make",
                    "a self-signed certificate",
                    "TEE dossier T15");
        }
    }
}
