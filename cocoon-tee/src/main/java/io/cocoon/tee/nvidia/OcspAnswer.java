package io.cocoon.tee.nvidia;

import io.cocoon.tl.Bytes;

/**
 * What an OCSP responder said, and the nonce it was asked with. Not trusted: {@link GpuVerifier} checks its signature. The
 * asker makes the nonce; an answer that comes from the peer has to answer to a nonce of ours. Immutable. RFC 6960, RFC 9654.
 *
 * @param response OCSPResponse, DER
 * @param nonce as sent, at least 16 bytes
 */
public record OcspAnswer(Bytes response, Bytes nonce) {

    /** Longest answer that is read, in bytes. */
    public static final int MAX_LENGTH = 65_536;

    /** Shortest nonce, in bytes. */
    public static final int MIN_NONCE_LENGTH = 16;

    public OcspAnswer {
        if (nonce.length() < MIN_NONCE_LENGTH) {
            throw new IllegalArgumentException(
                    "an OCSP nonce of " + nonce.length() + " bytes; wanted: at least " + MIN_NONCE_LENGTH);
        }
    }
}
