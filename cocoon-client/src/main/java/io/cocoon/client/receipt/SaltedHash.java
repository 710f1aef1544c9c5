package io.cocoon.client.receipt;

import io.cocoon.tl.Int256;
import java.security.MessageDigest;

/** Takes a body piece by piece and keeps nothing of it but its hash. Not thread-safe. */
public final class SaltedHash {

    /** Length of a salt. */
    public static final int SALT_BYTES = 32;

    private final MessageDigest digest = Hashes.sha256();
    private long bytes;

    /** Begins with the salt, which is secret and random. */
    public SaltedHash(byte[] salt) {
        digest.update(salt);
    }

    /** Adds the next piece. */
    public void add(byte[] piece, int offset, int length) {
        digest.update(piece, offset, length);
        bytes += length;
    }

    /** Returns what was added so far; more may be added. */
    public Receipt.Body finish() {
        try {
            return new Receipt.Body(bytes, Int256.of(((MessageDigest) digest.clone()).digest()));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's SHA-256 can be copied", e);
        }
    }
}
