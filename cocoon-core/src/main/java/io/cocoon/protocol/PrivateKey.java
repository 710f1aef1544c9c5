package io.cocoon.protocol;

import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/**
 * A network key's private half. Never log it. 2026 part of the wire dossier, section 5.
 *
 * <p>{@code keyManager.privateKey}, id 0x60f4f8e7.
 */
public record PrivateKey(int validUntilUtime, Int256 privateKey) implements TlObject {
    public static final int ID = 0x60f4f8e7;

    @Override
    public int constructorId() {
        return ID;
    }

    @Override
    public void writeBare(TlWriter out) {
        out.writeInt(validUntilUtime);
        out.writeInt256(privateKey);
    }

    static PrivateKey readBare(TlReader in) throws TlException {
        return new PrivateKey(in.readInt(), in.readInt256());
    }
    /** Leaves out what must not reach a log. */
    @Override
    public String toString() {
        return "PrivateKey[…]";
    }

    /** Reads the boxed form.
     *
     * @throws TlException if the bytes are anything else
     */
    public static PrivateKey readBoxed(TlReader in) throws TlException {
        in.expectId(ID);
        return readBare(in);
    }
}
