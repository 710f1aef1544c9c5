package io.cocoon.protocol;

import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/**
 * What the last answer to a client says about the whole query. Wire dossier 6.5.
 *
 * <p>{@code client.queryFinalInfo}, id 0x69a452f0. On the wire only with its bit of {@code flags}: {@code workerDebug} (bit 0), {@code proxyDebug} (bit 0), {@code proxyStartTime} (bit 1), {@code proxyEndTime} (bit 1), {@code workerStartTime} (bit 1), {@code workerEndTime} (bit 1).
 */
public record ClientFinalInfo(
        int flags,
        TokensUsed tokensUsed,
        String workerDebug,
        String proxyDebug,
        double proxyStartTime,
        double proxyEndTime,
        double workerStartTime,
        double workerEndTime)
        implements TlObject {
    public static final int ID = 0x69a452f0;

    @Override
    public int constructorId() {
        return ID;
    }

    @Override
    public void writeBare(TlWriter out) {
        out.writeInt(flags);
        tokensUsed.writeBare(out);
        if ((flags & 1) != 0) {
            out.writeString(workerDebug);
        }
        if ((flags & 1) != 0) {
            out.writeString(proxyDebug);
        }
        if ((flags & 2) != 0) {
            out.writeDouble(proxyStartTime);
        }
        if ((flags & 2) != 0) {
            out.writeDouble(proxyEndTime);
        }
        if ((flags & 2) != 0) {
            out.writeDouble(workerStartTime);
        }
        if ((flags & 2) != 0) {
            out.writeDouble(workerEndTime);
        }
    }

    static ClientFinalInfo readBare(TlReader in) throws TlException {
        int flags = in.readFlags();
        TokensUsed tokensUsed = TokensUsed.readBare(in);
        String workerDebug = (flags & 1) != 0 ? in.readString() : "";
        String proxyDebug = (flags & 1) != 0 ? in.readString() : "";
        double proxyStartTime = (flags & 2) != 0 ? in.readDouble() : 0;
        double proxyEndTime = (flags & 2) != 0 ? in.readDouble() : 0;
        double workerStartTime = (flags & 2) != 0 ? in.readDouble() : 0;
        double workerEndTime = (flags & 2) != 0 ? in.readDouble() : 0;
        return new ClientFinalInfo(
                flags,
                tokensUsed,
                workerDebug,
                proxyDebug,
                proxyStartTime,
                proxyEndTime,
                workerStartTime,
                workerEndTime);
    }

    /** Reads the boxed form.
     *
     * @throws TlException if the bytes are anything else
     */
    public static ClientFinalInfo readBoxed(TlReader in) throws TlException {
        in.expectId(ID);
        return readBare(in);
    }
}
