package io.cocoon.http;

import io.cocoon.client.Bill;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.client.HttpReply;
import java.io.IOException;
import java.io.InputStream;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends a request to the network and passes its answer on, byte for byte and as it comes. Short answers go out whole, with the
 * bill in their head; all others in pieces, with the bill behind them for callers that take trailers.
 */
final class Inference implements Route {

    private static final Logger LOG = LoggerFactory.getLogger(Inference.class);

    static final int LONGEST_WHOLE = 1 << 20;
    private static final int PIECE = 16 << 10;
    private static final int ID_BYTES = 16;

    private static final String EVENTS = "text/event-stream";
    /** What of a worker's head a caller is given. A worker is no more trusted than any stranger. */
    private static final Set<String> PASSED = Set.of("content-encoding", "retry-after", "x-request-id");
    /** Types that no browser runs: a worker must not put a page under this port's origin. */
    private static final Set<String> HARMLESS = Set.of(
            "application/json", EVENTS, "text/plain", "text/vtt", "application/x-subrip", "application/x-ndjson");

    private final CocoonClient client;
    private final Callers callers;
    private final Admission admission;
    private final PortCounters counters;
    private final SecureRandom random;

    Inference(CocoonClient client, Callers callers, Admission admission, PortCounters counters, SecureRandom random) {
        this.client = client;
        this.callers = callers;
        this.admission = admission;
        this.counters = counters;
        this.random = random;
    }

    @Override
    public void serve(Request request, Responder out) throws IOException {
        String caller = callers.caller(request).orElseThrow();
        switch (admission.enter(caller)) {
            case TOO_MANY -> refuse(out, busy(503, "there are as many running requests as this port takes"));
            case TOO_MANY_OF_CALLER ->
                refuse(out, busy(429, "this caller has as many running requests as one caller may have"));
            case ADMITTED -> {
                try {
                    ask(request, out);
                } finally {
                    admission.leave(caller);
                }
            }
        }
    }

    private void refuse(Responder out, Reply reply) {
        counters.refused.increment();
        out.send(reply);
    }

    private static Reply busy(int status, String message) {
        return Errors.reply(status, status == 429 ? "rate_limit_error" : Errors.SERVER, "too_many_running", message)
                .with("retry-after", "1")
                .with("x-should-retry", "true");
    }

    private void ask(Request request, Responder out) throws IOException {
        counters.bytesReceived.add(request.body().length);
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        String id = HexFormat.of().formatHex(bytes);
        Map<String, String> headers = new HashMap<>();
        request.headers().forEach((name, values) -> headers.put(name, values.get(values.size() - 1)));
        try (HttpReply reply = client.http("POST", request.path(), headers, request.body())) {
            new Passing(reply, head(reply, id), out).pass();
        } catch (CocoonException e) {
            LOG.debug("request {}: {}", id, e.getMessage());
            if (!out.isBegun()) {
                out.send(Failure.of(e).reply().with("x-cocoon-request", id));
            }
        }
    }

    private static Map<String, String> head(HttpReply reply, String id) {
        Map<String, String> head = new LinkedHashMap<>();
        Map<String, List<String>> given = reply.headers();
        PASSED.forEach(name -> first(given, name).ifPresent(value -> head.put(name, value)));
        head.put("content-type", harmless(first(given, "content-type").orElse("")));
        head.put("x-cocoon-request", id);
        head.put("x-cocoon-proxy", reply.attestation().proxy());
        head.put(
                "x-cocoon-attestation",
                reply.attestation().isAttested() ? "verified" : "none: nothing was proven about the proxy");
        head.put("x-cocoon-encrypted", String.valueOf(reply.isEncrypted()));
        if (reply.status() >= 500) {
            // What a worker did before it failed may be charged; SDKs would do it three times.
            head.put("x-should-retry", "false");
        }
        head.put("x-cocoon-attempts", String.valueOf(reply.attempts().size()));
        return head;
    }

    private static Optional<String> first(Map<String, List<String>> headers, String name) {
        return headers.getOrDefault(name, List.of()).stream().findFirst();
    }

    private static String harmless(String type) {
        return HARMLESS.contains(bare(type)) ? type : "application/octet-stream";
    }

    private static String bare(String type) {
        int end = type.indexOf(';');
        return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }

    private static Map<String, String> bill(Bill bill) {
        Map<String, String> lines = new LinkedHashMap<>();
        lines.put("x-cocoon-bill", bill.status().name().toLowerCase(Locale.ROOT));
        lines.put("x-cocoon-adjusted-tokens", String.valueOf(bill.adjusted().totalTokensUsed()));
        lines.put("x-cocoon-nanoton", String.valueOf(bill.total().value()));
        return lines;
    }

    /** One answer on its way. */
    private final class Passing {

        private final HttpReply reply;
        private final Map<String, String> head;
        private final Responder out;
        private final boolean events;
        private final Watch watch;

        Passing(HttpReply reply, Map<String, String> head, Responder out) {
            this.reply = reply;
            this.head = head;
            this.out = out;
            this.events = bare(head.getOrDefault("content-type", "")).equals(EVENTS);
            this.watch =
                    new Watch(head.get("content-type"), client.root().params().prices());
        }

        void pass() throws IOException {
            byte[] first = new byte[0];
            if (!events) {
                first = reply.body().readNBytes(LONGEST_WHOLE);
                watch.saw(first, first.length);
                if (first.length < LONGEST_WHOLE) {
                    check();
                    Reply answer = new Reply(reply.status(), head, first);
                    for (Map.Entry<String, String> line : bill(reply.bill()).entrySet()) {
                        answer = answer.with(line.getKey(), line.getValue());
                    }
                    counters.bytesSent.add(first.length);
                    out.send(answer);
                    return;
                }
            }
            Responder.Stream stream = out.stream(reply.status(), head);
            stream.write(first, 0, first.length);
            counters.bytesSent.add(first.length);
            try {
                rest(stream);
            } catch (CocoonException e) {
                if (events && !(e instanceof CocoonException.Cancelled)) {
                    byte[] event = Failure.of(e).event();
                    stream.write(event, 0, event.length);
                    stream.finishAndClose();
                }
                throw e;
            }
            check();
            stream.finish(out.takesTrailers() ? bill(reply.bill()) : Map.of());
        }

        private void rest(Responder.Stream stream) throws IOException {
            InputStream body = reply.body();
            byte[] piece = new byte[PIECE];
            int count;
            while ((count = body.read(piece)) >= 0) {
                watch.saw(piece, count);
                stream.write(piece, 0, count);
                counters.bytesSent.add(count);
            }
        }

        /** Has the bill checked against what the answer counted. */
        private void check() {
            watch.usage().ifPresent(reply::check);
        }
    }
}
