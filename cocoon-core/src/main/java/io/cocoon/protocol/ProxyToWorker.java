package io.cocoon.protocol;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;

/** What a proxy sends to a worker. Wire dossier 5.4, 6.3 and 7; 2026 part, section 10. */
public sealed interface ProxyToWorker extends TlObject {

    /** Travels in {@code tcp.queryAnswer}. */
    sealed interface Answer extends ProxyToWorker {}

    /** Travels in {@code tcp.packet}: one way. */
    sealed interface Message extends ProxyToWorker {}

    /** Travels in {@code tcp.query}: exactly one answer or error follows. */
    sealed interface Query extends ProxyToWorker {}

    /** {@code worker.connectedToProxy}, id 0x66bc82ee. */
    record ConnectedToProxy(ProxyParams params, String workerScAddress) implements Answer {
        public static final int ID = 0x66bc82ee;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            params.writeBare(out);
            out.writeString(workerScAddress);
        }

        static ConnectedToProxy readBare(TlReader in) throws TlException {
            return new ConnectedToProxy(ProxyParams.readBare(in), in.readString());
        }
    }

    /** {@code worker.compareBalanceWithProxyResult}, id 0x9054c411. */
    record CompareBalanceWithProxyResult(
            SignedPayment signedPayment, long tokensCommittedToDb, long maxTokens, int errorCode) implements Answer {
        public static final int ID = 0x9054c411;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            signedPayment.writeBoxed(out);
            out.writeLong(tokensCommittedToDb);
            out.writeLong(maxTokens);
            out.writeInt(errorCode);
        }

        static CompareBalanceWithProxyResult readBare(TlReader in) throws TlException {
            return new CompareBalanceWithProxyResult(
                    SignedPayment.readBoxed(in), in.readLong(), in.readLong(), in.readInt());
        }
    }

    /** {@code worker.extendedCompareBalanceWithProxyResult}, id 0x0c10973e. */
    record ExtendedCompareBalanceWithProxyResult(int errorCode) implements Answer {
        public static final int ID = 0x0c10973e;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt(errorCode);
        }

        static ExtendedCompareBalanceWithProxyResult readBare(TlReader in) throws TlException {
            return new ExtendedCompareBalanceWithProxyResult(in.readInt());
        }
    }

    /** {@code worker.proxyHandshakeCompleted}, id 0x3ad9b886. */
    record ProxyHandshakeCompleted() implements Answer {
        public static final int ID = 0x3ad9b886;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            /* no fields */
        }

        static ProxyHandshakeCompleted readBare(TlReader in) {
            return new ProxyHandshakeCompleted();
        }
    }

    /** {@code worker.paymentStatus}, id 0xa88bd701. */
    record PaymentStatus(SignedPayment signedPayment, long dbTokens, long maxTokens) implements Answer {
        public static final int ID = 0xa88bd701;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            signedPayment.writeBoxed(out);
            out.writeLong(dbTokens);
            out.writeLong(maxTokens);
        }

        static PaymentStatus readBare(TlReader in) throws TlException {
            return new PaymentStatus(SignedPayment.readBoxed(in), in.readLong(), in.readLong());
        }
    }

    /** {@code proxy.runQuery}, id 0x47182416. */
    record RunQuery(Bytes query, SignedPayment signedPayment, long coefficient, double timeout, Int256 requestId)
            implements Message {
        public static final int ID = 0x47182416;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeBytes(query);
            signedPayment.writeBoxed(out);
            out.writeLong(coefficient);
            out.writeDouble(timeout);
            out.writeInt256(requestId);
        }

        static RunQuery readBare(TlReader in) throws TlException {
            return new RunQuery(
                    in.readBytes(), SignedPayment.readBoxed(in), in.readLong(), in.readDouble(), in.readInt256());
        }
    }

    /** {@code proxy.runQueryEx}, id 0xc805e7e2. On the wire only with its bit of {@code flags}: {@code enableDebug} (bit 0), {@code privateKey} (bit 1). */
    record RunQueryEx(
            Bytes query,
            SignedPayment signedPayment,
            long coefficient,
            double timeout,
            Int256 requestId,
            int flags,
            boolean enableDebug,
            Int256 privateKey)
            implements Message {
        public static final int ID = 0xc805e7e2;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeBytes(query);
            signedPayment.writeBoxed(out);
            out.writeLong(coefficient);
            out.writeDouble(timeout);
            out.writeInt256(requestId);
            out.writeInt(flags);
            if ((flags & 1) != 0) {
                out.writeBool(enableDebug);
            }
            if ((flags & 2) != 0) {
                out.writeInt256(privateKey);
            }
        }

        static RunQueryEx readBare(TlReader in) throws TlException {
            Bytes query = in.readBytes();
            SignedPayment signedPayment = SignedPayment.readBoxed(in);
            long coefficient = in.readLong();
            double timeout = in.readDouble();
            Int256 requestId = in.readInt256();
            int flags = in.readFlags();
            boolean enableDebug = (flags & 1) != 0 ? in.readBool() : false;
            Int256 privateKey = (flags & 2) != 0 ? in.readInt256() : Int256.ZERO;
            return new RunQueryEx(
                    query, signedPayment, coefficient, timeout, requestId, flags, enableDebug, privateKey);
        }
        /** Leaves out what must not reach a log. */
        @Override
        public String toString() {
            return "RunQueryEx[…]";
        }
    }

    /** {@code proxy.workerRequestPayment}, id 0x1436c0d5. */
    record WorkerRequestPayment(
            Int256 requestId,
            SignedPayment signedPayment,
            long dbTokens,
            long maxTokens,
            long requestTokens,
            String requestClientOwner)
            implements Message {
        public static final int ID = 0x1436c0d5;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt256(requestId);
            signedPayment.writeBoxed(out);
            out.writeLong(dbTokens);
            out.writeLong(maxTokens);
            out.writeLong(requestTokens);
            out.writeString(requestClientOwner);
        }

        static WorkerRequestPayment readBare(TlReader in) throws TlException {
            return new WorkerRequestPayment(
                    in.readInt256(),
                    SignedPayment.readBoxed(in),
                    in.readLong(),
                    in.readLong(),
                    in.readLong(),
                    in.readString());
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

    /** {@code worker.changeModel}, id 0x72662cee. */
    record ChangeModel(String newModel) implements Query {
        public static final int ID = 0x72662cee;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeString(newModel);
        }

        static ChangeModel readBare(TlReader in) throws TlException {
            return new ChangeModel(in.readString());
        }
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
            case WorkerRequestPayment.ID -> WorkerRequestPayment.readBare(in);
            case CancelQuery.ID -> CancelQuery.readBare(in);
            default -> throw in.unknownConstructor(id);
        };
    }

    /** Reads one boxed object of this family.
     *
     * @throws TlException if the bytes are anything else
     */
    static Query readQuery(TlReader in) throws TlException {
        int id = in.readInt();
        return switch (id) {
            case ChangeModel.ID -> ChangeModel.readBare(in);
            default -> throw in.unknownConstructor(id);
        };
    }

    /** Reads a boxed {@code worker.ConnectedToProxy}.
     *
     * @throws TlException if the bytes are anything else
     */
    static ConnectedToProxy readConnectedToProxy(TlReader in) throws TlException {
        in.expectId(ConnectedToProxy.ID);
        return ConnectedToProxy.readBare(in);
    }

    /** Reads a boxed {@code worker.CompareBalanceWithProxyResult}.
     *
     * @throws TlException if the bytes are anything else
     */
    static CompareBalanceWithProxyResult readCompareBalanceWithProxyResult(TlReader in) throws TlException {
        in.expectId(CompareBalanceWithProxyResult.ID);
        return CompareBalanceWithProxyResult.readBare(in);
    }

    /** Reads a boxed {@code worker.ExtendedCompareBalanceWithProxyResult}.
     *
     * @throws TlException if the bytes are anything else
     */
    static ExtendedCompareBalanceWithProxyResult readExtendedCompareBalanceWithProxyResult(TlReader in)
            throws TlException {
        in.expectId(ExtendedCompareBalanceWithProxyResult.ID);
        return ExtendedCompareBalanceWithProxyResult.readBare(in);
    }

    /** Reads a boxed {@code worker.HandshakeCompleted}.
     *
     * @throws TlException if the bytes are anything else
     */
    static ProxyHandshakeCompleted readHandshakeCompleted(TlReader in) throws TlException {
        in.expectId(ProxyHandshakeCompleted.ID);
        return ProxyHandshakeCompleted.readBare(in);
    }

    /** Reads a boxed {@code worker.PaymentStatus}.
     *
     * @throws TlException if the bytes are anything else
     */
    static PaymentStatus readPaymentStatus(TlReader in) throws TlException {
        in.expectId(PaymentStatus.ID);
        return PaymentStatus.readBare(in);
    }
}
