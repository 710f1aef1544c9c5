package io.cocoon.protocol;

import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/**
 * How a worker introduces itself. Wire dossier 5.4; 2026 part, section 10.
 *
 * <p>{@code worker.params}, id 0x869c73ed. On the wire only with its bit of {@code flags}: {@code isTest} (bit 0), {@code proxyCnt} (bit 0), {@code maxActiveRequests} (bit 0), {@code minProtoVersion} (bit 1), {@code maxProtoVersion} (bit 1), {@code machineDescriptionJson} (bit 2).
 */
public record WorkerParams(
        int flags,
        String workerOwnerAddress,
        String model,
        int coefficient,
        boolean isTest,
        int proxyCnt,
        int maxActiveRequests,
        int minProtoVersion,
        int maxProtoVersion,
        String machineDescriptionJson)
        implements TlObject {
    public static final int ID = 0x869c73ed;

    @Override
    public int constructorId() {
        return ID;
    }

    @Override
    public void writeBare(TlWriter out) {
        out.writeInt(flags);
        out.writeString(workerOwnerAddress);
        out.writeString(model);
        out.writeInt(coefficient);
        if ((flags & 1) != 0) {
            out.writeBool(isTest);
        }
        if ((flags & 1) != 0) {
            out.writeInt(proxyCnt);
        }
        if ((flags & 1) != 0) {
            out.writeInt(maxActiveRequests);
        }
        if ((flags & 2) != 0) {
            out.writeInt(minProtoVersion);
        }
        if ((flags & 2) != 0) {
            out.writeInt(maxProtoVersion);
        }
        if ((flags & 4) != 0) {
            out.writeString(machineDescriptionJson);
        }
    }

    static WorkerParams readBare(TlReader in) throws TlException {
        int flags = in.readFlags();
        String workerOwnerAddress = in.readString();
        String model = in.readString();
        int coefficient = in.readInt();
        boolean isTest = (flags & 1) != 0 ? in.readBool() : false;
        int proxyCnt = (flags & 1) != 0 ? in.readInt() : 0;
        int maxActiveRequests = (flags & 1) != 0 ? in.readInt() : 0;
        int minProtoVersion = (flags & 2) != 0 ? in.readInt() : 0;
        int maxProtoVersion = (flags & 2) != 0 ? in.readInt() : 0;
        String machineDescriptionJson = (flags & 4) != 0 ? in.readString() : "";
        return new WorkerParams(
                flags,
                workerOwnerAddress,
                model,
                coefficient,
                isTest,
                proxyCnt,
                maxActiveRequests,
                minProtoVersion,
                maxProtoVersion,
                machineDescriptionJson);
    }

    /** Reads the boxed form.
     *
     * @throws TlException if the bytes are anything else
     */
    public static WorkerParams readBoxed(TlReader in) throws TlException {
        in.expectId(ID);
        return readBare(in);
    }
}
