package io.cocoon.keymanager;

import io.cocoon.tl.Int256;
import java.util.Optional;

/** Looks up private halves of network keys. Thread-safe; never blocks. */
@FunctionalInterface
public interface NetworkKeys {

    /** Knows none: encrypted requests are refused. */
    NetworkKeys NONE = publicKey -> Optional.empty();

    /**
     * Returns the private seed of a public key, if it is known and still valid.
     *
     * @param publicKey Ed25519
     */
    Optional<Int256> privateHalf(Int256 publicKey);
}
