package io.cocoon.tee.nvidia;

import io.cocoon.tee.internal.Certificate;
import io.cocoon.tee.internal.Curve;
import io.cocoon.tee.internal.Der;
import io.cocoon.tee.internal.DerException;
import io.cocoon.tee.internal.PublicKey;
import io.cocoon.tee.internal.SignatureAlgorithm;
import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import java.math.BigInteger;
import java.util.HexFormat;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.RSADigestSigner;

/**
 * Signatures with their AlgorithmIdentifier, as NVIDIA's services make them: ECDSA, and RSA with SHA-256 for the short-lived
 * signers of tokens. Returns false for whatever is wrong. 2026 part of the TEE dossier, 10.3.
 */
final class VendorSignatures {

    private static final Bytes ECDSA_SHA256 = Bytes.fromHex("300a06082a8648ce3d040302");
    private static final Bytes ECDSA_SHA384 = Bytes.fromHex("300a06082a8648ce3d040303");
    private static final Bytes RSA_SHA256 = Bytes.fromHex("300d06092a864886f70d01010b0500");
    private static final Bytes P384_KEY_HEADER = Bytes.fromHex("3076301006072a8648ce3d020106052b81040022036200");

    private VendorSignatures() {}

    static boolean verify(Bytes algorithm, PublicKey key, Bytes message, Bytes signature) {
        if (algorithm.equals(ECDSA_SHA384)) {
            return Signatures.verify(SignatureAlgorithm.ECDSA_SHA384, key, message, signature);
        }
        if (algorithm.equals(ECDSA_SHA256)) {
            return Signatures.verify(SignatureAlgorithm.ECDSA_SHA256, key, message, signature);
        }
        return algorithm.equals(RSA_SHA256) && key instanceof PublicKey.Rsa rsa && rsa(rsa, message, signature);
    }

    /** Returns whether the issuer's key signed the certificate, with RSA and SHA-256 allowed too. */
    static boolean isSignedBy(Certificate certificate, PublicKey issuer) {
        if (certificate.algorithm() != SignatureAlgorithm.UNSUPPORTED) {
            return certificate.isSignedBy(issuer);
        }
        try {
            Der outer = new Der(certificate.encoded()).enter(Der.SEQUENCE, "certificate");
            outer.skip("tbsCertificate");
            return verify(
                    outer.skip("signature algorithm"), issuer, certificate.signedBytes(), certificate.signature());
        } catch (DerException e) {
            return false;
        }
    }

    private static boolean rsa(PublicKey.Rsa key, Bytes message, Bytes signature) {
        if (signature.length() != (key.modulus().bitLength() + 7) / 8) {
            return false;
        }
        byte[] value = signature.toByteArray();
        if (new BigInteger(1, value).compareTo(key.modulus()) >= 0) {
            return false;
        }
        RSADigestSigner signer = new RSADigestSigner(new SHA256Digest());
        signer.init(false, new RSAKeyParameters(false, key.modulus(), key.exponent()));
        signer.update(message.unsafeArray(), message.unsafeOffset(), message.length());
        return signer.verifySignature(value);
    }

    /** Returns the key if it is of P-384. */
    static PublicKey.Ec p384(PublicKey key, String what, String code, String rule) throws Refusal {
        if (key instanceof PublicKey.Ec ec && ec.curve() == Curve.P384) {
            return ec;
        }
        throw new Refusal(code, what + " is not of P-384", "a key of P-384", rule, "");
    }

    /** Returns the SubjectPublicKeyInfo of a P-384 key, DER. */
    static Bytes encoded(PublicKey.Ec key) {
        return P384_KEY_HEADER.concat(key.point());
    }

    /** Returns SHA-256 of the SubjectPublicKeyInfo of a P-384 key. */
    static Bytes keyHash(PublicKey.Ec key) {
        return Bytes.wrapUnshared(Signatures.sha256(encoded(key)));
    }

    static String hex(byte[] value) {
        return HexFormat.of().formatHex(value);
    }
}
