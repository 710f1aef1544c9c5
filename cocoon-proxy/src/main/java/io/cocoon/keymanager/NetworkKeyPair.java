package io.cocoon.keymanager;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Int256;
import java.time.Instant;

/**
 * A network key as the key manager keeps it.
 *
 * @param pair the Ed25519 pair
 * @param type 1 is what clients use; 0 to 255
 * @param sinceConfigVersion of the root contract when it was made
 * @param validSince when it was made, in whole seconds
 * @param validUntil no longer valid from then on, in whole seconds
 */
public record NetworkKeyPair(
        Ed25519Key pair, int type, int sinceConfigVersion, Instant validSince, Instant validUntil) {

    /** The type of which there is always a fresh key. */
    public static final int TYPE_FOR_CLIENTS = 1;

    public NetworkKeyPair {
        if (type < 0 || type > 255) {
            throw new IllegalArgumentException("a key's type is 0 to 255, got " + type);
        }
        if (validUntil.getEpochSecond() > Integer.MAX_VALUE || validUntil.getEpochSecond() < 0) {
            throw new IllegalArgumentException("the end of validity has 31 bits of seconds, got " + validUntil);
        }
    }

    /** Returns the public half. */
    public Int256 publicKey() {
        return pair.publicKey();
    }

    /** Returns whether it is still valid. */
    public boolean isValidAt(Instant now) {
        return now.isBefore(validUntil);
    }
}
