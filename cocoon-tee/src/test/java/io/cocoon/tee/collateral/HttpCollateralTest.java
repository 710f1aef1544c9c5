package io.cocoon.tee.collateral;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.tdx.TdxCollateral;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Against a server of ours that serves as the vendors do, and then in every way that they should not. */
@Isolated("looks at the threads of the whole process")
class HttpCollateralTest {

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Queue<String> asked = new ConcurrentLinkedQueue<>();
    private final CountDownLatch end = new CountDownLatch(1);
    private HttpServer server;
    private HttpCollateral source;
    private volatile Misbehaviour misbehaviour = exchange -> false;

    /** Answers in place of the good server, or returns false. */
    private interface Misbehaviour {
        boolean answer(HttpExchange exchange) throws IOException;
    }

    HttpCollateralTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        source = source(Duration.ofSeconds(20), Duration.ofSeconds(30));
    }

    @BeforeEach
    void start() {
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestURI().toString());
            if (!misbehaviour.answer(exchange)) {
                serve(exchange);
            }
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        end.countDown();
        source.close();
        server.stop(0);
        threads.shutdownNow();
    }

    private URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    private HttpCollateral source(Duration callTime, Duration patience) {
        return HttpCollateral.builder()
                .pccs(address())
                .amd(address())
                .nvidia(address(), address().resolve("ocsp"))
                .callTime(callTime)
                .patience(patience)
                .build();
    }

    private static void send(HttpExchange exchange, int status, Bytes body) throws IOException {
        exchange.sendResponseHeaders(status, body.isEmpty() ? -1 : body.length());
        if (!body.isEmpty()) {
            exchange.getResponseBody().write(body.toByteArray());
        }
    }

    private static void chain(HttpExchange exchange, String header, Bytes pem) {
        exchange.getResponseHeaders()
                .set(
                        header,
                        URLEncoder.encode(pem.toUtf8(), StandardCharsets.UTF_8).replace("+", "%20"));
    }

    private static Bytes wrapped(String member, Bytes document, Bytes signature) {
        return Bytes.utf8("{ \"more\":[1,{\"a\":\"}\\\"\"}], \"" + member + "\":" + document.toUtf8()
                + ",\"signature\":\"" + signature.toHex() + "\"}\n");
    }

    private static void serve(HttpExchange exchange) throws IOException {
        TdxCollateral set = Sets.tdx();
        String path = exchange.getRequestURI().getPath();
        if (path.endsWith("/tcb")) {
            chain(exchange, "TCB-Info-Issuer-Chain", set.tcbInfoIssuerChain());
            send(exchange, 200, wrapped("tcbInfo", set.tcbInfo(), set.tcbInfoSignature()));
        } else if (path.endsWith("/qe/identity")) {
            chain(exchange, "SGX-Enclave-Identity-Issuer-Chain", set.qeIdentityIssuerChain());
            send(exchange, 200, wrapped("enclaveIdentity", set.qeIdentity(), set.qeIdentitySignature()));
        } else if (path.endsWith("/pckcrl")) {
            chain(exchange, "SGX-PCK-CRL-Issuer-Chain", set.pckCrlIssuerChain());
            send(exchange, 200, set.pckCrl());
        } else if (path.endsWith("/rootcacrl")) {
            send(exchange, 200, Bytes.utf8(set.rootCaCrl().toHex()));
        } else if (path.endsWith("/cert_chain")) {
            send(exchange, 200, Sets.snp().chain());
        } else if (path.endsWith("/crl")) {
            send(exchange, 200, Sets.snp().crl().orElseThrow());
        } else if (path.startsWith("/v1/rim/")) {
            send(
                    exchange,
                    200,
                    Bytes.utf8("{\"id\":\"NV_GPU_DRIVER_GH100_1.2\",\"rim\":\"PGE+\",\"request_id\":\"x\"}"));
        } else {
            send(exchange, 200, Bytes.fromHex("30020500"));
        }
    }

    private TdxCollateral ask() throws Exception {
        return source.tdx(Sets.FMSPC, PckCa.PLATFORM, false)
                .toCompletableFuture()
                .get(60, TimeUnit.SECONDS);
    }

    private void assertRefused(CollateralException.Reason reason) {
        assertThatThrownBy(this::ask)
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        CollateralException.class,
                        e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
    }

    @Test
    void should_get_the_exact_bytes_of_every_part() throws Exception {
        assertThat(ask()).isEqualTo(Sets.tdx());
        assertThat(asked)
                .contains(
                        "/tdx/certification/v4/tcb?fmspc=F0C056101765&update=standard",
                        "/sgx/certification/v4/pckcrl?ca=platform&encoding=der",
                        "/sgx/certification/v4/rootcacrl");
    }

    @Test
    void should_get_amds_chain_and_list_and_nvidias_values() throws Exception {
        assertThat(source.snp(SnpProduct.GENOA, false).toCompletableFuture().get())
                .isEqualTo(Sets.snp());
        assertThat(source.rim(new RimId("NV_GPU_DRIVER_GH100_1.2"))
                        .toCompletableFuture()
                        .get())
                .isEqualTo(Bytes.utf8("<a>"));
        assertThatThrownBy(() -> source.rim(new RimId("NV_GPU_DRIVER_GH100_1.3"))
                        .toCompletableFuture()
                        .get())
                .hasMessageContaining("'id'");
        assertThat(source.ocsp(Bytes.fromHex("3000")).toCompletableFuture().get())
                .isEqualTo(Bytes.fromHex("30020500"));
    }

    @Test
    void should_ask_amd_for_a_chip_as_the_vector_says() throws Exception {
        VcekRequest request =
                new VcekRequest(SnpProduct.TURIN, Bytes.fromHex("59790fb1c39f35c1"), Bytes.fromHex("0101010400000051"));
        source.vcek(request).toCompletableFuture().get();
        assertThat(asked)
                .containsExactly("/vcek/v1/Turin/59790fb1c39f35c1?fmcSPL=1&blSPL=1&teeSPL=1&snpSPL=4&ucodeSPL=81");
    }

    @Test
    void should_try_again_after_a_broken_connection() throws Exception {
        misbehaviour = exchange -> {
            if (asked.size() > 1) {
                return false;
            }
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write(1);
            return true;
        };
        assertThat(ask()).isEqualTo(Sets.tdx());
    }

    @Test
    void should_try_three_times_when_connections_are_reset() throws Exception {
        AtomicInteger connections = new AtomicInteger();
        try (ServerSocket resetting = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            threads.execute(() -> {
                while (!resetting.isClosed()) {
                    try (Socket socket = resetting.accept()) {
                        connections.incrementAndGet();
                        socket.getInputStream().read();
                        // Closing with time zero sends a reset instead of an end.
                        socket.setSoLinger(true, 0);
                    } catch (IOException e) {
                        return;
                    }
                }
            });
            source.close();
            source = HttpCollateral.builder()
                    .pccs(URI.create("http://127.0.0.1:" + resetting.getLocalPort() + "/"))
                    .build();
            assertRefused(CollateralException.Reason.UNREACHABLE);
        }
        assertThat(connections).hasValue(HttpFetcher.ATTEMPTS);
    }

    @Test
    void should_wait_as_long_as_retry_after_says_when_that_is_short() throws Exception {
        misbehaviour = exchange -> {
            if (asked.size() > 1) {
                return false;
            }
            exchange.getResponseHeaders().set("Retry-After", "1");
            send(exchange, 429, Bytes.empty());
            return true;
        };
        assertThat(ask()).isEqualTo(Sets.tdx());
    }

    @Test
    void should_not_ask_again_before_the_time_that_the_host_named() {
        misbehaviour = exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "3600");
            send(exchange, 503, Bytes.empty());
            return true;
        };
        assertRefused(CollateralException.Reason.BUSY);
        assertRefused(CollateralException.Reason.BUSY);
        assertThat(asked).hasSize(1);
    }

    @Test
    void should_read_retry_after_in_both_forms_and_bound_it() {
        Instant now = Instant.parse("1994-11-06T08:49:00Z");
        assertThat(HttpFetcher.retryAt(List.of("120"), now)).isEqualTo(now.plusSeconds(120));
        assertThat(HttpFetcher.retryAt(List.of("Sun, 06 Nov 1994 08:49:37 GMT"), now))
                .isEqualTo(now.plusSeconds(37));
        assertThat(HttpFetcher.retryAt(List.of("999999999"), now)).isEqualTo(now.plus(Duration.ofDays(1)));
        assertThat(HttpFetcher.retryAt(List.of("Mon, 06 Nov 1989 08:49:37 GMT"), now))
                .isEqualTo(now.plusSeconds(1));
        assertThat(HttpFetcher.retryAt(List.of("soon"), now)).isNull();
        assertThat(HttpFetcher.retryAt(List.of("1", "2"), now)).isNull();
    }

    @Test
    void should_refuse_too_much_a_redirect_a_page_and_another_platform() {
        misbehaviour = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] piece = new byte[64 << 10];
            for (int i = 0; i < 100; i++) {
                exchange.getResponseBody().write(piece);
            }
            return true;
        };
        assertRefused(CollateralException.Reason.MALFORMED);
        misbehaviour = exchange -> {
            exchange.getResponseHeaders().set("Location", "http://127.0.0.1/other");
            send(exchange, 302, Bytes.empty());
            return true;
        };
        assertRefused(CollateralException.Reason.MALFORMED);
        misbehaviour = exchange -> {
            send(exchange, 200, Bytes.utf8("<html>welcome</html>"));
            return true;
        };
        assertRefused(CollateralException.Reason.MALFORMED);
        misbehaviour = exchange -> {
            TdxCollateral set = Sets.tdx();
            chain(exchange, "TCB-Info-Issuer-Chain", set.tcbInfoIssuerChain());
            Bytes other = Bytes.utf8(set.tcbInfo().toUtf8().replace("F0C056101765", "F0C056101766"));
            send(exchange, 200, wrapped("tcbInfo", other, set.tcbInfoSignature()));
            return true;
        };
        assertRefused(CollateralException.Reason.MALFORMED);
    }

    @Test
    void should_refuse_an_answer_without_its_issuer_chain_and_say_when_there_is_none() {
        misbehaviour = exchange -> {
            TdxCollateral set = Sets.tdx();
            send(exchange, 200, wrapped("tcbInfo", set.tcbInfo(), set.tcbInfoSignature()));
            return true;
        };
        assertRefused(CollateralException.Reason.MALFORMED);
        misbehaviour = exchange -> {
            send(exchange, 404, Bytes.empty());
            return true;
        };
        int before = asked.size();
        assertRefused(CollateralException.Reason.NOT_FOUND);
        assertThat(asked).hasSize(before + 1);
    }

    @Test
    void should_give_up_on_a_slow_answer() {
        source.close();
        source = source(Duration.ofMillis(300), Duration.ofSeconds(30));
        misbehaviour = exchange -> {
            exchange.sendResponseHeaders(200, 10);
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return true;
        };
        assertRefused(CollateralException.Reason.UNREACHABLE);
    }

    @Test
    void should_fail_who_waits_and_leave_no_thread_when_closed() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        misbehaviour = exchange -> {
            arrived.countDown();
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return true;
        };
        var waiting = source.tdx(Sets.FMSPC, PckCa.PLATFORM, false).toCompletableFuture();
        arrived.await();
        source.close();
        assertThat(waiting).isCompletedExceptionally();
        // Not at once: threads of sources that other tests closed may still be on their way out.
        await().atMost(Duration.ofSeconds(30))
                .until(() -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(
                                thread -> thread.isAlive() && thread.getName().startsWith("cocoon-collateral-http")));
        assertRefused(CollateralException.Reason.CLOSED);
    }

    @Test
    void t12_should_not_take_plain_http_to_another_machine() {
        assertThatThrownBy(() -> HttpCollateral.builder().pccs(URI.create("http://pccs.example:8081/")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("https");
        assertThat(HttpCollateral.builder().clock(Clock.systemUTC())).isNotNull();
    }
}
