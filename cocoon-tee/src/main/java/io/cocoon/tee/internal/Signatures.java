package io.cocoon.tee.internal;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Bytes;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.engines.RSABlindedEngine;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.PSSSigner;

/**
 * Verifies signatures. Every method returns false for whatever is wrong with a signature and never throws for it. Stateless.
 *
 * <p>An ECDSA signature with s replaced by n - s is another valid signature of the same message (FIPS 186-4): what is signed
 * so is malleable, and its bytes must never be an identity.
 */
public final class Signatures {

    private static final int PSS_SALT_BYTES = 48;

    private Signatures() {}

    /** Returns whether a DER-encoded (or, for RSA and Ed25519, raw) signature is the key's signature of the message. */
    public static boolean verify(SignatureAlgorithm algorithm, PublicKey key, Bytes message, Bytes signature) {
        return switch (algorithm) {
            case ECDSA_SHA256 -> key instanceof PublicKey.Ec ec && ecdsaDer(ec, sha256(message), signature);
            case ECDSA_SHA384 -> key instanceof PublicKey.Ec ec && ecdsaDer(ec, sha384(message), signature);
            case RSA_PSS_SHA384 -> key instanceof PublicKey.Rsa rsa && rsaPss(rsa, message, signature);
            case ED25519 -> key instanceof PublicKey.Ed25519 ed && Ed25519Key.verify(ed.key(), message, signature);
            case UNSUPPORTED -> false;
        };
    }

    /**
     * Returns whether r ‖ s, big-endian, each as long as a coordinate, is the key's signature of the message under the hash
     * that belongs to the curve: SHA-256 for P-256, SHA-384 for P-384.
     */
    public static boolean ecdsaRaw(PublicKey.Ec key, Bytes message, Bytes signature) {
        int size = key.curve().bytes();
        if (signature.length() != 2 * size) {
            return false;
        }
        byte[] hash = key.curve() == Curve.P256 ? sha256(message) : sha384(message);
        return ecdsa(key, hash, signature.slice(0, size), signature.slice(size, size));
    }

    /** Returns whether a DER sequence of r and s is the key's signature of the hash. */
    static boolean ecdsaDer(PublicKey.Ec key, byte[] hash, Bytes signature) {
        try {
            Der outer = new Der(signature);
            Der sequence = outer.enter(Der.SEQUENCE, "signature");
            outer.expectEnd("the signature");
            Bytes r = positive(sequence, key.curve().bytes());
            Bytes s = positive(sequence, key.curve().bytes());
            sequence.expectEnd("s");
            return ecdsa(key, hash, r, s);
        } catch (DerException e) {
            return false;
        }
    }

    private static Bytes positive(Der sequence, int maxBytes) throws DerException {
        Bytes content = sequence.enter(Der.INTEGER, "r or s").rest();
        if (content.isEmpty() || content.length() > maxBytes + 1 || content.get(0) < 0) {
            throw new DerException("r or s negative or of " + content.length() + " bytes", "a positive integer");
        }
        if (content.length() > 1 && content.get(0) == 0 && content.get(1) >= 0) {
            throw new DerException("r or s with a leading zero byte too many", "the shortest form");
        }
        return content;
    }

    /** Returns whether r and s, unsigned and big-endian, are the key's signature of the hash. */
    public static boolean ecdsa(PublicKey.Ec key, byte[] hash, Bytes r, Bytes s) {
        BigInteger order = key.curve().domain().getN();
        BigInteger first = new BigInteger(1, r.toByteArray());
        BigInteger second = new BigInteger(1, s.toByteArray());
        if (first.signum() == 0
                || second.signum() == 0
                || first.compareTo(order) >= 0
                || second.compareTo(order) >= 0) {
            return false;
        }
        ECDSASigner signer = new ECDSASigner();
        signer.init(false, key.parameters());
        return signer.verifySignature(hash, first, second);
    }

    private static boolean rsaPss(PublicKey.Rsa key, Bytes message, Bytes signature) {
        if (signature.length() != (key.modulus().bitLength() + 7) / 8) {
            return false;
        }
        byte[] value = signature.toByteArray();
        if (new BigInteger(1, value).compareTo(key.modulus()) >= 0) {
            return false;
        }
        PSSSigner signer = new PSSSigner(new RSABlindedEngine(), new SHA384Digest(), PSS_SALT_BYTES);
        signer.init(false, new RSAKeyParameters(false, key.modulus(), key.exponent()));
        signer.update(message.unsafeArray(), message.unsafeOffset(), message.length());
        return signer.verifySignature(value);
    }

    /** Returns the SHA-256 of a sequence. */
    public static byte[] sha256(Bytes content) {
        return digest("SHA-256", content);
    }

    /** Returns the SHA-384 of a sequence. */
    public static byte[] sha384(Bytes content) {
        return digest("SHA-384", content);
    }

    private static byte[] digest(String name, Bytes content) {
        try {
            MessageDigest digest = MessageDigest.getInstance(name);
            digest.update(content.unsafeArray(), content.unsafeOffset(), content.length());
            return digest.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has " + name, e);
        }
    }
}
