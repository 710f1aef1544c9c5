package io.cocoon.tee;

import io.cocoon.tl.Bytes;

/**
 * What a certificate carries to prove where its key lives; sizes are checked, content is not. Immutable.
 *
 * <p>The kinds are told apart by the extensions alone (2026 part of the TEE dossier, 2.7).
 */
public sealed interface Evidence {

    /** The certificate has no private extension. */
    record None() implements Evidence {}

    /**
     * Intel TDX.
     *
     * @param quote 0 to 32,768 bytes
     * @param claims the claims extension; nothing may be concluded from it (TEE dossier 2.1). Empty also where a peer
     *     has none and {@link CertificateRules#toleratesMissingClaims} lets it pass
     */
    record Tdx(Bytes quote, Bytes claims) implements Evidence {}

    /**
     * AMD SEV-SNP.
     *
     * @param reportData 64 bytes, equal to SHA-512 of the certificate's key
     * @param report 1184 bytes
     * @param endorsement PEM text with the certificate of the key that signed the report, at most 16,384 bytes
     */
    record SevSnp(Bytes reportData, Bytes report, Bytes endorsement) implements Evidence {}
}
