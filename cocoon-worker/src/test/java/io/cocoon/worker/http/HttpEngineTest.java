package io.cocoon.worker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.protocol.HttpHeader;
import io.cocoon.tl.Bytes;
import io.cocoon.worker.EngineException;
import io.cocoon.worker.InferenceRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class HttpEngineTest {

    private static final String CHUNK = "{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}";

    private final MockWebServer server = new MockWebServer();
    private final RecordingSink sink = new RecordingSink();

    @BeforeEach
    void startServer() throws IOException {
        server.start(InetAddress.getLoopbackAddress(), 0);
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    private HttpEngine engine() {
        return builder().build();
    }

    private HttpEngine.Builder builder() {
        return HttpEngine.builder().baseUrl(URI.create("http://127.0.0.1:" + server.getPort()));
    }

    private static InferenceRequest request(boolean stream, Duration limit, HttpHeader... headers) {
        return new InferenceRequest(
                "POST",
                "/v1/chat/completions",
                List.of(headers),
                "application/json",
                Bytes.utf8("{\"model\":\"m\"}"),
                "m",
                stream,
                limit);
    }

    private static InferenceRequest request(boolean stream) {
        return request(stream, Duration.ofSeconds(300));
    }

    @Test
    void should_pass_a_document_on() throws Exception {
        server.enqueue(new MockResponse.Builder()
                .code(200)
                .addHeader("Content-Type", "application/json")
                .body("{\"id\":1}")
                .build());
        try (HttpEngine engine = engine()) {
            engine.answer(request(false), sink, sink);
        }

        assertThat(sink.status).isEqualTo(200);
        assertThat(sink.body).hasToString("{\"id\":1}");
        assertThat(sink.end.join()).isEqualTo("complete");
        RecordedRequest seen = server.takeRequest();
        assertThat(seen.getTarget()).isEqualTo("/v1/chat/completions");
        assertThat(seen.getBody()).isNotNull();
        assertThat(seen.getBody().utf8()).isEqualTo("{\"model\":\"m\"}");
        assertThat(seen.getHeaders().get("Content-Type")).isEqualTo("application/json");
        assertThat(seen.getHeaders().get("User-Agent")).isEqualTo("cocoon-worker");
    }

    @Test
    void should_send_each_request_to_its_own_path_when_paths_alternate() throws Exception {
        List<String> paths =
                List.of("/v1/chat/completions", "/v1/completions", "/v1/completions", "/v1/embeddings?a=1");
        try (HttpEngine engine = engine()) {
            for (String path : paths) {
                server.enqueue(new MockResponse.Builder().code(200).body("{}").build());
                RecordingSink each = new RecordingSink();
                engine.answer(
                        new InferenceRequest(
                                "POST",
                                path,
                                List.of(),
                                "application/json",
                                Bytes.utf8("{}"),
                                "m",
                                false,
                                Duration.ofSeconds(10)),
                        each,
                        each);
                assertThat(server.takeRequest().getTarget()).isEqualTo(path);
            }
        }
    }

    @Test
    void should_pass_an_error_of_the_server_on_with_its_body() throws Exception {
        server.enqueue(
                new MockResponse.Builder().code(500).body("{\"error\":1}").build());
        try (HttpEngine engine = engine()) {
            engine.answer(request(false), sink, sink);
        }

        assertThat(sink.status).isEqualTo(500);
        assertThat(sink.body).hasToString("{\"error\":1}");
    }

    @Test
    void h5_should_pass_on_the_first_event_before_the_second_exists() throws Exception {
        try (SlowServer slow = new SlowServer();
                HttpEngine engine = HttpEngine.builder().baseUrl(slow.uri()).build()) {
            CompletableFuture<Void> run = async(engine, request(true));
            slow.head("Content-Type: text/event-stream\r\nTransfer-Encoding: chunked");
            slow.chunk("data: " + CHUNK + "\n\n");

            assertThat(sink.pieces.poll(30, TimeUnit.SECONDS)).isEqualTo("data: " + CHUNK + "\n\n");
            assertThat(run).isNotDone();
            slow.chunk("data: [DONE]\n\n");
            slow.endChunks();

            assertThat(sink.end.get(30, TimeUnit.SECONDS)).isEqualTo("complete");
            assertThat(sink.pieces.poll(30, TimeUnit.SECONDS)).isEqualTo("data: [DONE]\n\n");
        }
    }

    @Test
    void n12_should_forward_events_as_they_are_and_unpack_them_when_told_to() throws Exception {
        String events = ": comment\n\ndata: {\"a\":1}\n\nevent: x\ndata:{\"b\":2}\r\n\r\ndata: [DONE]\n\n";
        for (int i = 0; i < 2; i++) {
            server.enqueue(new MockResponse.Builder()
                    .addHeader("Content-Type", "text/event-stream; charset=utf-8")
                    .chunkedBody(events, 7)
                    .build());
        }
        RecordingSink lines = new RecordingSink();
        try (HttpEngine asIs = engine();
                HttpEngine unpacking =
                        builder().streamDialect(StreamDialect.JSON_LINES).build()) {
            asIs.answer(request(true), sink, sink);
            unpacking.answer(request(true), lines, lines);
        }

        assertThat(sink.body).hasToString(events);
        assertThat(lines.body).hasToString("{\"a\":1}\n{\"b\":2}\n");
        assertThat(lines.headers).contains(new HttpHeader("Content-Type", "application/json"));
    }

    @Test
    void should_stream_lines_of_json_as_they_are() throws Exception {
        server.enqueue(new MockResponse.Builder()
                .addHeader("Content-Type", "application/json")
                .chunkedBody("{\"a\":1}\n{\"b\":2}\n", 5)
                .build());
        try (HttpEngine engine =
                builder().streamDialect(StreamDialect.JSON_LINES).build()) {
            engine.answer(request(true), sink, sink);
        }

        assertThat(sink.body).hasToString("{\"a\":1}\n{\"b\":2}\n");
    }

    @Test
    void h17_should_report_an_answer_that_breaks_off() throws Exception {
        try (SlowServer slow = new SlowServer();
                HttpEngine engine = HttpEngine.builder().baseUrl(slow.uri()).build()) {
            async(engine, request(true));
            slow.head("Content-Type: text/event-stream\r\nTransfer-Encoding: chunked");
            slow.chunk("data: x\n\n");
            slow.close();

            assertThat(sink.end.get(30, TimeUnit.SECONDS))
                    .startsWith("error 0:")
                    .contains("broke off after 9 bytes");
        }
    }

    @Test
    void n22_should_report_a_document_that_is_shorter_than_announced() throws Exception {
        try (SlowServer slow = new SlowServer();
                HttpEngine engine = HttpEngine.builder().baseUrl(slow.uri()).build()) {
            async(engine, request(false));
            slow.head("Content-Type: application/json\r\nContent-Length: 100");
            slow.raw("{\"id\":");
            slow.close();

            assertThat(sink.end.get(30, TimeUnit.SECONDS)).startsWith("error 0:");
        }
    }

    @Test
    void n22_should_keep_a_time_limit_below_a_second_before_the_head() throws Exception {
        try (SlowServer slow = new SlowServer();
                HttpEngine engine = HttpEngine.builder().baseUrl(slow.uri()).build()) {
            engine.answer(request(false, Duration.ofMillis(200)), sink, sink);

            assertThat(sink.status).isEqualTo(504);
            assertThat(sink.end.join()).isEqualTo("complete");
        }
    }

    @Test
    void n22_should_report_a_time_limit_after_the_head_as_an_error() throws Exception {
        try (SlowServer slow = new SlowServer();
                HttpEngine engine = HttpEngine.builder().baseUrl(slow.uri()).build()) {
            async(engine, request(true, Duration.ofSeconds(3)));
            slow.head("Content-Type: text/event-stream\r\nTransfer-Encoding: chunked");
            slow.chunk("data: x\n\n");

            assertThat(sink.end.get(30, TimeUnit.SECONDS)).startsWith("error 652:");
        }
    }

    @Test
    void should_answer_502_when_nothing_listens() throws Exception {
        int port = server.getPort();
        server.close();
        try (HttpEngine engine = HttpEngine.builder()
                .baseUrl(URI.create("http://127.0.0.1:" + port))
                .build()) {
            engine.answer(request(false), sink, sink);
            assertThat(engine.isAvailable()).isFalse();
        }

        assertThat(sink.status).isEqualTo(502);
        assertThat(sink.body).isEmpty();
        assertThat(sink.end.join()).isEqualTo("complete");
    }

    @Test
    void should_answer_502_when_the_server_resets_before_the_head() throws Exception {
        server.enqueue(new MockResponse.Builder()
                .onRequestStart(new SocketEffect.CloseSocket())
                .build());
        try (HttpEngine engine = engine()) {
            engine.answer(request(false), sink, sink);
        }

        assertThat(sink.status).isEqualTo(502);
    }

    @Test
    void h17_should_close_the_server_connection_on_cancellation() throws Exception {
        try (SlowServer slow = new SlowServer();
                HttpEngine engine = HttpEngine.builder().baseUrl(slow.uri()).build()) {
            CompletableFuture<Void> run = async(engine, request(true));
            slow.head("Content-Type: text/event-stream\r\nTransfer-Encoding: chunked");
            slow.chunk("data: x\n\n");
            assertThat(sink.pieces.poll(30, TimeUnit.SECONDS)).isNotNull();

            sink.cancel();

            assertThat(slow.awaitEndOfConnection()).isTrue();
            run.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void should_not_read_on_while_the_proxy_takes_nothing() throws Exception {
        Semaphore once = new Semaphore(1);
        sink.writableOnly(once);
        try (SlowServer slow = new SlowServer();
                HttpEngine engine = HttpEngine.builder().baseUrl(slow.uri()).build()) {
            async(engine, request(true));
            slow.head("Content-Type: text/event-stream\r\nTransfer-Encoding: chunked");
            slow.chunk("data: 1\n\n");
            assertThat(sink.pieces.poll(30, TimeUnit.SECONDS)).isEqualTo("data: 1\n\n");
            slow.chunk("data: 2\n\n");
            assertThat(sink.pieces.poll(100, TimeUnit.MILLISECONDS)).isNull();

            once.release();

            assertThat(sink.pieces.poll(30, TimeUnit.SECONDS)).isEqualTo("data: 2\n\n");
        }
    }

    @Test
    void h15_should_pass_no_credentials_on_but_the_operator_s() throws Exception {
        server.enqueue(new MockResponse.Builder().body("{}").build());
        try (HttpEngine engine = builder().bearerToken("operators").build()) {
            engine.answer(
                    request(
                            false,
                            Duration.ofSeconds(10),
                            new HttpHeader("authorization", "Bearer requesters"),
                            new HttpHeader("Host", "elsewhere"),
                            new HttpHeader("X-Request-Id", "42")),
                    sink,
                    sink);
        }

        RecordedRequest seen = server.takeRequest();
        assertThat(seen.getHeaders().values("Authorization")).containsExactly("Bearer operators");
        assertThat(seen.getHeaders().get("Host")).isEqualTo("127.0.0.1:" + server.getPort());
        assertThat(seen.getHeaders().get("X-Request-Id")).isEqualTo("42");
    }

    @Test
    void n24_should_ask_for_no_compression_and_pass_duplicate_headers_on_one_by_one() throws Exception {
        server.enqueue(new MockResponse.Builder()
                .addHeader("X-Note", "first")
                .addHeader("X-Note", "second")
                .body("{}")
                .build());
        try (HttpEngine engine = engine()) {
            engine.answer(
                    request(
                            false,
                            Duration.ofSeconds(300),
                            new HttpHeader("accept-encoding", "gzip"),
                            new HttpHeader("Accept-Encoding", "br"),
                            new HttpHeader("X-Tag", "one"),
                            new HttpHeader("X-Tag", "two")),
                    sink,
                    sink);
        }

        RecordedRequest seen = server.takeRequest();
        assertThat(seen.getHeaders().values("Accept-Encoding")).containsExactly("identity");
        assertThat(seen.getHeaders().values("X-Tag")).containsExactly("one", "two");
        assertThat(sink.headers.stream()
                        .filter(header -> header.name().equalsIgnoreCase("X-Note"))
                        .map(HttpHeader::value))
                .containsExactly("first", "second");
    }

    @Test
    void n24_should_report_a_compressed_answer_instead_of_losing_its_usage() throws Exception {
        server.enqueue(new MockResponse.Builder()
                .addHeader("Content-Encoding", "gzip")
                .body("not json")
                .build());
        try (HttpEngine engine = engine()) {
            engine.answer(request(false), sink, sink);
        } catch (EngineException e) {
            sink.end.complete("error " + e.code() + ": " + e.getMessage());
        }

        assertThat(sink.end.get(30, TimeUnit.SECONDS)).startsWith("error").contains("compressed");
    }

    @Test
    void should_reuse_connections() throws Exception {
        try (HttpEngine engine = engine()) {
            for (int i = 0; i < 3; i++) {
                server.enqueue(new MockResponse.Builder().body("{}").build());
                engine.answer(request(false), new RecordingSink(), sink);
            }
        }

        server.takeRequest();
        server.takeRequest();
        assertThat(server.takeRequest().getExchangeIndex()).isEqualTo(2);
    }

    @Test
    void should_refuse_a_path_that_leads_elsewhere() {
        InferenceRequest elsewhere = new InferenceRequest(
                "POST", "@evil.example/", List.of(), "", Bytes.empty(), "m", false, Duration.ofSeconds(1));
        try (HttpEngine engine = engine()) {
            assertThatThrownBy(() -> engine.answer(elsewhere, sink, sink)).hasMessageContaining("bad path");
        }
    }

    @Test
    void should_pass_a_form_on_byte_for_byte() throws Exception {
        server.enqueue(new MockResponse.Builder().body("{\"text\":\"hi\"}").build());
        byte[] form = new byte[100_000];
        new java.util.Random(1).nextBytes(form);
        try (HttpEngine engine = engine()) {
            engine.answer(
                    new InferenceRequest(
                            "POST",
                            "/v1/audio/transcriptions",
                            List.of(),
                            "multipart/form-data; boundary=xyz",
                            Bytes.copyOf(form),
                            "m",
                            false,
                            Duration.ofSeconds(10)),
                    sink,
                    sink);
        }

        RecordedRequest seen = server.takeRequest();
        assertThat(seen.getBody()).isNotNull();
        assertThat(seen.getBody().toByteArray()).isEqualTo(form);
        assertThat(seen.getHeaders().get("Content-Type")).isEqualTo("multipart/form-data; boundary=xyz");
    }

    @Test
    void should_be_available_when_the_server_lists_its_models() throws Exception {
        server.enqueue(new MockResponse.Builder().body("{\"data\":[]}").build());
        server.enqueue(new MockResponse.Builder().code(503).build());
        try (HttpEngine engine = HttpEngine.builder()
                .baseUrl(URI.create("http://127.0.0.1:" + server.getPort() + "/v1"))
                .build()) {
            assertThat(engine.isAvailable()).isTrue();
            assertThat(engine.isAvailable()).isFalse();
        }
        assertThat(server.takeRequest().getTarget()).isEqualTo("/v1/models");
    }

    @Test
    void should_refuse_an_address_that_is_not_http() {
        assertThatThrownBy(() -> HttpEngine.builder().baseUrl(URI.create("ftp://host")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("http(s)://host:port");
    }

    private CompletableFuture<Void> async(HttpEngine engine, InferenceRequest request) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                engine.answer(request, sink, sink);
                done.complete(null);
            } catch (Exception e) {
                done.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return done;
    }

    /** A server whose every byte the test sends itself. */
    private static final class SlowServer implements AutoCloseable {

        private final ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        private Socket socket = new Socket();

        SlowServer() throws IOException {}

        URI uri() {
            return URI.create("http://127.0.0.1:" + listener.getLocalPort());
        }

        void head(String headers) throws IOException {
            socket = listener.accept();
            byte[] request = new byte[4096];
            assertThat(socket.getInputStream().read(request)).isPositive();
            raw("HTTP/1.1 200 OK\r\n" + headers + "\r\n\r\n");
        }

        void raw(String text) throws IOException {
            OutputStream out = socket.getOutputStream();
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        void chunk(String text) throws IOException {
            raw(Integer.toHexString(text.length()) + "\r\n" + text + "\r\n");
        }

        void endChunks() throws IOException {
            raw("0\r\n\r\n");
        }

        boolean awaitEndOfConnection() throws IOException {
            socket.setSoTimeout(30_000);
            while (true) {
                try {
                    if (socket.getInputStream().read(new byte[4096]) < 0) {
                        return true;
                    }
                } catch (java.net.SocketTimeoutException e) {
                    return false;
                } catch (IOException e) {
                    return true;
                }
            }
        }

        @Override
        public void close() throws IOException {
            socket.close();
            listener.close();
        }
    }
}
