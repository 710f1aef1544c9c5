package io.cocoon.protocol;

import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/**
 * How a client introduces itself. Wire dossier 5.2.
 *
 * <p>{@code client.params}, id 0x40fdca64. On the wire only with its bit of {@code flags}: {@code isTest} (bit 0), {@code minProtoVersion} (bit 1), {@code maxProtoVersion} (bit 1).
 */
public record ClientParams(
        int flags, String clientOwnerAddress, boolean isTest, int minProtoVersion, int maxProtoVersion)
        implements TlObject {
    public static final int ID = 0x40fdca64;

    @Override
    public int constructorId() {
        return ID;
    }

    @Override
    public void writeBare(TlWriter out) {
        out.writeInt(flags);
        out.writeString(clientOwnerAddress);
        if ((flags & 1) != 0) {
            out.writeBool(isTest);
        }
        if ((flags & 2) != 0) {
            out.writeInt(minProtoVersion);
        }
        if ((flags & 2) != 0) {
            out.writeInt(maxProtoVersion);
        }
    }

    static ClientParams readBare(TlReader in) throws TlException {
        int flags = in.readFlags();
        String clientOwnerAddress = in.readString();
        boolean isTest = (flags & 1) != 0 ? in.readBool() : false;
        int minProtoVersion = (flags & 2) != 0 ? in.readInt() : 0;
        int maxProtoVersion = (flags & 2) != 0 ? in.readInt() : 0;
        return new ClientParams(flags, clientOwnerAddress, isTest, minProtoVersion, maxProtoVersion);
    }

    /** Reads the boxed form.
     *
     * @throws TlException if the bytes are anything else
     */
    public static ClientParams readBoxed(TlReader in) throws TlException {
        in.expectId(ID);
        return readBare(in);
    }
}
