package io.cocoon.tee;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.time.Instant;

/**
 * What a policy gets to judge a peer by. When it gets it, the peer has proven that it holds the key.
 *
 * @param key the peer's Ed25519 public key
 * @param evidence what its certificate carries
 * @param certificate the whole certificate, DER: what a cache of verdicts has to be keyed by
 * @param time the time of judgement
 */
public record PeerEvidence(Int256 key, Evidence evidence, Bytes certificate, Instant time) {

    /** Returns the 64 bytes that evidence for this key has to contain: SHA-512 of the key. TEE dossier 2.1. */
    public Bytes expectedReportData() {
        return Hashes.sha512(key.toBytes());
    }
}
