package io.cocoon.worker;

import io.cocoon.protocol.TokensUsed;
import io.cocoon.protocol.WorkerFinalInfo;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The answers to one query in the constructors of the negotiated version (wire dossier 6.4): the old ones for version 0,
 * the {@code Ex} ones from 1 on, with times from 2 on and debug data when asked for.
 */
final class AnswerMessages {

    static final TokensUsed NOTHING = new TokensUsed(0, 0, 0, 0, 0);

    private static final int COMPLETED = 1;
    private static final int HAS_DEBUG = 1;
    private static final int HAS_TIMES = 2;

    private final Int256 requestId;
    private final int protocol;
    private final boolean debug;

    AnswerMessages(Int256 requestId, int protocol, boolean debug) {
        this.requestId = requestId;
        this.protocol = protocol;
        this.debug = debug;
    }

    /** Unix times in seconds; an answer that never came has the end for both of its times. */
    record Times(double start, double answerStart, double answerEnd, double end) {}

    /** Returns the head; {@code used} is null while more follows. */
    WorkerToProxy.Message head(Bytes response, @Nullable TokensUsed used, Times times) {
        if (protocol == 0) {
            return new WorkerToProxy.QueryAnswer(response, used != null, requestId, used == null ? NOTHING : used);
        }
        return new WorkerToProxy.QueryAnswerEx(requestId, response, flags(used), finalInfo(used, times));
    }

    /** Returns a part; {@code used} is null while more follows. */
    WorkerToProxy.Message part(Bytes body, @Nullable TokensUsed used, Times times) {
        if (protocol == 0) {
            return new WorkerToProxy.QueryAnswerPart(body, used != null, requestId, used == null ? NOTHING : used);
        }
        return new WorkerToProxy.QueryAnswerPartEx(requestId, body, flags(used), finalInfo(used, times));
    }

    /** Returns an error. A final_info is always with it: without one the reference's proxy ends (hazard H8). */
    WorkerToProxy.Message error(int code, String text, boolean afterHead, TokensUsed used, Times times) {
        if (protocol == 0) {
            return afterHead
                    ? new WorkerToProxy.QueryAnswerPartError(code, text, requestId, used)
                    : new WorkerToProxy.QueryAnswerError(code, text, requestId, used);
        }
        return new WorkerToProxy.QueryAnswerErrorEx(requestId, code, text, COMPLETED, finalInfo(used, times));
    }

    private static int flags(@Nullable TokensUsed used) {
        return used == null ? 0 : COMPLETED;
    }

    private @Nullable WorkerFinalInfo finalInfo(@Nullable TokensUsed used, Times times) {
        if (used == null) {
            return null;
        }
        boolean hasTimes = protocol >= 2;
        return new WorkerFinalInfo(
                (debug ? HAS_DEBUG : 0) | (hasTimes ? HAS_TIMES : 0),
                used,
                debug ? debugJson(times) : "",
                hasTimes ? times.start() : 0,
                hasTimes ? times.end() : 0);
    }

    private static String debugJson(Times times) {
        return String.format(
                Locale.ROOT,
                "{\"answer_receive_end_at\":%.6f,\"answer_receive_start_at\":%.6f,\"start_time\":%.6f,"
                        + "\"type\":\"worker_stats\"}",
                times.answerEnd(),
                times.answerStart(),
                times.start());
    }
}
