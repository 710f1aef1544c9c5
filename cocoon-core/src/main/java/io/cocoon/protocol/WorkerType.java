package io.cocoon.protocol;

import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/**
 * A model and how many workers serve it, first form. Wire dossier 3.4.
 *
 * <p>{@code client.workerType}, id 0x8210e21c.
 */
public record WorkerType(
        String name, int activeWorkers, int coefficientMin, int coefficientBucket50, int coefficientMax)
        implements TlObject {
    public static final int ID = 0x8210e21c;

    @Override
    public int constructorId() {
        return ID;
    }

    @Override
    public void writeBare(TlWriter out) {
        out.writeString(name);
        out.writeInt(activeWorkers);
        out.writeInt(coefficientMin);
        out.writeInt(coefficientBucket50);
        out.writeInt(coefficientMax);
    }

    static WorkerType readBare(TlReader in) throws TlException {
        return new WorkerType(in.readString(), in.readInt(), in.readInt(), in.readInt(), in.readInt());
    }

    /** Reads the boxed form.
     *
     * @throws TlException if the bytes are anything else
     */
    public static WorkerType readBoxed(TlReader in) throws TlException {
        in.expectId(ID);
        return readBare(in);
    }
}
