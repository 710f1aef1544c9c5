package io.cocoon.crypto;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.security.SecureRandom;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * An Ed25519 pair made from its 32-byte seed (RFC 8032, no prefix, no context). Immutable and thread-safe.
 *
 * <p>{@link #toString} shows the public half only.
 */
public final class Ed25519Key {

    private final byte[] seed;
    private final byte[] publicKey = new byte[Ed25519.PUBLIC_KEY_SIZE];

    private Ed25519Key(byte[] seed) {
        this.seed = seed;
        Ed25519.generatePublicKey(seed, 0, publicKey, 0);
    }

    /** Makes the pair of a seed. */
    public static Ed25519Key fromSeed(Int256 seed) {
        return new Ed25519Key(seed.toByteArray());
    }

    /** Makes a new pair. */
    public static Ed25519Key generate(SecureRandom random) {
        byte[] seed = new byte[Ed25519.SECRET_KEY_SIZE];
        random.nextBytes(seed);
        return new Ed25519Key(seed);
    }

    /** Returns the public half. */
    public Int256 publicKey() {
        return Int256.of(publicKey);
    }

    /** Returns the private seed. Never log it. */
    public Int256 seed() {
        return Int256.of(seed);
    }

    /** Returns the 64-byte signature of {@code message}. */
    public Bytes sign(Bytes message) {
        byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
        byte[] content = message.toByteArray();
        Ed25519.sign(seed, 0, publicKey, 0, null, content, 0, content.length, signature, 0);
        return Bytes.wrapUnshared(signature);
    }

    /** Returns whether {@code signature} is 64 bytes and the key's signature of {@code message}. */
    public static boolean verify(Int256 publicKey, Bytes message, Bytes signature) {
        if (signature.length() != Ed25519.SIGNATURE_SIZE) {
            return false;
        }
        byte[] content = message.toByteArray();
        return Ed25519.verify(signature.toByteArray(), 0, publicKey.toByteArray(), 0, content, 0, content.length);
    }

    @Override
    public String toString() {
        return "Ed25519Key[public=" + publicKey().toHex() + "]";
    }
}
