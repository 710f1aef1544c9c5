package io.cocoon.tee.sevsnp;

import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.Optional;

/**
 * What the certificate of an endorsement key says. Immutable. 2026 part of the TEE dossier, 8.4. AMD issues certificates anew with
 * other dates for the same key: nothing may depend on the identity of a certificate.
 *
 * @param product from the certificate
 * @param signer kind of the key
 * @param tcb the firmware that the key stands for
 * @param hwId the chip, 64 bytes, for Turin 8; empty for a VLEK
 * @param cspId the cloud provider; empty for a VCEK
 * @param notBefore first second of validity
 * @param notAfter last second of validity
 */
public record SnpEndorsement(
        SnpProduct product,
        SnpSigner signer,
        SnpTcb tcb,
        Optional<Bytes> hwId,
        Optional<String> cspId,
        Instant notBefore,
        Instant notAfter) {}
