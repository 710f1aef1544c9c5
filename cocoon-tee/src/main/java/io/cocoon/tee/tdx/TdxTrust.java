package io.cocoon.tee.tdx;

import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.Curve;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.PublicKey;
import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;

/**
 * Whom a verifier believes: the public key of the root CA. Immutable. TEE dossier 3.5 and 7.2.
 *
 * @param rootPublicKey 65 bytes, the uncompressed P-256 point 04 ‖ x ‖ y
 */
public record TdxTrust(Bytes rootPublicKey) {

    private static final TdxTrust INTEL =
            new TdxTrust(Bytes.fromHex("040ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5"
                    + "67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394"));

    /**
     * @throws IllegalArgumentException if the key is not a point of P-256
     */
    public TdxTrust {
        try {
            PublicKey.Ec.ofPoint(Curve.P256, rootPublicKey);
        } catch (DerException e) {
            throw new IllegalArgumentException("root key: " + e.getMessage(), e);
        }
    }

    /** Returns Intel's SGX Root CA, the one of every genuine platform. */
    public static TdxTrust intel() {
        return INTEL;
    }

    /**
     * Returns the key of a root certificate, DER, for tests and for private platforms.
     *
     * @throws IllegalArgumentException if it is no certificate with a P-256 key
     */
    public static TdxTrust ofCertificate(Bytes certificate) {
        try {
            if (Certificate.parse(certificate).key() instanceof PublicKey.Ec key) {
                return new TdxTrust(key.point());
            }
        } catch (DerException e) {
            throw new IllegalArgumentException("root certificate: " + e.getMessage(), e);
        }
        throw new IllegalArgumentException("the root certificate has no P-256 key");
    }

    /** Returns the SHA-384 of the key: the collateral root hash of peer records and allow-lists. */
    public Bytes rootHash() {
        return Bytes.wrapUnshared(Signatures.sha384(rootPublicKey));
    }
}
