package io.cocoon.protocol;

import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/** What a proxy or a worker asks a key manager. 2026 part of the wire dossier, section 5.3. */
public sealed interface ToKeyManager extends TlObject {

    /** {@code keyManager.getWorkerPrivateKeys}, id 0x4b90e9b1. */
    record GetWorkerPrivateKeys(int protoVersion) implements ToKeyManager {
        public static final int ID = 0x4b90e9b1;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt(protoVersion);
        }

        static GetWorkerPrivateKeys readBare(TlReader in) throws TlException {
            return new GetWorkerPrivateKeys(in.readInt());
        }
    }

    /** {@code keyManager.getProxyPrivateKeys}, id 0x4135d0bd. */
    record GetProxyPrivateKeys(int protoVersion) implements ToKeyManager {
        public static final int ID = 0x4135d0bd;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt(protoVersion);
        }

        static GetProxyPrivateKeys readBare(TlReader in) throws TlException {
            return new GetProxyPrivateKeys(in.readInt());
        }
    }

    /** Reads one boxed object of this family.
     *
     * @throws TlException if the bytes are anything else
     */
    static ToKeyManager readBoxed(TlReader in) throws TlException {
        int id = in.readInt();
        return switch (id) {
            case GetWorkerPrivateKeys.ID -> GetWorkerPrivateKeys.readBare(in);
            case GetProxyPrivateKeys.ID -> GetProxyPrivateKeys.readBare(in);
            default -> throw in.unknownConstructor(id);
        };
    }
}
