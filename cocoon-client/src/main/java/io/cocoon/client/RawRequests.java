package io.cocoon.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.cocoon.inference.ClientRequest;
import io.cocoon.inference.ClientRequests;
import io.cocoon.inference.HttpHeaders;
import io.cocoon.inference.RequestException;
import io.cocoon.inference.RequestRules;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** From an HTTP request as an application writes it to one that is ready to be sent. 2026 part, section 6.4. */
final class RawRequests {

    /** What the reference waits when the body does not say. */
    private static final double UNSAID_SECONDS = 120;

    private RawRequests() {}

    static Prepared prepare(String method, String path, Map<String, String> headers, Bytes body, Deadlines deadlines) {
        if (!method.equals("POST")) {
            throw new CocoonException.Configuration(
                    "the network carries POST requests only, not " + Failures.shorten(method) + " "
                            + Failures.shorten(path),
                    "for the list of models call models()");
        }
        List<HttpHeader> given = new ArrayList<>();
        headers.forEach((name, value) -> given.add(new HttpHeader(name, value)));
        if (HttpHeaders.last(given, "content-type").isEmpty()) {
            given.add(new HttpHeader("Content-Type", "application/json"));
        }
        ClientRequest request;
        try {
            request = ClientRequests.prepare(path, given, body, RequestRules.OPEN_AI);
        } catch (RequestException e) {
            throw new CocoonException.Configuration(
                    "the request is refused: " + Failures.shorten(e.getMessage() == null ? "" : e.getMessage()),
                    "correct it; nothing was sent",
                    e);
        }
        List<HttpHeader> sent = new ArrayList<>(HttpHeaders.toQuery(given));
        sent.removeIf(header -> header.name().equalsIgnoreCase("content-type"));
        sent.add(new HttpHeader("Content-Type", request.contentType()));
        return new Prepared(
                request.path(),
                List.copyOf(sent),
                request.model(),
                request.maxTokens(),
                request.maxCoefficient(),
                request.enableDebug(),
                body,
                request.body(),
                request.receiverPublicKey().isZero() ? Optional.empty() : Optional.of(request.receiverPublicKey()),
                streams(request),
                request.timeoutSeconds() == UNSAID_SECONDS
                        ? deadlines
                        : deadlines.withTotal(
                                Duration.ofMillis(Math.max(1, (long) (request.timeoutSeconds() * 1000)))));
    }

    private static boolean streams(ClientRequest request) {
        if (!request.contentType().startsWith("application/json")) {
            return false;
        }
        Bytes body = request.body();
        try {
            return AnswerDocuments.JSON
                    .readTree(body.unsafeArray(), body.unsafeOffset(), body.length())
                    .path("stream")
                    .asBoolean(false);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the body was parsed and printed before", e);
        } catch (IOException e) {
            throw new IllegalStateException("memory can be read", e);
        }
    }
}
