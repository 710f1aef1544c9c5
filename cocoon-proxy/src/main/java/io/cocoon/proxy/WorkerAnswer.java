package io.cocoon.proxy;

import io.cocoon.protocol.TokensUsed;
import io.cocoon.protocol.WorkerFinalInfo;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import org.jspecify.annotations.Nullable;

/**
 * What a worker says about a query, freed from the seven constructors of two generations (wire dossier 6.4).
 *
 * @param kind what it is
 * @param legId the worker-leg id
 * @param body the boxed {@code http.response} of a head, the raw bytes of a part; empty for an error
 * @param errorCode of an error
 * @param errorText of an error
 * @param last whether the query is over
 * @param info what is known at the end; null as long as it is not over
 */
record WorkerAnswer(
        Kind kind,
        Int256 legId,
        Bytes body,
        int errorCode,
        String errorText,
        boolean last,
        @Nullable Info info) {

    enum Kind {
        HEAD,
        PART,
        ERROR
    }

    /**
     * The end of a query as the worker reports it.
     *
     * @param usage unchecked
     * @param debug empty if the worker sent none
     * @param start Unix time, 0 if the worker sent none
     * @param end likewise
     */
    record Info(TokensUsed usage, String debug, double start, double end) {

        static final TokensUsed NO_TOKENS = new TokensUsed(0, 0, 0, 0, 0);
        static final Info NONE = new Info(NO_TOKENS, "", 0, 0);

        private static Info of(@Nullable WorkerFinalInfo info) {
            return info == null
                    ? NONE
                    : new Info(info.tokensUsed(), info.workerDebug(), info.workerStartTime(), info.workerEndTime());
        }

        private static Info of(TokensUsed usage) {
            return new Info(usage, "", 0, 0);
        }
    }

    /** Returns the answer in a message, or null if the message is something else. */
    static @Nullable WorkerAnswer of(WorkerToProxy.Message message) {
        if (message instanceof WorkerToProxy.QueryAnswerEx answer) {
            return body(Kind.HEAD, answer.requestId(), answer.answer(), answer.finalInfo());
        }
        if (message instanceof WorkerToProxy.QueryAnswerPartEx part) {
            return body(Kind.PART, part.requestId(), part.answer(), part.finalInfo());
        }
        if (message instanceof WorkerToProxy.QueryAnswerErrorEx error) {
            return error(error.requestId(), error.errorCode(), error.error(), Info.of(error.finalInfo()));
        }
        if (message instanceof WorkerToProxy.QueryAnswer answer) {
            return body(Kind.HEAD, answer.requestId(), answer.answer(), answer.isCompleted(), answer.tokensUsed());
        }
        if (message instanceof WorkerToProxy.QueryAnswerPart part) {
            return body(Kind.PART, part.requestId(), part.answer(), part.isCompleted(), part.tokensUsed());
        }
        if (message instanceof WorkerToProxy.QueryAnswerError error) {
            return error(error.requestId(), error.errorCode(), error.error(), Info.of(error.tokensUsed()));
        }
        if (message instanceof WorkerToProxy.QueryAnswerPartError error) {
            return error(error.requestId(), error.errorCode(), error.error(), Info.of(error.tokensUsed()));
        }
        return null;
    }

    private static WorkerAnswer body(Kind kind, Int256 legId, Bytes body, @Nullable WorkerFinalInfo info) {
        return new WorkerAnswer(kind, legId, body, 0, "", info != null, info == null ? null : Info.of(info));
    }

    private static WorkerAnswer body(Kind kind, Int256 legId, Bytes body, boolean last, TokensUsed usage) {
        return new WorkerAnswer(kind, legId, body, 0, "", last, last ? Info.of(usage) : null);
    }

    private static WorkerAnswer error(Int256 legId, int code, String text, Info info) {
        return new WorkerAnswer(Kind.ERROR, legId, Bytes.empty(), code, text, true, info);
    }
}
