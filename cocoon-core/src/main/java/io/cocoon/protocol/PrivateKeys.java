package io.cocoon.protocol;

import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import java.util.List;

/**
 * All network keys that a key manager holds. Never log them. 2026 part of the wire dossier, section 5.3.
 *
 * <p>{@code keyManager.privateKeys}, id 0x0ed66ce5.
 */
public record PrivateKeys(List<PrivateKey> keys) implements TlObject {
    public static final int ID = 0x0ed66ce5;

    public PrivateKeys {
        keys = List.copyOf(keys);
    }

    @Override
    public int constructorId() {
        return ID;
    }

    @Override
    public void writeBare(TlWriter out) {
        out.writeVector(keys, (to, each) -> each.writeBare(to));
    }

    static PrivateKeys readBare(TlReader in) throws TlException {
        return new PrivateKeys(in.readVector(PrivateKey::readBare));
    }
    /** Leaves out what must not reach a log. */
    @Override
    public String toString() {
        return "PrivateKeys[…]";
    }

    /** Reads the boxed form.
     *
     * @throws TlException if the bytes are anything else
     */
    public static PrivateKeys readBoxed(TlReader in) throws TlException {
        in.expectId(ID);
        return readBare(in);
    }
}
