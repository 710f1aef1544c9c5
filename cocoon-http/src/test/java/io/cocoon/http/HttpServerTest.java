package io.cocoon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers that mean no good, on real sockets. */
@Timeout(120)
@SuppressWarnings("NullAway.Init") // each test begins with start
class HttpServerTest {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final int BODY = 1000;
    private static final ServerLimits LIMITS = new ServerLimits(2000, 4000, BODY, 1500, 4, LONG, LONG, LONG, LONG);

    private final CountDownLatch let = new CountDownLatch(1);
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final AtomicInteger served = new AtomicInteger();
    private HttpServer server;

    private InetSocketAddress start(ServerLimits limits) throws IOException {
        return start(limits, head -> Optional.empty());
    }

    private InetSocketAddress start(ServerLimits limits, Gate gate) throws IOException {
        HostGate pages = new HostGate(Set.of("box.example"), false);
        Routes routes = new Routes()
                .add("GET", "/hello", (request, out) -> {
                    served.incrementAndGet();
                    out.send(Reply.of(200, "text/plain", "hello"));
                })
                .add("POST", "/echo", (request, out) -> {
                    served.incrementAndGet();
                    out.send(new Reply(200, Map.of("content-type", "text/plain"), request.body()));
                })
                .add("GET", "/wait", (request, out) -> waiting(out))
                .add("GET", "/endless", (request, out) -> endless(out))
                .add("GET", "/broken", (request, out) -> {
                    throw new IllegalStateException("secret text");
                })
                .add(
                        "GET",
                        "/cut",
                        (request, out) ->
                                out.stream(200, Map.of()).write("half".getBytes(StandardCharsets.US_ASCII), 0, 4))
                .add("GET", "/pieces", (request, out) -> pieces(out))
                .addBelow("GET", "/below/", (request, out) -> out.send(Reply.of(200, "text/plain", request.path())));
        server = new HttpServer(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                limits,
                head -> pages.refuse(head).or(() -> gate.refuse(head)),
                routes,
                Duration.ZERO);
        return server.address();
    }

    private void waiting(Responder out) throws InterruptedException {
        entered.countDown();
        try {
            let.await();
        } catch (InterruptedException e) {
            interrupted.countDown();
            throw e;
        }
        out.send(Reply.of(200, "text/plain", "waited"));
    }

    private void endless(Responder out) throws IOException {
        Responder.Stream stream = out.stream(200, Map.of());
        byte[] piece = new byte[4096];
        try {
            while (true) {
                stream.write(piece, 0, piece.length);
                entered.countDown();
            }
        } catch (IOException e) {
            interrupted.countDown();
            throw e;
        }
    }

    private static void pieces(Responder out) throws IOException {
        Responder.Stream stream = out.stream(200, Map.of("content-type", "text/plain"));
        stream.write("one".getBytes(StandardCharsets.US_ASCII), 0, 3);
        stream.write("two".getBytes(StandardCharsets.US_ASCII), 0, 3);
        stream.finish(Map.of("x-sum", "6"));
    }

    private static void until(BooleanSupplier condition) {
        await().atMost(SOON).until(condition::getAsBoolean);
    }

    @AfterEach
    void stop() {
        let.countDown();
        if (server != null) {
            server.close();
        }
    }

    @Test
    void should_answer_two_requests_on_one_connection() throws IOException {
        try (Raw raw = new Raw(start(LIMITS))) {
            raw.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(raw.until("hello")).startsWith("HTTP/1.1 200 OK\r\n").doesNotContain("close");
            raw.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            assertThat(raw.rest()).startsWith("HTTP/1.1 200 OK\r\n").endsWith("hello");
        }
    }

    @Test
    void should_give_no_page_of_another_origin_leave_to_read() throws IOException {
        assertThat(Raw.ask(start(LIMITS), Raw.get("/hello")).toLowerCase(java.util.Locale.ROOT))
                .contains("x-content-type-options: nosniff", "cache-control: no-store")
                .doesNotContain("access-control");
    }

    @Test
    void should_take_a_body_of_known_length_and_one_of_chunks() throws IOException {
        InetSocketAddress address = start(LIMITS);
        assertThat(Raw.ask(address, Raw.post("/echo", "", "abc"))).endsWith("\r\n\r\nabc");
        assertThat(Raw.ask(
                        address,
                        "POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"))
                .endsWith("\r\n\r\nabcde");
    }

    @Test
    void should_say_continue_before_a_long_body() throws IOException {
        try (Raw raw = new Raw(start(LIMITS))) {
            raw.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-continue\r\n"
                    + "Content-Length: 3\r\n\r\n");
            assertThat(raw.until("\r\n\r\n")).startsWith("HTTP/1.1 100 Continue");
            assertThat(raw.send("abc").rest()).startsWith("HTTP/1.1 200 OK").endsWith("abc");
        }
    }

    @Test
    void should_send_pieces_as_chunks_and_trailers_to_those_who_take_them_only() throws IOException {
        InetSocketAddress address = start(LIMITS);
        assertThat(Raw.ask(address, Raw.get("/pieces")))
                .contains("3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
                .doesNotContain("x-sum");
        assertThat(Raw.ask(
                        address,
                        "GET /pieces HTTP/1.1\r\nHost: localhost\r\nTE: trailers\r\nConnection: close\r\n\r\n"))
                .endsWith("0\r\nx-sum: 6\r\n\r\n");
    }

    @Test
    void should_end_the_connection_instead_of_chunks_for_an_old_caller() throws IOException {
        assertThat(Raw.ask(start(LIMITS), "GET /pieces HTTP/1.0\r\nHost: localhost\r\n\r\n"))
                .doesNotContain("chunked")
                .endsWith("\r\n\r\nonetwo");
    }

    @Test
    void should_tell_missing_paths_from_wrong_methods() throws IOException {
        InetSocketAddress address = start(LIMITS);
        assertThat(Raw.ask(address, Raw.get("/nothing"))).startsWith("HTTP/1.1 404");
        assertThat(Raw.ask(address, Raw.post("/hello", "", "")))
                .startsWith("HTTP/1.1 405")
                .contains("allow: GET");
        assertThat(Raw.ask(address, Raw.get("/below/a%2Fb/c"))).endsWith("/below/a/b/c");
        assertThat(Raw.ask(address, Raw.get("/below/"))).startsWith("HTTP/1.1 404");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"localhost", "LOCALHOST:1234", "127.0.0.1", "127.3.2.1:10000", "[::1]:10000", "box.example"})
    void should_answer_to_its_own_names(String host) throws IOException {
        assertThat(Raw.ask(start(LIMITS), "GET /hello HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "192.168.1.7",
                "",
                "localhost:x",
                "user@localhost",
                "box.example.",
                "[::2]"
            })
    void should_refuse_other_names_as_a_rebound_page_has_them(String host) throws IOException {
        assertThat(Raw.ask(start(LIMITS), "GET /hello HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 403");
        assertThat(served).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://evil.example", "null", "https://localhost", "http://localhost:99"})
    void should_refuse_requests_that_pages_of_other_origins_send(String origin) throws IOException {
        assertThat(Raw.ask(start(LIMITS), Raw.post("/echo", "Origin: " + origin + "\r\n", "x")))
                .startsWith("HTTP/1.1 403");
        assertThat(served).hasValue(0);
    }

    @Test
    void should_take_requests_of_its_own_pages() throws IOException {
        assertThat(Raw.ask(start(LIMITS), Raw.post("/echo", "Origin: http://localhost\r\n", "x")))
                .startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 3\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: 3",
                "Content-Length: 3\r\nContent-Length: 4",
                "Content-Length: 3, 3",
                "Content-Length: +3",
                "Content-Length: -1",
                "Content-Length: 0x3",
                "Content-Length: 99999999999999999999",
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding : chunked",
                "Content-Length: 3\r\n Transfer-Encoding: chunked",
                "Bad Name: x",
                "Host: localhost"
            })
    void should_refuse_what_can_be_read_in_two_ways_and_close(String headers) throws IOException {
        String answer = Raw.ask(
                start(LIMITS),
                "POST /echo HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                        + Raw.get("/hello"));
        assertThat(answer).matches("(?s)HTTP/1.1 (400|501) .*");
        assertThat(answer).doesNotContain("200 OK");
        assertThat(served).hasValue(0);
    }

    @Test
    void should_say_417_to_expectations_that_nobody_has() throws IOException {
        String answer = Raw.ask(
                start(LIMITS),
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nContent-Length: 3\r\n\r\nabc");
        assertThat(answer).startsWith("HTTP/1.1 417 ").contains("100-continue");
        assertThat(served).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\0\0\0\0\r\n\r\n",
                "GET\r\n\r\n",
                "GET /hello HTTP/2.0\r\nHost: localhost\r\n\r\n",
                "GET http://localhost/hello HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /a%00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /a%0d%0ab HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /%ff HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /hello#part HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /hello?a=1&a=2 HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /hello HTTP/1.1\r\n\r\n",
                "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
                "\u0016\u0003\u0001\u0002\0\u0001\0\r\n\r\n"
            })
    void should_refuse_what_is_no_request_for_it_and_close(String request) throws IOException {
        assertThat(Raw.ask(start(LIMITS), request)).matches("(?s)HTTP/1.1 (400|505) .*");
        assertThat(served).hasValue(0);
    }

    @Test
    void should_refuse_heads_that_are_too_long() throws IOException {
        InetSocketAddress address = start(LIMITS);
        assertThat(Raw.ask(address, "GET /" + "a".repeat(2100) + " HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .startsWith("HTTP/1.1 414");
        assertThat(Raw.ask(address, "GET /hello HTTP/1.1\r\nHost: localhost\r\nX: " + "a".repeat(4100) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431");
        assertThat(Raw.ask(address, "GET /hello HTTP/1.1\r\nHost: localhost\r\n" + "A: b\r\n".repeat(2000) + "\r\n"))
                .startsWith("HTTP/1.1 431");
    }

    @Test
    void should_refuse_bodies_that_are_too_long_before_they_come() throws IOException {
        InetSocketAddress address = start(LIMITS);
        assertThat(Raw.ask(address, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n"))
                .startsWith("HTTP/1.1 413");
        String chunk = "64\r\n" + "a".repeat(100) + "\r\n";
        assertThat(Raw.ask(
                        address,
                        "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + chunk.repeat(11)))
                .startsWith("HTTP/1.1 413");
        assertThat(Raw.ask(address, Raw.post("/echo", "", "b".repeat(BODY)))).endsWith("b".repeat(BODY));
        assertThat(served).hasValue(1);
    }

    @Test
    void should_bound_the_bodies_of_all_callers_together() throws IOException {
        InetSocketAddress address = start(LIMITS);
        try (Raw first = new Raw(address)) {
            first.send(
                    "POST /echo HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 1000\r\n\r\n");
            first.until("\r\n\r\n");
            assertThat(Raw.ask(address, Raw.post("/echo", "", "b".repeat(600)))).startsWith("HTTP/1.1 503");
        }
        until(() -> ask(address, Raw.post("/echo", "", "b".repeat(600))).startsWith("HTTP/1.1 200"));
    }

    private static String ask(InetSocketAddress address, String text) {
        try {
            return Raw.ask(address, text);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void should_end_heads_and_bodies_that_come_too_slowly() throws IOException {
        Duration brief = Duration.ofMillis(200);
        InetSocketAddress address = start(LIMITS.withDeadlines(brief, brief, LONG, LONG));
        assertThat(Raw.ask(address, "GET /hello HTTP/1.1\r\nHo"))
                .startsWith("HTTP/1.1 408")
                .contains("200 ms");
        assertThat(Raw.ask(address, "")).startsWith("HTTP/1.1 408");
        assertThat(Raw.ask(address, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na"))
                .startsWith("HTTP/1.1 408");
    }

    @Test
    void should_close_idle_connections_without_a_word() throws IOException {
        InetSocketAddress address = start(LIMITS.withDeadlines(LONG, LONG, Duration.ofMillis(100), LONG));
        assertThat(Raw.ask(address, "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"))
                .endsWith("hello");
    }

    @Test
    void should_answer_the_first_of_pipelined_requests_and_close() throws IOException {
        String answer = Raw.ask(
                start(LIMITS),
                "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\nGET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n"
                        + "\0garbage\r\n\r\n");
        assertThat(answer.split("HTTP/1.1 200 OK", -1)).hasSize(2);
        assertThat(served).hasValue(1);
    }

    @Test
    void should_refuse_one_connection_too_many_and_take_it_when_another_went() throws IOException {
        InetSocketAddress address = start(LIMITS);
        Raw[] open = new Raw[LIMITS.connections()];
        for (int i = 0; i < open.length; i++) {
            open[i] = new Raw(address);
            open[i].send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n").until("hello");
        }
        assertThat(Raw.ask(address, "")).startsWith("HTTP/1.1 503").contains("4 connections");
        for (Raw raw : open) {
            raw.close();
        }
        until(() -> ask(address, Raw.get("/hello")).endsWith("hello"));
    }

    @Test
    void should_judge_by_the_head_before_it_takes_a_body() throws IOException {
        InetSocketAddress address = start(LIMITS, head -> Optional.of(Errors.reply(401, Errors.INVALID, "no")));
        assertThat(Raw.ask(address, "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\nabc"))
                .startsWith("HTTP/1.1 401");
        assertThat(served).hasValue(0);
    }

    @Test
    void should_interrupt_a_route_whose_caller_went_away() throws Exception {
        try (Raw raw = new Raw(start(LIMITS))) {
            raw.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(entered.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void should_hold_a_route_back_while_its_caller_reads_nothing_and_end_it_when_that_takes_too_long()
            throws Exception {
        InetSocketAddress address = start(LIMITS.withDeadlines(LONG, LONG, LONG, Duration.ofMillis(200)));
        try (Raw raw = new Raw(address)) {
            raw.send("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(entered.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(interrupted.await(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void should_say_nothing_of_a_defect_but_that_it_is_one() throws IOException {
        assertThat(Raw.ask(start(LIMITS), Raw.get("/broken")))
                .startsWith("HTTP/1.1 500")
                .doesNotContain("secret");
    }

    @Test
    void should_not_let_a_cut_answer_look_whole() throws IOException {
        assertThat(Raw.ask(start(LIMITS), Raw.get("/cut"))).contains("half").doesNotContain("0\r\n\r\n");
    }

    @Test
    void should_interrupt_what_runs_when_it_closes_and_leave_nothing_that_listens() throws Exception {
        InetSocketAddress address = start(LIMITS);
        try (Raw raw = new Raw(address)) {
            raw.send("GET /wait HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(entered.await(30, TimeUnit.SECONDS)).isTrue();
            server.close();
            assertThat(interrupted.getCount()).isZero();
            assertThat(ask(address, Raw.get("/hello"))).contains("refused");
        }
    }
}
