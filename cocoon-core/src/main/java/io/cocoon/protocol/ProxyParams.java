package io.cocoon.protocol;

import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/**
 * How a proxy introduces itself. Wire dossier 5.1.
 *
 * <p>{@code proxy.params}, id 0xd5c5609f. On the wire only with its bit of {@code flags}: {@code isTest} (bit 0), {@code protoVersion} (bit 1).
 */
public record ProxyParams(
        int flags,
        Int256 proxyPublicKey,
        String proxyOwnerAddress,
        String proxyScAddress,
        boolean isTest,
        int protoVersion)
        implements TlObject {
    public static final int ID = 0xd5c5609f;

    @Override
    public int constructorId() {
        return ID;
    }

    @Override
    public void writeBare(TlWriter out) {
        out.writeInt(flags);
        out.writeInt256(proxyPublicKey);
        out.writeString(proxyOwnerAddress);
        out.writeString(proxyScAddress);
        if ((flags & 1) != 0) {
            out.writeBool(isTest);
        }
        if ((flags & 2) != 0) {
            out.writeInt(protoVersion);
        }
    }

    static ProxyParams readBare(TlReader in) throws TlException {
        int flags = in.readFlags();
        Int256 proxyPublicKey = in.readInt256();
        String proxyOwnerAddress = in.readString();
        String proxyScAddress = in.readString();
        boolean isTest = (flags & 1) != 0 ? in.readBool() : false;
        int protoVersion = (flags & 2) != 0 ? in.readInt() : 0;
        return new ProxyParams(flags, proxyPublicKey, proxyOwnerAddress, proxyScAddress, isTest, protoVersion);
    }

    /** Reads the boxed form.
     *
     * @throws TlException if the bytes are anything else
     */
    public static ProxyParams readBoxed(TlReader in) throws TlException {
        in.expectId(ID);
        return readBare(in);
    }
}
