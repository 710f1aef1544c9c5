package io.cocoon.protocol;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/** What a frame carries: the transport's own packets. Both directions. Wire dossier 2.3 and 2.4. */
public sealed interface TcpPacket extends TlObject {

    /** {@code tcp.connect}, id 0xa57c4261. */
    record Connect(long id) implements TcpPacket {
        public static final int ID = 0xa57c4261;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeLong(id);
        }

        static Connect readBare(TlReader in) throws TlException {
            return new Connect(in.readLong());
        }
    }

    /** {@code tcp.connected}, id 0x636d41d6. */
    record Connected(long id) implements TcpPacket {
        public static final int ID = 0x636d41d6;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeLong(id);
        }

        static Connected readBare(TlReader in) throws TlException {
            return new Connected(in.readLong());
        }
    }

    /** {@code tcp.ping}, id 0xbbe9627c. */
    record Ping(long id) implements TcpPacket {
        public static final int ID = 0xbbe9627c;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeLong(id);
        }

        static Ping readBare(TlReader in) throws TlException {
            return new Ping(in.readLong());
        }
    }

    /** {@code tcp.pong}, id 0x0bd4302c. */
    record Pong(long id) implements TcpPacket {
        public static final int ID = 0x0bd4302c;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeLong(id);
        }

        static Pong readBare(TlReader in) throws TlException {
            return new Pong(in.readLong());
        }
    }

    /** {@code tcp.packet}, id 0x9c17baf8. */
    record Packet(Bytes data) implements TcpPacket {
        public static final int ID = 0x9c17baf8;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeBytes(data);
        }

        static Packet readBare(TlReader in) throws TlException {
            return new Packet(in.readBytes());
        }
    }

    /** {@code tcp.query}, id 0x3af51908. */
    record Query(long id, Bytes data) implements TcpPacket {
        public static final int ID = 0x3af51908;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeLong(id);
            out.writeBytes(data);
        }

        static Query readBare(TlReader in) throws TlException {
            return new Query(in.readLong(), in.readBytes());
        }
    }

    /** {@code tcp.queryAnswer}, id 0xc048c311. */
    record QueryAnswer(long id, Bytes data) implements TcpPacket {
        public static final int ID = 0xc048c311;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeLong(id);
            out.writeBytes(data);
        }

        static QueryAnswer readBare(TlReader in) throws TlException {
            return new QueryAnswer(in.readLong(), in.readBytes());
        }
    }

    /** {@code tcp.queryError}, id 0x4cd2f602. */
    record QueryError(long id, int code, String message) implements TcpPacket {
        public static final int ID = 0x4cd2f602;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeLong(id);
            out.writeInt(code);
            out.writeString(message);
        }

        static QueryError readBare(TlReader in) throws TlException {
            return new QueryError(in.readLong(), in.readInt(), in.readString());
        }
    }

    /** Reads one boxed object of this family.
     *
     * @throws TlException if the bytes are anything else
     */
    static TcpPacket readBoxed(TlReader in) throws TlException {
        int id = in.readInt();
        return switch (id) {
            case Connect.ID -> Connect.readBare(in);
            case Connected.ID -> Connected.readBare(in);
            case Ping.ID -> Ping.readBare(in);
            case Pong.ID -> Pong.readBare(in);
            case Packet.ID -> Packet.readBare(in);
            case Query.ID -> Query.readBare(in);
            case QueryAnswer.ID -> QueryAnswer.readBare(in);
            case QueryError.ID -> QueryError.readBare(in);
            default -> throw in.unknownConstructor(id);
        };
    }
}
