package io.cocoon.protocol;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a proxy sends to a client. Wire dossier 5.2, 6.5 and 7. */
public sealed interface ProxyToClient extends TlObject {

    /** Travels in {@code tcp.queryAnswer}. */
    sealed interface Answer extends ProxyToClient {}

    /** Travels in {@code tcp.packet}: one way. */
    sealed interface Message extends ProxyToClient {}

    /** {@code client.connectedToProxy}, id 0x95317ad1. */
    record ConnectedToProxy(
            ProxyParams params, String clientScAddress, ConnectionAuth auth, SignedPayment signedPayment)
            implements Answer {
        public static final int ID = 0x95317ad1;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            params.writeBare(out);
            out.writeString(clientScAddress);
            auth.writeBoxed(out);
            signedPayment.writeBoxed(out);
        }

        static ConnectedToProxy readBare(TlReader in) throws TlException {
            return new ConnectedToProxy(
                    ProxyParams.readBare(in),
                    in.readString(),
                    ConnectionAuth.readBoxed(in),
                    SignedPayment.readBoxed(in));
        }
    }

    /** {@code client.authorizationWithProxySuccess}, id 0x75d5ac34. */
    record AuthorizationWithProxySuccess(SignedPayment signedPayment, long tokensCommittedToDb, long maxTokens)
            implements Answer {
        public static final int ID = 0x75d5ac34;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            signedPayment.writeBoxed(out);
            out.writeLong(tokensCommittedToDb);
            out.writeLong(maxTokens);
        }

        static AuthorizationWithProxySuccess readBare(TlReader in) throws TlException {
            return new AuthorizationWithProxySuccess(SignedPayment.readBoxed(in), in.readLong(), in.readLong());
        }
    }

    /** {@code client.authorizationWithProxyFailed}, id 0x60551c96. */
    record AuthorizationWithProxyFailed(int errorCode, String error) implements Answer {
        public static final int ID = 0x60551c96;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt(errorCode);
            out.writeString(error);
        }

        static AuthorizationWithProxyFailed readBare(TlReader in) throws TlException {
            return new AuthorizationWithProxyFailed(in.readInt(), in.readString());
        }
    }

    /** {@code client.refund}, id 0x83aabead. */
    record Refund(Bytes data) implements Answer {
        public static final int ID = 0x83aabead;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeBytes(data);
        }

        static Refund readBare(TlReader in) throws TlException {
            return new Refund(in.readBytes());
        }
    }

    /** {@code client.refundRejected}, id 0xcf9d9957. */
    record RefundRejected(long activeQueries) implements Answer {
        public static final int ID = 0xcf9d9957;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeLong(activeQueries);
        }

        static RefundRejected readBare(TlReader in) throws TlException {
            return new RefundRejected(in.readLong());
        }
    }

    /** {@code client.workerTypes}, id 0xf64e0e01. */
    record WorkerTypes(List<WorkerType> types) implements Answer {
        public static final int ID = 0xf64e0e01;

        public WorkerTypes {
            types = List.copyOf(types);
        }

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeVector(types, (to, each) -> each.writeBare(to));
        }

        static WorkerTypes readBare(TlReader in) throws TlException {
            return new WorkerTypes(in.readVector(WorkerType::readBare));
        }
    }

    /** {@code client.workerTypesV2}, id 0x0cf0dc67. */
    record WorkerTypesV2(List<WorkerTypeV2> types) implements Answer {
        public static final int ID = 0x0cf0dc67;

        public WorkerTypesV2 {
            types = List.copyOf(types);
        }

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeVector(types, (to, each) -> each.writeBare(to));
        }

        static WorkerTypesV2 readBare(TlReader in) throws TlException {
            return new WorkerTypesV2(in.readVector(WorkerTypeV2::readBare));
        }
    }

    /** {@code client.paymentStatus}, id 0xaa8a0ecc. */
    record PaymentStatus(SignedPayment signedPayment, long dbTokens, long maxTokens) implements Answer {
        public static final int ID = 0xaa8a0ecc;

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

    /** {@code client.queryAnswer}, id 0x9b943922. */
    record QueryAnswer(Bytes answer, boolean isCompleted, Int256 requestId, TokensUsed requestTokensUsed)
            implements Message {
        public static final int ID = 0x9b943922;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeBytes(answer);
            out.writeBool(isCompleted);
            out.writeInt256(requestId);
            requestTokensUsed.writeBare(out);
        }

        static QueryAnswer readBare(TlReader in) throws TlException {
            return new QueryAnswer(in.readBytes(), in.readBool(), in.readInt256(), TokensUsed.readBare(in));
        }
    }

    /** {@code client.queryAnswerError}, id 0x6d60569a. */
    record QueryAnswerError(int errorCode, String error, Int256 requestId, TokensUsed requestTokensUsed)
            implements Message {
        public static final int ID = 0x6d60569a;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt(errorCode);
            out.writeString(error);
            out.writeInt256(requestId);
            requestTokensUsed.writeBare(out);
        }

        static QueryAnswerError readBare(TlReader in) throws TlException {
            return new QueryAnswerError(in.readInt(), in.readString(), in.readInt256(), TokensUsed.readBare(in));
        }
    }

    /** {@code client.queryAnswerPart}, id 0xb765de4c. */
    record QueryAnswerPart(Bytes answer, boolean isCompleted, Int256 requestId, TokensUsed requestTokensUsed)
            implements Message {
        public static final int ID = 0xb765de4c;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeBytes(answer);
            out.writeBool(isCompleted);
            out.writeInt256(requestId);
            requestTokensUsed.writeBare(out);
        }

        static QueryAnswerPart readBare(TlReader in) throws TlException {
            return new QueryAnswerPart(in.readBytes(), in.readBool(), in.readInt256(), TokensUsed.readBare(in));
        }
    }

    /** {@code client.queryAnswerPartError}, id 0xd790a022. */
    record QueryAnswerPartError(int errorCode, String error, Int256 requestId, TokensUsed requestTokensUsed)
            implements Message {
        public static final int ID = 0xd790a022;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt(errorCode);
            out.writeString(error);
            out.writeInt256(requestId);
            requestTokensUsed.writeBare(out);
        }

        static QueryAnswerPartError readBare(TlReader in) throws TlException {
            return new QueryAnswerPartError(in.readInt(), in.readString(), in.readInt256(), TokensUsed.readBare(in));
        }
    }

    /** {@code client.queryAnswerEx}, id 0xcd524720. On the wire only with its bit of {@code flags}: {@code finalInfo} (bit 0). */
    record QueryAnswerEx(
            Int256 requestId,
            Bytes answer,
            int flags,
            @Nullable ClientFinalInfo finalInfo) implements Message {
        public static final int ID = 0xcd524720;

        public QueryAnswerEx {
            if (((flags & 1) != 0) != (finalInfo != null)) {
                throw new IllegalArgumentException("bit 0 of flags must say whether finalInfo is there");
            }
        }

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt256(requestId);
            out.writeBytes(answer);
            out.writeInt(flags);
            if (finalInfo != null) {
                finalInfo.writeBare(out);
            }
        }

        static QueryAnswerEx readBare(TlReader in) throws TlException {
            Int256 requestId = in.readInt256();
            Bytes answer = in.readBytes();
            int flags = in.readFlags();
            @Nullable ClientFinalInfo finalInfo = (flags & 1) != 0 ? ClientFinalInfo.readBare(in) : null;
            return new QueryAnswerEx(requestId, answer, flags, finalInfo);
        }
    }

    /** {@code client.queryAnswerErrorEx}, id 0x072562a8. On the wire only with its bit of {@code flags}: {@code finalInfo} (bit 0). */
    record QueryAnswerErrorEx(
            Int256 requestId,
            int errorCode,
            String error,
            int flags,
            @Nullable ClientFinalInfo finalInfo) implements Message {
        public static final int ID = 0x072562a8;

        public QueryAnswerErrorEx {
            if (((flags & 1) != 0) != (finalInfo != null)) {
                throw new IllegalArgumentException("bit 0 of flags must say whether finalInfo is there");
            }
        }

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt256(requestId);
            out.writeInt(errorCode);
            out.writeString(error);
            out.writeInt(flags);
            if (finalInfo != null) {
                finalInfo.writeBare(out);
            }
        }

        static QueryAnswerErrorEx readBare(TlReader in) throws TlException {
            Int256 requestId = in.readInt256();
            int errorCode = in.readInt();
            String error = in.readString();
            int flags = in.readFlags();
            @Nullable ClientFinalInfo finalInfo = (flags & 1) != 0 ? ClientFinalInfo.readBare(in) : null;
            return new QueryAnswerErrorEx(requestId, errorCode, error, flags, finalInfo);
        }
    }

    /** {@code client.queryAnswerPartEx}, id 0xc07bfaec. On the wire only with its bit of {@code flags}: {@code finalInfo} (bit 0). */
    record QueryAnswerPartEx(
            Int256 requestId,
            Bytes answer,
            int flags,
            @Nullable ClientFinalInfo finalInfo) implements Message {
        public static final int ID = 0xc07bfaec;

        public QueryAnswerPartEx {
            if (((flags & 1) != 0) != (finalInfo != null)) {
                throw new IllegalArgumentException("bit 0 of flags must say whether finalInfo is there");
            }
        }

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt256(requestId);
            out.writeBytes(answer);
            out.writeInt(flags);
            if (finalInfo != null) {
                finalInfo.writeBare(out);
            }
        }

        static QueryAnswerPartEx readBare(TlReader in) throws TlException {
            Int256 requestId = in.readInt256();
            Bytes answer = in.readBytes();
            int flags = in.readFlags();
            @Nullable ClientFinalInfo finalInfo = (flags & 1) != 0 ? ClientFinalInfo.readBare(in) : null;
            return new QueryAnswerPartEx(requestId, answer, flags, finalInfo);
        }
    }

    /** {@code proxy.clientRequestPayment}, id 0xc6bcf127. */
    record ClientRequestPayment(
            Int256 requestId, SignedPayment signedPayment, long dbTokens, long maxTokens, long requestTokens)
            implements Message {
        public static final int ID = 0xc6bcf127;

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
        }

        static ClientRequestPayment readBare(TlReader in) throws TlException {
            return new ClientRequestPayment(
                    in.readInt256(), SignedPayment.readBoxed(in), in.readLong(), in.readLong(), in.readLong());
        }
    }

    /** Reads one boxed object of this family.
     *
     * @throws TlException if the bytes are anything else
     */
    static Message readMessage(TlReader in) throws TlException {
        int id = in.readInt();
        return switch (id) {
            case QueryAnswer.ID -> QueryAnswer.readBare(in);
            case QueryAnswerError.ID -> QueryAnswerError.readBare(in);
            case QueryAnswerPart.ID -> QueryAnswerPart.readBare(in);
            case QueryAnswerPartError.ID -> QueryAnswerPartError.readBare(in);
            case QueryAnswerEx.ID -> QueryAnswerEx.readBare(in);
            case QueryAnswerErrorEx.ID -> QueryAnswerErrorEx.readBare(in);
            case QueryAnswerPartEx.ID -> QueryAnswerPartEx.readBare(in);
            case ClientRequestPayment.ID -> ClientRequestPayment.readBare(in);
            default -> throw in.unknownConstructor(id);
        };
    }

    /** Reads a boxed {@code client.ConnectedToProxy}.
     *
     * @throws TlException if the bytes are anything else
     */
    static ConnectedToProxy readConnectedToProxy(TlReader in) throws TlException {
        in.expectId(ConnectedToProxy.ID);
        return ConnectedToProxy.readBare(in);
    }

    /** Reads a boxed {@code client.AuthorizationWithProxy}, one of several constructors.
     *
     * @throws TlException if the bytes are anything else
     */
    static Answer readAuthorizationWithProxy(TlReader in) throws TlException {
        int id = in.readInt();
        return switch (id) {
            case AuthorizationWithProxySuccess.ID -> AuthorizationWithProxySuccess.readBare(in);
            case AuthorizationWithProxyFailed.ID -> AuthorizationWithProxyFailed.readBare(in);
            default -> throw in.unknownConstructor(id);
        };
    }

    /** Reads a boxed {@code client.Refund}, one of several constructors.
     *
     * @throws TlException if the bytes are anything else
     */
    static Answer readRefund(TlReader in) throws TlException {
        int id = in.readInt();
        return switch (id) {
            case Refund.ID -> Refund.readBare(in);
            case RefundRejected.ID -> RefundRejected.readBare(in);
            default -> throw in.unknownConstructor(id);
        };
    }

    /** Reads a boxed {@code client.WorkerTypes}.
     *
     * @throws TlException if the bytes are anything else
     */
    static WorkerTypes readWorkerTypes(TlReader in) throws TlException {
        in.expectId(WorkerTypes.ID);
        return WorkerTypes.readBare(in);
    }

    /** Reads a boxed {@code client.WorkerTypesV2}.
     *
     * @throws TlException if the bytes are anything else
     */
    static WorkerTypesV2 readWorkerTypesV2(TlReader in) throws TlException {
        in.expectId(WorkerTypesV2.ID);
        return WorkerTypesV2.readBare(in);
    }

    /** Reads a boxed {@code client.PaymentStatus}.
     *
     * @throws TlException if the bytes are anything else
     */
    static PaymentStatus readPaymentStatus(TlReader in) throws TlException {
        in.expectId(PaymentStatus.ID);
        return PaymentStatus.readBare(in);
    }
}
