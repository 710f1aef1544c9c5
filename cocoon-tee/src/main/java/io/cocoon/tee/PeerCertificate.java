package io.cocoon.tee;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A certificate as far as attestation needs it; made by {@link CertificateParser}. Immutable.
 *
 * @param encoded all of it, DER
 * @param tbs the signed part, DER
 * @param signature 64 bytes
 * @param key the Ed25519 public key
 * @param notBefore first second of validity
 * @param notAfter last second of validity
 * @param version3 whether it says that it is of version 3; otherwise it says nothing
 * @param extensions how many it has
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
        boolean version3,
        int extensions,
        int keyUsage,
        boolean serverAuth,
        boolean clientAuth,
        Evidence evidence) {

    private static final int DIGITAL_SIGNATURE = 0x80;
    private static final String OTHER = "the peer has to show another certificate";

    /** The two ends of a connection. */
    enum Role {
        CLIENT,
        SERVER
    }

    /** Checks everything that needs no policy, by the default rules. */
    void check(Role shownBy, Instant now) throws CertificateRefusal {
        check(shownBy, now, CertificateRules.DEFAULT);
    }

    /**
     * Checks everything that needs no policy.
     *
     * @param shownBy which end showed it
     * @throws CertificateRefusal with the first rule that it breaks
     */
    void check(Role shownBy, Instant now, CertificateRules rules) throws CertificateRefusal {
        for (AttestationCheck check : checks(shownBy, now, rules)) {
            if (check.outcome() == AttestationCheck.Outcome.FAILED) {
                throw new CertificateRefusal(check);
            }
        }
    }

    /**
     * Judges every rule that needs no policy, one line for each, so that a report shows all that is wrong at once.
     *
     * @param shownBy which end showed it
     */
    List<AttestationCheck> checks(Role shownBy, Instant now, CertificateRules rules) {
        List<AttestationCheck> checks = new ArrayList<>();
        checks.add(AttestationCheck.passed(
                "ratls.certificate.version",
                version3
                        ? "X.509 version 3"
                        : "X.509 version 1 with " + extensions + " extensions, as the reference writes it",
                "version 3; version 1 is tolerated",
                "TEE dossier 1, T16"));
        checks.add(AttestationCheck.passed(
                "ratls.certificate.key", "Ed25519, 32 bytes", "an Ed25519 key", "TEE dossier 4.2"));
        checks.add(AttestationCheck.passed(
                "ratls.certificate.extensions",
                extensions + " extensions, none twice, every critical one understood",
                "each extension once, and no critical one that is not understood",
                "RFC 5280 4.2; TEE dossier 2026, 2.7"));
        checks.add(validity(now, rules));
        checks.add(lifetime(rules));
        checks.add(selfSigned());
        checks.add(usage(shownBy));
        return List.copyOf(checks);
    }

    private AttestationCheck validity(Instant now, CertificateRules rules) {
        String name = "ratls.certificate.validity";
        String rule = "RFC 5280 6.1.3";
        String wanted = "one that is valid at " + now;
        if (now.plus(rules.clockTolerance()).isBefore(notBefore)) {
            return AttestationCheck.failed(
                    name,
                    "TLS_CERT_NOT_YET_VALID",
                    "a certificate that begins at " + notBefore,
                    wanted + ", with a tolerance of " + rules.clockTolerance().toSeconds() + " s",
                    rule,
                    "compare both clocks; a new certificate helps only if the peer's clock is right");
        }
        if (now.isAfter(notAfter)) {
            return AttestationCheck.failed(
                    name,
                    "TLS_CERT_EXPIRED",
                    "a certificate that ended at " + notAfter,
                    wanted,
                    rule,
                    "the peer has to renew its certificate; compare both clocks");
        }
        return AttestationCheck.passed(name, "valid from " + notBefore + " to " + notAfter, wanted, rule);
    }

    private AttestationCheck lifetime(CertificateRules rules) {
        String name = "ratls.certificate.lifetime";
        String rule = "TEE dossier 7.8, T7";
        Duration life = Duration.between(notBefore, notAfter);
        String seen = "a lifetime of " + life.toSeconds() + " s";
        String wanted = "at most " + rules.maxLifetime().toSeconds() + " s";
        if (life.compareTo(rules.maxLifetime()) > 0) {
            return AttestationCheck.failed(
                    name,
                    "TLS_CERT_LIFETIME",
                    seen,
                    wanted,
                    rule,
                    "the peer has to make certificates that live shorter; or allow more in CertificateRules");
        }
        return AttestationCheck.passed(name, seen, wanted, rule);
    }

    private AttestationCheck selfSigned() {
        String name = "ratls.certificate.self-signed";
        String rule = "TEE dossier 4.4, T15";
        if (!Arrays.equals(issuer, subject)) {
            return AttestationCheck.failed(
                    name,
                    "TLS_CERT_ISSUER",
                    "an issuer other than the subject",
                    "a self-signed certificate",
                    rule,
                    OTHER);
        }
        if (!Ed25519Key.verify(key, tbs, signature)) {
            return AttestationCheck.failed(
                    name,
                    "TLS_CERT_SIGNATURE",
                    "a signature that its key did not make",
                    "a self-signed certificate",
                    rule,
                    OTHER);
        }
        return AttestationCheck.passed(name, "signed by its own key", "a self-signed certificate", rule);
    }

    private AttestationCheck usage(Role shownBy) {
        String name = "ratls.certificate.usage";
        String rule = "RFC 8446 4.4.2.2; TEE dossier 4.2";
        if (keyUsage >= 0 && (keyUsage & DIGITAL_SIGNATURE) == 0) {
            return AttestationCheck.failed(
                    name,
                    "TLS_CERT_KEY_USAGE",
                    "a key usage without digitalSignature",
                    "digitalSignature",
                    rule,
                    OTHER);
        }
        String wanted = shownBy == Role.CLIENT ? "clientAuth" : "serverAuth";
        if (shownBy == Role.CLIENT ? !clientAuth : !serverAuth) {
            return AttestationCheck.failed(
                    name,
                    "TLS_CERT_EXTENDED_KEY_USAGE",
                    "an extended key usage that does not name this role",
                    wanted,
                    rule,
                    OTHER);
        }
        return AttestationCheck.passed(name, "digitalSignature and " + wanted + " are allowed", wanted, rule);
    }
}
