package io.cocoon.proxy;

import io.cocoon.protocol.ClientFinalInfo;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpResponse;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Answers in the constructors of the client's version (wire dossier 6.5; 2026 part, 9.2). Pure functions of one query's
 * constants.
 *
 * <p>Errors go to versions from 1 on as {@code client.queryAnswerErrorEx} with flags 1 and a final info, whoever raised
 * them: the reference of December 2025 used the old constructors, which its own client drops, so that the application waited
 * for ever (hazard H2). That client ends on any error before the head (hazard H3); nothing that we could send in its place
 * would tell newer clients the code, so it is not spared.
 *
 * @param requestId the client's id
 * @param version of the client's connection
 * @param debug whether the client asked for debug texts
 * @param startedAt when the query came
 */
record ClientAnswers(Int256 requestId, int version, boolean debug, Instant startedAt) {

    private static final int WITH_DEBUG = 1;
    private static final int WITH_TIMES = 2;

    /** Reads a worker's head and adds the proxy's headers. @throws TlException if it is no {@code http.response} */
    Bytes stampHead(Bytes head, Instant now) throws TlException {
        HttpResponse response = TlReader.readWhole(head, HttpResponse::readBoxed);
        List<HttpHeader> headers = new ArrayList<>(response.headers());
        headers.add(new HttpHeader("X-Cocoon-Proxy-Start", seconds(startedAt)));
        headers.add(new HttpHeader("X-Cocoon-Proxy-End", seconds(now)));
        return new HttpResponse(
                        response.httpVersion(), response.statusCode(), response.reason(), headers, response.payload())
                .toBytes();
    }

    /** A head or a part that is not the last. */
    ProxyToClient.Message piece(WorkerAnswer.Kind kind, Bytes body) {
        boolean head = kind == WorkerAnswer.Kind.HEAD;
        if (version >= Versions.WITH_FINAL_INFO) {
            return head
                    ? new ProxyToClient.QueryAnswerEx(requestId, body, 0, null)
                    : new ProxyToClient.QueryAnswerPartEx(requestId, body, 0, null);
        }
        TokensUsed none = WorkerAnswer.Info.NO_TOKENS;
        return head
                ? new ProxyToClient.QueryAnswer(body, false, requestId, none)
                : new ProxyToClient.QueryAnswerPart(body, false, requestId, none);
    }

    /** The last piece, with what the client is charged. */
    ProxyToClient.Message last(
            WorkerAnswer.Kind kind, Bytes body, TokensUsed bill, WorkerAnswer.Info info, Instant headAt, Instant now) {
        boolean head = kind == WorkerAnswer.Kind.HEAD;
        if (version >= Versions.WITH_FINAL_INFO) {
            ClientFinalInfo last = finalInfo(bill, info, headAt, now);
            return head
                    ? new ProxyToClient.QueryAnswerEx(requestId, body, 1, last)
                    : new ProxyToClient.QueryAnswerPartEx(requestId, body, 1, last);
        }
        return head
                ? new ProxyToClient.QueryAnswer(body, true, requestId, bill)
                : new ProxyToClient.QueryAnswerPart(body, true, requestId, bill);
    }

    /** An error: nothing is charged, whatever the worker reported (as in the reference, hazard H6). */
    ProxyToClient.Message error(
            int code, String text, boolean afterHead, WorkerAnswer.Info info, Instant headAt, Instant now) {
        TokensUsed none = WorkerAnswer.Info.NO_TOKENS;
        if (version >= Versions.WITH_FINAL_INFO) {
            return new ProxyToClient.QueryAnswerErrorEx(requestId, code, text, 1, finalInfo(none, info, headAt, now));
        }
        return afterHead
                ? new ProxyToClient.QueryAnswerPartError(code, text, requestId, none)
                : new ProxyToClient.QueryAnswerError(code, text, requestId, none);
    }

    /**
     * A refusal before any worker had the query: without debug texts, and the worker's times are those of the proxy, as in the
     * reference.
     */
    ProxyToClient.Message refusal(int code, String text, Instant now) {
        double at = unixTime(now);
        return new ClientAnswers(requestId, version, false, startedAt)
                .error(code, text, false, new WorkerAnswer.Info(WorkerAnswer.Info.NO_TOKENS, "", at, at), now, now);
    }

    private ClientFinalInfo finalInfo(TokensUsed bill, WorkerAnswer.Info info, Instant headAt, Instant now) {
        int flags = (debug ? WITH_DEBUG : 0) | (version >= Versions.WITH_TIMES ? WITH_TIMES : 0);
        return new ClientFinalInfo(
                flags,
                bill,
                debug ? info.debug() : "",
                debug ? debugText(headAt, now) : "",
                unixTime(startedAt),
                unixTime(now),
                info.start(),
                info.end());
    }

    private String debugText(Instant headAt, Instant now) {
        return "{\"answer_receive_end_at\":%s,\"answer_receive_start_at\":%s,\"start_time\":%s,\"type\":\"proxy_stats\"}"
                .formatted(seconds(now), seconds(headAt), seconds(startedAt));
    }

    /** Unix time in seconds. */
    static double unixTime(Instant instant) {
        return instant.getEpochSecond() + instant.getNano() / 1e9;
    }

    /** Unix time with six decimals. Twice in every head, where {@code String.format} was a seventh of the proxy's work. */
    private static String seconds(Instant instant) {
        // A digit in front keeps the leading zeros.
        String micros = Integer.toString(1_000_000 + instant.getNano() / 1000);
        return instant.getEpochSecond() + "." + micros.substring(1);
    }
}
