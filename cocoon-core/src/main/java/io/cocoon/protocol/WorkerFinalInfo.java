package io.cocoon.protocol;

import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/**
 * What the last answer of a worker says about the whole query. Wire dossier 6.4.
 *
 * <p>{@code proxy.queryFinalInfo}, id 0xe794e6fc. On the wire only with its bit of {@code flags}: {@code workerDebug} (bit 0), {@code workerStartTime} (bit 1), {@code workerEndTime} (bit 1).
 */
public record WorkerFinalInfo(
        int flags, TokensUsed tokensUsed, String workerDebug, double workerStartTime, double workerEndTime)
        implements TlObject {
    public static final int ID = 0xe794e6fc;

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
        if ((flags & 2) != 0) {
            out.writeDouble(workerStartTime);
        }
        if ((flags & 2) != 0) {
            out.writeDouble(workerEndTime);
        }
    }

    static WorkerFinalInfo readBare(TlReader in) throws TlException {
        int flags = in.readFlags();
        TokensUsed tokensUsed = TokensUsed.readBare(in);
        String workerDebug = (flags & 1) != 0 ? in.readString() : "";
        double workerStartTime = (flags & 2) != 0 ? in.readDouble() : 0;
        double workerEndTime = (flags & 2) != 0 ? in.readDouble() : 0;
        return new WorkerFinalInfo(flags, tokensUsed, workerDebug, workerStartTime, workerEndTime);
    }

    /** Reads the boxed form.
     *
     * @throws TlException if the bytes are anything else
     */
    public static WorkerFinalInfo readBoxed(TlReader in) throws TlException {
        in.expectId(ID);
        return readBare(in);
    }
}
