package io.cocoon.protocol;

import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/** How a client may authorise itself: with its secret, or by a message on the chain. Wire dossier 5.2. */
public sealed interface ConnectionAuth extends TlObject {

    /** {@code client.proxyConnectionAuthShort}, id 0xd6ffc5af. */
    record Short(Int256 secretHash, long nonce) implements ConnectionAuth {
        public static final int ID = 0xd6ffc5af;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt256(secretHash);
            out.writeLong(nonce);
        }

        static Short readBare(TlReader in) throws TlException {
            return new Short(in.readInt256(), in.readLong());
        }
    }

    /** {@code client.proxyConnectionAuthLong}, id 0x417bf016. */
    record Long(long nonce) implements ConnectionAuth {
        public static final int ID = 0x417bf016;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeLong(nonce);
        }

        static Long readBare(TlReader in) throws TlException {
            return new Long(in.readLong());
        }
    }

    /** Reads one boxed object of this family.
     *
     * @throws TlException if the bytes are anything else
     */
    static ConnectionAuth readBoxed(TlReader in) throws TlException {
        int id = in.readInt();
        return switch (id) {
            case Short.ID -> Short.readBare(in);
            case Long.ID -> Long.readBare(in);
            default -> throw in.unknownConstructor(id);
        };
    }
}
