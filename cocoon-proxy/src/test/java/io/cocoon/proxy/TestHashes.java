package io.cocoon.proxy;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;

/** Hashes of names, for tests. */
public final class TestHashes {
    private TestHashes() {}

    public static Int256 of(String name) {
        return ClientHandshake.sha256(Bytes.utf8(name));
    }
}
