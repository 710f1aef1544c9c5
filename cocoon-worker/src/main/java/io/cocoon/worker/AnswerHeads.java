package io.cocoon.worker;

import io.cocoon.inference.HttpHeaders;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpResponse;
import io.cocoon.tl.Bytes;
import java.util.ArrayList;
import java.util.List;

/** The head of an answer: what an upstream's headers become (wire dossier 6.4, step 7; 2026 part, 8.2). */
final class AnswerHeads {

    private static final int MAX_HEADERS = 100;
    private static final int MAX_HEADER_BYTES = 16 << 10;

    private AnswerHeads() {}

    /**
     * Returns the head.
     *
     * @param completed whether no body follows
     */
    static HttpResponse response(
            int status, List<HttpHeader> headers, boolean completed, double start, double answerStart) {
        List<HttpHeader> out = new ArrayList<>(headers.size() + 3);
        for (HttpHeader header : HttpHeaders.fromUpstream(headers)) {
            if (out.size() < MAX_HEADERS && isPassedOn(header)) {
                out.add(header);
            }
        }
        out.add(new HttpHeader("X-Cocoon-Worker-Start", unixTime(start)));
        out.add(new HttpHeader("X-Cocoon-Worker-End", unixTime(answerStart)));
        out.add(completed ? new HttpHeader("Content-Length", "0") : new HttpHeader("Transfer-Encoding", "chunked"));
        return new HttpResponse("HTTP/1.1", status, "", out, Bytes.empty());
    }

    private static boolean isPassedOn(HttpHeader header) {
        // The body is read and rewritten here, so that no encoding of the upstream survives.
        return header.name().length() + header.value().length() <= MAX_HEADER_BYTES
                && !header.name().equalsIgnoreCase("content-encoding");
    }

    /** Seconds with six decimals, without the cost of a formatter. */
    private static String unixTime(double seconds) {
        long micros = Math.round(seconds * 1e6);
        String fraction = Long.toString(1_000_000 + micros % 1_000_000);
        return micros / 1_000_000 + "." + fraction.substring(1);
    }
}
