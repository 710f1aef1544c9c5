package io.cocoon.client.receipt;

import io.cocoon.tl.Int256;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256. */
final class Hashes {

    private Hashes() {}

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    static Int256 of(byte[] bytes) {
        return Int256.of(sha256().digest(bytes));
    }
}
