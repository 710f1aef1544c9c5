package io.cocoon.protocol;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/** What a client sends to a proxy. Wire dossier 5.2 and 6.1. */
public sealed interface ClientToProxy extends TlObject {

    /** Travels in {@code tcp.query}: exactly one answer or error follows. */
    sealed interface Query extends ClientToProxy {}

    /** Travels in {@code tcp.packet}: one way. */
    sealed interface Message extends ClientToProxy {}

    /** {@code client.connectToProxy}, id 0xff5fa0f4. */
    record ConnectToProxy(ClientParams params, int minConfigVersion) implements Query {
        public static final int ID = 0xff5fa0f4;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            params.writeBare(out);
            out.writeInt(minConfigVersion);
        }

        static ConnectToProxy readBare(TlReader in) throws TlException {
            return new ConnectToProxy(ClientParams.readBare(in), in.readInt());
        }
    }

    /** {@code client.authorizeWithProxyShort}, id 0x6c276723. */
    record AuthorizeWithProxyShort(Bytes data) implements Query {
        public static final int ID = 0x6c276723;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeBytes(data);
        }

        static AuthorizeWithProxyShort readBare(TlReader in) throws TlException {
            return new AuthorizeWithProxyShort(in.readBytes());
        }
        /** Leaves out what must not reach a log. */
        @Override
        public String toString() {
            return "AuthorizeWithProxyShort[…]";
        }
    }

    /** {@code client.authorizeWithProxyLong}, id 0xd3474303. */
    record AuthorizeWithProxyLong() implements Query {
        public static final int ID = 0xd3474303;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            /* no fields */
        }

        static AuthorizeWithProxyLong readBare(TlReader in) {
            return new AuthorizeWithProxyLong();
        }
    }

    /** {@code client.requestRefund}, id 0x238d863d. */
    record RequestRefund() implements Query {
        public static final int ID = 0x238d863d;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            /* no fields */
        }

        static RequestRefund readBare(TlReader in) {
            return new RequestRefund();
        }
    }

    /** {@code client.updatePaymentStatus}, id 0x9ed1c697. */
    record UpdatePaymentStatus() implements Query {
        public static final int ID = 0x9ed1c697;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            /* no fields */
        }

        static UpdatePaymentStatus readBare(TlReader in) {
            return new UpdatePaymentStatus();
        }
    }

    /** {@code client.getWorkerTypes}, id 0x7f062bdb. */
    record GetWorkerTypes() implements Query {
        public static final int ID = 0x7f062bdb;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            /* no fields */
        }

        static GetWorkerTypes readBare(TlReader in) {
            return new GetWorkerTypes();
        }
    }

    /** {@code client.getWorkerTypesV2}, id 0xb2133d72. */
    record GetWorkerTypesV2() implements Query {
        public static final int ID = 0xb2133d72;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            /* no fields */
        }

        static GetWorkerTypesV2 readBare(TlReader in) {
            return new GetWorkerTypesV2();
        }
    }

    /** {@code client.runQuery}, id 0xbc748f32. */
    record RunQuery(
            String modelName,
            Bytes query,
            int maxCoefficient,
            int maxTokens,
            double timeout,
            Int256 requestId,
            int minConfigVersion)
            implements Message {
        public static final int ID = 0xbc748f32;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeString(modelName);
            out.writeBytes(query);
            out.writeInt(maxCoefficient);
            out.writeInt(maxTokens);
            out.writeDouble(timeout);
            out.writeInt256(requestId);
            out.writeInt(minConfigVersion);
        }

        static RunQuery readBare(TlReader in) throws TlException {
            return new RunQuery(
                    in.readString(),
                    in.readBytes(),
                    in.readInt(),
                    in.readInt(),
                    in.readDouble(),
                    in.readInt256(),
                    in.readInt());
        }
    }

    /** {@code client.runQueryEx}, id 0xf54cb74b. On the wire only with its bit of {@code flags}: {@code enableDebug} (bit 0), {@code publicKey} (bit 1). */
    record RunQueryEx(
            String modelName,
            Bytes query,
            int maxCoefficient,
            int maxTokens,
            double timeout,
            Int256 requestId,
            int minConfigVersion,
            int flags,
            boolean enableDebug,
            Int256 publicKey)
            implements Message {
        public static final int ID = 0xf54cb74b;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeString(modelName);
            out.writeBytes(query);
            out.writeInt(maxCoefficient);
            out.writeInt(maxTokens);
            out.writeDouble(timeout);
            out.writeInt256(requestId);
            out.writeInt(minConfigVersion);
            out.writeInt(flags);
            if ((flags & 1) != 0) {
                out.writeBool(enableDebug);
            }
            if ((flags & 2) != 0) {
                out.writeInt256(publicKey);
            }
        }

        static RunQueryEx readBare(TlReader in) throws TlException {
            String modelName = in.readString();
            Bytes query = in.readBytes();
            int maxCoefficient = in.readInt();
            int maxTokens = in.readInt();
            double timeout = in.readDouble();
            Int256 requestId = in.readInt256();
            int minConfigVersion = in.readInt();
            int flags = in.readFlags();
            boolean enableDebug = (flags & 1) != 0 ? in.readBool() : false;
            Int256 publicKey = (flags & 2) != 0 ? in.readInt256() : Int256.ZERO;
            return new RunQueryEx(
                    modelName,
                    query,
                    maxCoefficient,
                    maxTokens,
                    timeout,
                    requestId,
                    minConfigVersion,
                    flags,
                    enableDebug,
                    publicKey);
        }
    }

    /** {@code ext.cancelQuery}, id 0xb3650a6e. An extension of ours: asks to stop a running query. The reference logs an unknown message and goes on, so it is safe to send to any peer. */
    record CancelQuery(Int256 requestId) implements Message {
        public static final int ID = 0xb3650a6e;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt256(requestId);
        }

        static CancelQuery readBare(TlReader in) throws TlException {
            return new CancelQuery(in.readInt256());
        }
    }

    /** Reads one boxed object of this family.
     *
     * @throws TlException if the bytes are anything else
     */
    static Query readQuery(TlReader in) throws TlException {
        int id = in.readInt();
        return switch (id) {
            case ConnectToProxy.ID -> ConnectToProxy.readBare(in);
            case AuthorizeWithProxyShort.ID -> AuthorizeWithProxyShort.readBare(in);
            case AuthorizeWithProxyLong.ID -> AuthorizeWithProxyLong.readBare(in);
            case RequestRefund.ID -> RequestRefund.readBare(in);
            case UpdatePaymentStatus.ID -> UpdatePaymentStatus.readBare(in);
            case GetWorkerTypes.ID -> GetWorkerTypes.readBare(in);
            case GetWorkerTypesV2.ID -> GetWorkerTypesV2.readBare(in);
            default -> throw in.unknownConstructor(id);
        };
    }

    /** Reads one boxed object of this family.
     *
     * @throws TlException if the bytes are anything else
     */
    static Message readMessage(TlReader in) throws TlException {
        int id = in.readInt();
        return switch (id) {
            case RunQuery.ID -> RunQuery.readBare(in);
            case RunQueryEx.ID -> RunQueryEx.readBare(in);
            case CancelQuery.ID -> CancelQuery.readBare(in);
            default -> throw in.unknownConstructor(id);
        };
    }
}
