package io.cocoon.tee;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The hashes of certificates and evidence. */
final class Hashes {

    private Hashes() {}

    static Int256 sha256(byte[] content) {
        return Int256.of(digest("SHA-256").digest(content));
    }

    static Bytes sha512(Bytes content) {
        return Bytes.wrapUnshared(digest("SHA-512").digest(content.toByteArray()));
    }

    static byte[] sha1(byte[] content) {
        return digest("SHA-1").digest(content);
    }

    private static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has " + name, e);
        }
    }
}
