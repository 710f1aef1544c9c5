package io.cocoon.keymanager;

import io.cocoon.tl.Int256;
import java.io.IOException;
import java.util.List;

/** Where a key manager keeps its keys over a restart. Used by one thread at a time. */
public interface KeyStore {

    /** Keeps nothing: keys end with the process. */
    KeyStore NONE = new KeyStore() {
        @Override
        public List<NetworkKeyPair> load(int rootVersion) {
            return List.of();
        }

        @Override
        public void rootVersion(int version) {
            // Nothing is kept.
        }

        @Override
        public void add(NetworkKeyPair key) {
            // Nothing is kept.
        }

        @Override
        public void remove(Int256 publicKey) {
            // Nothing is kept.
        }
    };

    /**
     * Reads all keys.
     *
     * @param rootVersion the version of the root contract now
     * @throws IOException if something cannot be read, was changed by anybody else, or the root contract was newer already
     */
    List<NetworkKeyPair> load(int rootVersion) throws IOException;

    /** Writes down the version of the root contract. */
    void rootVersion(int version) throws IOException;

    /** Writes a key down; it survives a crash from then on. */
    void add(NetworkKeyPair key) throws IOException;

    /** Deletes a key; nothing happens if there is none. */
    void remove(Int256 publicKey) throws IOException;
}
