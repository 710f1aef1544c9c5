package io.cocoon.protocol;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import org.jspecify.annotations.Nullable;

/** What a worker sends to a proxy. Wire dossier 5.4, 5.6 and 6.4; 2026 part, section 10. */
public sealed interface WorkerToProxy extends TlObject {

    /** Travels in {@code tcp.query}: exactly one answer or error follows. */
    sealed interface Query extends WorkerToProxy {}

    /** Travels in {@code tcp.packet}: one way. */
    sealed interface Message extends WorkerToProxy {}

    /** Travels in {@code tcp.queryAnswer}. */
    sealed interface Answer extends WorkerToProxy {}

    /** {@code worker.connectToProxy}, id 0xcc484c5d. */
    record ConnectToProxy(WorkerParams params) implements Query {
        public static final int ID = 0xcc484c5d;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            params.writeBare(out);
        }

        static ConnectToProxy readBare(TlReader in) throws TlException {
            return new ConnectToProxy(WorkerParams.readBare(in));
        }
    }

    /** {@code worker.compareBalanceWithProxy}, id 0xdb386501. */
    record CompareBalanceWithProxy(long tokensCommittedToBlockchain, long tokensCommittedToDb, long maxTokens)
            implements Query {
        public static final int ID = 0xdb386501;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeLong(tokensCommittedToBlockchain);
            out.writeLong(tokensCommittedToDb);
            out.writeLong(maxTokens);
        }

        static CompareBalanceWithProxy readBare(TlReader in) throws TlException {
            return new CompareBalanceWithProxy(in.readLong(), in.readLong(), in.readLong());
        }
    }

    /** {@code worker.extendedCompareBalanceWithProxy}, id 0xf8dd9914. */
    record ExtendedCompareBalanceWithProxy(long tokensCommittedToDb, Bytes other) implements Query {
        public static final int ID = 0xf8dd9914;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeLong(tokensCommittedToDb);
            out.writeBytes(other);
        }

        static ExtendedCompareBalanceWithProxy readBare(TlReader in) throws TlException {
            return new ExtendedCompareBalanceWithProxy(in.readLong(), in.readBytes());
        }
    }

    /** {@code worker.proxyHandshakeComplete}, id 0xf843b066. */
    record ProxyHandshakeComplete(boolean isDisabled) implements Query {
        public static final int ID = 0xf843b066;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeBool(isDisabled);
        }

        static ProxyHandshakeComplete readBare(TlReader in) throws TlException {
            return new ProxyHandshakeComplete(in.readBool());
        }
    }

    /** {@code worker.updatePaymentStatus}, id 0xdc70a524. */
    record UpdatePaymentStatus() implements Query {
        public static final int ID = 0xdc70a524;

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

    /** {@code proxy.queryAnswer}, id 0x37e5f725. */
    record QueryAnswer(Bytes answer, boolean isCompleted, Int256 requestId, TokensUsed tokensUsed) implements Message {
        public static final int ID = 0x37e5f725;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeBytes(answer);
            out.writeBool(isCompleted);
            out.writeInt256(requestId);
            tokensUsed.writeBare(out);
        }

        static QueryAnswer readBare(TlReader in) throws TlException {
            return new QueryAnswer(in.readBytes(), in.readBool(), in.readInt256(), TokensUsed.readBare(in));
        }
    }

    /** {@code proxy.queryAnswerError}, id 0x669d014e. */
    record QueryAnswerError(int errorCode, String error, Int256 requestId, TokensUsed tokensUsed) implements Message {
        public static final int ID = 0x669d014e;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt(errorCode);
            out.writeString(error);
            out.writeInt256(requestId);
            tokensUsed.writeBare(out);
        }

        static QueryAnswerError readBare(TlReader in) throws TlException {
            return new QueryAnswerError(in.readInt(), in.readString(), in.readInt256(), TokensUsed.readBare(in));
        }
    }

    /** {@code proxy.queryAnswerPart}, id 0x72eb00ee. */
    record QueryAnswerPart(Bytes answer, boolean isCompleted, Int256 requestId, TokensUsed tokensUsed)
            implements Message {
        public static final int ID = 0x72eb00ee;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeBytes(answer);
            out.writeBool(isCompleted);
            out.writeInt256(requestId);
            tokensUsed.writeBare(out);
        }

        static QueryAnswerPart readBare(TlReader in) throws TlException {
            return new QueryAnswerPart(in.readBytes(), in.readBool(), in.readInt256(), TokensUsed.readBare(in));
        }
    }

    /** {@code proxy.queryAnswerPartError}, id 0x940e1168. */
    record QueryAnswerPartError(int errorCode, String error, Int256 requestId, TokensUsed tokensUsed)
            implements Message {
        public static final int ID = 0x940e1168;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt(errorCode);
            out.writeString(error);
            out.writeInt256(requestId);
            tokensUsed.writeBare(out);
        }

        static QueryAnswerPartError readBare(TlReader in) throws TlException {
            return new QueryAnswerPartError(in.readInt(), in.readString(), in.readInt256(), TokensUsed.readBare(in));
        }
    }

    /** {@code proxy.queryAnswerEx}, id 0x1ce574e8. On the wire only with its bit of {@code flags}: {@code finalInfo} (bit 0). */
    record QueryAnswerEx(
            Int256 requestId,
            Bytes answer,
            int flags,
            @Nullable WorkerFinalInfo finalInfo) implements Message {
        public static final int ID = 0x1ce574e8;

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
            @Nullable WorkerFinalInfo finalInfo = (flags & 1) != 0 ? WorkerFinalInfo.readBare(in) : null;
            return new QueryAnswerEx(requestId, answer, flags, finalInfo);
        }
    }

    /** {@code proxy.queryAnswerErrorEx}, id 0x8f7fb0a7. On the wire only with its bit of {@code flags}: {@code finalInfo} (bit 0). */
    record QueryAnswerErrorEx(
            Int256 requestId,
            int errorCode,
            String error,
            int flags,
            @Nullable WorkerFinalInfo finalInfo) implements Message {
        public static final int ID = 0x8f7fb0a7;

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
            @Nullable WorkerFinalInfo finalInfo = (flags & 1) != 0 ? WorkerFinalInfo.readBare(in) : null;
            return new QueryAnswerErrorEx(requestId, errorCode, error, flags, finalInfo);
        }
    }

    /** {@code proxy.queryAnswerPartEx}, id 0x6d85b50f. On the wire only with its bit of {@code flags}: {@code finalInfo} (bit 0). */
    record QueryAnswerPartEx(
            Int256 requestId,
            Bytes answer,
            int flags,
            @Nullable WorkerFinalInfo finalInfo) implements Message {
        public static final int ID = 0x6d85b50f;

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
            @Nullable WorkerFinalInfo finalInfo = (flags & 1) != 0 ? WorkerFinalInfo.readBare(in) : null;
            return new QueryAnswerPartEx(requestId, answer, flags, finalInfo);
        }
    }

    /** {@code worker.enabledDisabled}, id 0xb3b71039. */
    record EnabledDisabled(int disabled) implements Message {
        public static final int ID = 0xb3b71039;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt(disabled);
        }

        static EnabledDisabled readBare(TlReader in) throws TlException {
            return new EnabledDisabled(in.readInt());
        }
    }

    /** {@code worker.newCoefficient}, id 0x6af092b0. */
    record NewCoefficient(int newCoefficient) implements Message {
        public static final int ID = 0x6af092b0;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            out.writeInt(newCoefficient);
        }

        static NewCoefficient readBare(TlReader in) throws TlException {
            return new NewCoefficient(in.readInt());
        }
    }

    /** {@code worker.changedModel}, id 0x34029366. */
    record ChangedModel() implements Answer {
        public static final int ID = 0x34029366;

        @Override
        public int constructorId() {
            return ID;
        }

        @Override
        public void writeBare(TlWriter out) {
            /* no fields */
        }

        static ChangedModel readBare(TlReader in) {
            return new ChangedModel();
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
            case CompareBalanceWithProxy.ID -> CompareBalanceWithProxy.readBare(in);
            case ExtendedCompareBalanceWithProxy.ID -> ExtendedCompareBalanceWithProxy.readBare(in);
            case ProxyHandshakeComplete.ID -> ProxyHandshakeComplete.readBare(in);
            case UpdatePaymentStatus.ID -> UpdatePaymentStatus.readBare(in);
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
            case QueryAnswer.ID -> QueryAnswer.readBare(in);
            case QueryAnswerError.ID -> QueryAnswerError.readBare(in);
            case QueryAnswerPart.ID -> QueryAnswerPart.readBare(in);
            case QueryAnswerPartError.ID -> QueryAnswerPartError.readBare(in);
            case QueryAnswerEx.ID -> QueryAnswerEx.readBare(in);
            case QueryAnswerErrorEx.ID -> QueryAnswerErrorEx.readBare(in);
            case QueryAnswerPartEx.ID -> QueryAnswerPartEx.readBare(in);
            case EnabledDisabled.ID -> EnabledDisabled.readBare(in);
            case NewCoefficient.ID -> NewCoefficient.readBare(in);
            default -> throw in.unknownConstructor(id);
        };
    }

    /** Reads a boxed {@code worker.ChangedModel}.
     *
     * @throws TlException if the bytes are anything else
     */
    static ChangedModel readChangedModel(TlReader in) throws TlException {
        in.expectId(ChangedModel.ID);
        return ChangedModel.readBare(in);
    }
}
