package io.cocoon.protocol;

import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import java.util.List;

/**
 * A model and its workers, second form. Wire dossier 3.4.
 *
 * <p>{@code client.workerTypeV2}, id 0xb27d8197.
 */
public record WorkerTypeV2(String name, List<WorkerInstanceV2> workers) implements TlObject {
    public static final int ID = 0xb27d8197;

    public WorkerTypeV2 {
        workers = List.copyOf(workers);
    }

    @Override
    public int constructorId() {
        return ID;
    }

    @Override
    public void writeBare(TlWriter out) {
        out.writeString(name);
        out.writeVector(workers, (to, each) -> each.writeBare(to));
    }

    static WorkerTypeV2 readBare(TlReader in) throws TlException {
        return new WorkerTypeV2(in.readString(), in.readVector(WorkerInstanceV2::readBare));
    }

    /** Reads the boxed form.
     *
     * @throws TlException if the bytes are anything else
     */
    public static WorkerTypeV2 readBoxed(TlReader in) throws TlException {
        in.expectId(ID);
        return readBare(in);
    }
}
