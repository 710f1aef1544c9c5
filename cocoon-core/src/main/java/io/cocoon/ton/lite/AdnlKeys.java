package io.cocoon.ton.lite;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Int256;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/** What ADNL does with Ed25519 keys: names them, and agrees on secrets with them. Pure functions. */
final class AdnlKeys {

    /** {@code pub.ed25519 key:int256 = PublicKey}. */
    static final int PUB_ED25519 = 0x4813b4c6;

    private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

    private AdnlKeys() {}

    /** Returns the short id of a key: SHA-256 of its boxed TL form. */
    static Int256 shortId(Int256 publicKey) {
        MessageDigest digest = sha256();
        for (int shift = 0; shift < Integer.SIZE; shift += 8) {
            digest.update((byte) (PUB_ED25519 >>> shift));
        }
        return Int256.of(digest.digest(publicKey.toByteArray()));
    }

    /** Returns whether this is an Ed25519 key that a secret can be agreed on with. */
    static boolean isUsable(Int256 publicKey) {
        return Ed25519.validatePublicKeyFull(publicKey.toByteArray(), 0);
    }

    /**
     * Returns the X25519 secret of two Ed25519 keys; both sides get the same.
     *
     * @throws IllegalArgumentException if the peer's key is of small order, so that the secret would be known to anybody
     */
    static byte[] secret(Ed25519Key own, Int256 peer) {
        byte[] scalar = digest("SHA-512").digest(own.seed().toByteArray());
        byte[] secret = new byte[X25519.POINT_SIZE];
        if (!X25519.calculateAgreement(scalar, 0, montgomery(peer), 0, secret, 0)) {
            throw new IllegalArgumentException("no secret can be agreed on with key " + peer.toHex());
        }
        return secret;
    }

    /** The u coordinate of an Edwards point: (1 + y) / (1 - y), RFC 7748 4.1. */
    private static byte[] montgomery(Int256 key) {
        byte[] y = reverse(key.toByteArray());
        y[0] &= 0x7f;
        BigInteger edwards = new BigInteger(1, y);
        BigInteger below = BigInteger.ONE.subtract(edwards).mod(P);
        if (below.signum() == 0) {
            return new byte[X25519.POINT_SIZE];
        }
        BigInteger u = BigInteger.ONE.add(edwards).multiply(below.modInverse(P)).mod(P);
        byte[] result = new byte[X25519.POINT_SIZE];
        byte[] big = u.toByteArray();
        int count = Math.min(big.length, result.length);
        System.arraycopy(big, big.length - count, result, result.length - count, count);
        return reverse(result);
    }

    private static byte[] reverse(byte[] bytes) {
        byte[] result = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            result[i] = bytes[bytes.length - 1 - i];
        }
        return result;
    }

    static MessageDigest sha256() {
        return digest("SHA-256");
    }

    static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has " + name, e);
        }
    }
}
