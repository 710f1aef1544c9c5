package io.cocoon.store;

import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.util.Optional;

/**
 * Keeps one value. Promise: after {@link #save} has returned, {@link #load} gives that value, also in another process after a
 * crash of this one or of the machine; while it has not, the value before it or the new one, never a mixture. One writer.
 */
public interface StateStore {

    /** Returns the newest value; empty if none was ever saved. @throws IOException if it cannot be read or is damaged */
    Optional<Bytes> load() throws IOException;

    /** Replaces the value. @throws IOException if that is not known to have worked; the old value may or may not be left */
    void save(Bytes value) throws IOException;

    /** Forgets everything when the process ends. For tests, and for simulated money. */
    static StateStore inMemory() {
        return new StateStore() {
            private volatile Optional<Bytes> value = Optional.empty();

            @Override
            public Optional<Bytes> load() {
                return value;
            }

            @Override
            public void save(Bytes newest) {
                value = Optional.of(newest);
            }
        };
    }
}
