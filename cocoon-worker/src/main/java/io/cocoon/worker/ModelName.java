package io.cocoon.worker;

import io.cocoon.tl.Int256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A model as the network names it: {@code base@commit:hash}. Clients ask for the base; the root contract lists the SHA-256
 * of the full name. Wire dossier 5.4.
 *
 * @param full the whole name
 */
public record ModelName(String full) {

    public ModelName {
        if (full.isEmpty() || full.startsWith("@")) {
            throw new IllegalArgumentException("a model is named base@commit:hash, got '" + full + "'");
        }
    }

    /** Returns the part before the first {@code @}. */
    public String base() {
        int at = full.indexOf('@');
        return at < 0 ? full : full.substring(0, at);
    }

    /** Returns the SHA-256 of the full name, as the root contract lists it. */
    public Int256 hash() {
        try {
            return Int256.of(MessageDigest.getInstance("SHA-256").digest(full.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return full;
    }
}
