package io.cocoon.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;

/** The status page and what it is made of, each a file of its own, so that nothing inside a page may run. */
final class StatusRoutes {

    /** Nothing but our own files, no matter what a peer is called. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            + " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String JSON = "application/json";

    private StatusRoutes() {}

    /** Adds the page. */
    static Routes add(Routes routes, StatusBoard<?> board, boolean takesOrders) {
        Route page = file("status.html", "text/html; charset=utf-8");
        return routes.add("GET", "/", page)
                .add("GET", "/stats", page)
                .add("GET", "/status/status.js", file("status.js", "text/javascript; charset=utf-8"))
                .add("GET", "/status/status.css", file("status.css", "text/css; charset=utf-8"))
                .add("GET", "/status/icon.svg", file("icon.svg", "image/svg+xml"))
                .add("GET", "/status.json", (request, out) -> {
                    Optional<Long> since = since(request);
                    out.send(
                            since.isEmpty()
                                    ? Errors.reply(400, Errors.INVALID, "since is a time in milliseconds since 1970")
                                    : new Reply(
                                            200, Map.of("content-type", JSON), board.status(since.get(), takesOrders)));
                });
    }

    private static Optional<Long> since(Request request) {
        try {
            return Optional.of(request.query("since").map(Long::parseLong).orElse(0L));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /** Adds the reference's numbers, and what can be ordered. */
    static Routes addTools(Routes routes, StatusBoard<?> board) {
        routes.add(
                "GET",
                "/jsonstats",
                (request, out) -> out.send(new Reply(200, Map.of("content-type", JSON), board.jsonStats())));
        board.view().orders().forEach(order -> routes.add("POST", order.path(), order.route()));
        return routes;
    }

    private static Route file(String name, String type) {
        byte[] bytes;
        try (InputStream in = StatusRoutes.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the jar of cocoon-http lacks " + name);
            }
            bytes = in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("the jar of cocoon-http cannot be read", e);
        }
        Reply reply = new Reply(
                200,
                Map.of("content-type", type, "content-security-policy", POLICY, "referrer-policy", "no-referrer"),
                bytes);
        return (request, out) -> out.send(reply);
    }
}
