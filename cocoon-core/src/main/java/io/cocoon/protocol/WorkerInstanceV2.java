package io.cocoon.protocol;

import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/**
 * One worker connection of a model. Wire dossier 3.4.
 *
 * <p>{@code client.workerInstanceV2}, id 0x3ea93d00.
 */
public record WorkerInstanceV2(int flags, int coefficient, int activeRequests, int maxActiveRequests)
        implements TlObject {
    public static final int ID = 0x3ea93d00;

    @Override
    public int constructorId() {
        return ID;
    }

    @Override
    public void writeBare(TlWriter out) {
        out.writeInt(flags);
        out.writeInt(coefficient);
        out.writeInt(activeRequests);
        out.writeInt(maxActiveRequests);
    }

    static WorkerInstanceV2 readBare(TlReader in) throws TlException {
        return new WorkerInstanceV2(in.readFlags(), in.readInt(), in.readInt(), in.readInt());
    }

    /** Reads the boxed form.
     *
     * @throws TlException if the bytes are anything else
     */
    public static WorkerInstanceV2 readBoxed(TlReader in) throws TlException {
        in.expectId(ID);
        return readBare(in);
    }
}
