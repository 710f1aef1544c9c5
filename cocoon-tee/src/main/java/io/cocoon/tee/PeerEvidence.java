package io.cocoon.tee;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.io.IOException;
import java.time.Instant;

/**
 * What a policy gets to judge a peer by. When it gets it from a handshake, the peer has proven that it holds the key.
 *
 * @param key the peer's Ed25519 public key
 * @param evidence what its certificate carries
 * @param certificate the whole certificate, DER: what a cache of verdicts has to be keyed by
 * @param notBefore when the certificate's validity begins
 * @param notAfter when it ends
 * @param time the time of judgement
 */
public record PeerEvidence(
        Int256 key, Evidence evidence, Bytes certificate, Instant notBefore, Instant notAfter, Instant time) {

    /**
     * Reads a certificate outside of a handshake, for tools that explain why one is refused. Nobody has proven to hold its
     * key.
     *
     * @param certificate DER
     * @param shownByClient whether it is judged as the one of a dialling peer
     * @throws IOException with the code and text of the first rule that it breaks, the same as in a handshake
     */
    public static PeerEvidence read(Bytes certificate, boolean shownByClient, Instant time) throws IOException {
        return read(certificate, shownByClient, time, CertificateRules.DEFAULT);
    }

    /**
     * Does the same by other rules than the default ones.
     *
     * @throws IOException with the code and text of the first rule that it breaks
     */
    public static PeerEvidence read(Bytes certificate, boolean shownByClient, Instant time, CertificateRules rules)
            throws IOException {
        PeerCertificate parsed = CertificateParser.parse(certificate.toByteArray(), rules);
        parsed.check(shownByClient ? PeerCertificate.Role.CLIENT : PeerCertificate.Role.SERVER, time, rules);
        return of(parsed, time);
    }

    static PeerEvidence of(PeerCertificate certificate, Instant time) {
        return new PeerEvidence(
                certificate.key(),
                certificate.evidence(),
                certificate.encoded(),
                certificate.notBefore(),
                certificate.notAfter(),
                time);
    }

    /** Returns the same at another time: what an open connection is judged by again. */
    public PeerEvidence at(Instant later) {
        return new PeerEvidence(key, evidence, certificate, notBefore, notAfter, later);
    }

    /** Returns the 64 bytes that evidence for this key has to contain: SHA-512 of the key. TEE dossier 2.1. */
    public Bytes expectedReportData() {
        return Hashes.sha512(key.toBytes());
    }
}
