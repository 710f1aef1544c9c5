package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.payment.Nanoton;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.protocol.HttpResponse;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.TcpPacket;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every recorded connection of a client to a proxy, of both generations and all protocol versions, once more with this client
 * in the place of the recorded one: on a real socket, behind a router, with the recorded bytes of the proxy. The client does what the
 * recorded one did, and has to show the answers, errors and bills that the bytes imply.
 */
class RecordedSessionsTest {

    private static final Map<String, Recording> ALL = Recording.all();
    private static final Map<String, AtomicInteger> COUNTS = new TreeMap<>();
    private static final JsonNode IDENTITIES = TestData.json("captures/identities.json");
    private static final Deadlines PATIENT = new Deadlines(
            Duration.ofSeconds(30), Duration.ofSeconds(60), Duration.ofSeconds(60), Duration.ofSeconds(120));

    /** Looks often, because there are so many recordings. */
    private static ConditionFactory soon() {
        return await().atMost(Duration.ofSeconds(30)).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
    }

    private static void count(String what) {
        COUNTS.computeIfAbsent(what, any -> new AtomicInteger()).incrementAndGet();
    }

    static Stream<String> names() {
        return ALL.values().stream()
                .filter(each -> !each.asked().isEmpty() || each.connect().isPresent())
                .map(Recording::name);
    }

    @AfterAll
    static void print() {
        System.out.println("recorded sessions replayed: " + COUNTS);
    }

    @Test
    void should_find_every_recorded_session() {
        assertThat(names()).hasSizeGreaterThanOrEqualTo(190);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("names")
    void should_show_what_the_recorded_proxy_said(String name) throws Exception {
        Recording recording = Objects.requireNonNull(ALL.get(name)).withHandshake();
        ClientToProxy.ConnectToProxy connect = connect(recording);
        try (RecordedRouter router = new RecordedRouter(recording);
                CocoonClient cocoon = client(
                        connect,
                        router,
                        // A refusal that may pass is waited for until this deadline.
                        answer(recording.connect()) instanceof TcpPacket.QueryError
                                ? PATIENT.withConnect(Duration.ofSeconds(1))
                                : PATIENT)) {
            if (answer(recording.connect()) instanceof TcpPacket.QueryError refusal) {
                refused(cocoon, refusal);
            } else if (answer(recording.connect()) != null
                    && answer(recording.authorise()) instanceof TcpPacket.QueryAnswer) {
                connected(recording, cocoon, router);
            } else {
                // Probes that stopped in the middle, or showed a wrong secret, which this client never does.
                count("handshakes without an end");
            }
            assertThat(router.problems).isEmpty();
            assertThat(cocoon.disputes()).isEmpty();
            COUNTS.computeIfAbsent("frames of proxies", any -> new AtomicInteger())
                    .addAndGet(router.framesSent.get());
        }
    }

    private static ClientToProxy.ConnectToProxy connect(Recording recording) {
        return (ClientToProxy.ConnectToProxy)
                ((Recording.Query) recording.connect().orElseThrow()).query();
    }

    private static @Nullable TcpPacket answer(Optional<Recording.Asked> query) {
        return query.flatMap(each -> ((Recording.Query) each).answer()).orElse(null);
    }

    static CocoonClient client(Recording recording, RecordedRouter router) {
        return client(connect(recording), router, PATIENT);
    }

    private static CocoonClient client(
            ClientToProxy.ConnectToProxy connect, RecordedRouter router, Deadlines deadlines) {
        HostPort proxy = new HostPort("127.0.0.1", 11_002);
        FakeTonChain chain = FakeTonChain.of(
                FakeTonConfig.defaults()
                        .withVersions(connect.minConfigVersion(), 1)
                        .withPrices(new Nanoton(2), new Nanoton(1))
                        .withCodes(code("proxy"), code("worker"), code("client"))
                        .withProxies(List.of(new RootState.RegisteredProxy(0, proxy, proxy))),
                Address.parse(IDENTITIES.get("root_contract_address").asText()),
                false);
        boolean negotiates = (connect.params().flags() & 2) != 0;
        return CocoonClient.builder()
                .network(Network.of(chain))
                .wallet(Wallet.ofAddress(owner(connect)))
                .emptySecretSoThatAnyoneCanSpend()
                .router("127.0.0.1", router.port())
                .deadlines(deadlines)
                .maxAttempts(1)
                .protocolVersions(
                        negotiates ? Math.min(4, connect.params().minProtoVersion()) : 0,
                        negotiates ? Math.min(4, connect.params().maxProtoVersion()) : 0)
                .build();
    }

    private static Address owner(ClientToProxy.ConnectToProxy connect) {
        try {
            return Address.parse(connect.params().clientOwnerAddress());
        } catch (IllegalArgumentException e) {
            // The probe that asked what a proxy says to an address that is none.
            return Setup.CLIENT;
        }
    }

    private static Bytes code(String name) {
        JsonNode cell = IDENTITIES.get("contract_code_cell").get(name);
        return BagOfCells.write(Cell.pruned(
                Int256.fromHex(cell.get("hash").asText()), cell.get("depth").asInt()));
    }

    private static void refused(CocoonClient cocoon, TcpPacket.QueryError refusal) {
        soon().until(() -> cocoon.doctor().toString().contains(refusal.message()));
        // Else the proxy is there and will be ready later.
        if (refusal.code() != 651) {
            CocoonException failure = catchThrowableOfType(CocoonException.class, cocoon::models);
            assertThat(failure).isNotNull().hasMessageContaining("error " + refusal.code() + ": " + refusal.message());
            assertThat(failure.nextStep()).isNotBlank();
        }
        count("handshakes refused");
    }

    private static void connected(Recording recording, CocoonClient cocoon, RecordedRouter router) throws Exception {
        soon().until(() -> !cocoon.links().isEmpty());
        int version = cocoon.links().get(0).version();
        count("handshakes of version " + version);
        ClientToProxy.ConnectToProxy sent = TlReader.readWhole(router.handshakes.get(0), ClientToProxy::readQuery)
                        instanceof ClientToProxy.ConnectToProxy ours
                ? ours
                : null;
        // The whole introduction is the same, byte for byte; one probe offers versions that do not exist yet.
        if (recording.program() || connect(recording).params().maxProtoVersion() <= 4) {
            assertThat(sent).isEqualTo(connect(recording));
        }
        for (Recording.Asked asked : recording.asked()) {
            if (asked instanceof Recording.Run run) {
                run(recording, run, cocoon, router, version);
            } else if (asked instanceof Recording.Query query) {
                ask(query, cocoon, version);
            }
        }
    }

    private static void ask(Recording.Query recorded, CocoonClient cocoon, int version) throws Exception {
        if (!(recorded.answer().orElse(null) instanceof TcpPacket.QueryAnswer answer)) {
            count("queries without an answer");
            return;
        }
        if (recorded.query() instanceof ClientToProxy.UpdatePaymentStatus) {
            ProxyToClient.PaymentStatus status = TlReader.readWhole(answer.data(), ProxyToClient::readPaymentStatus);
            ProxyLink link = cocoon.links().get(0);
            link.sweep(System.nanoTime() + Duration.ofSeconds(60).toNanos());
            soon().until(() -> {
                Bill.Totals totals = link.account().totals();
                return totals.charged() == status.maxTokens() && totals.durable() == status.dbTokens();
            });
            count("payment statuses");
        } else if (recorded.query() instanceof ClientToProxy.GetWorkerTypesV2 && version > 0) {
            assertThat(cocoon.models().stream().map(each -> each.name() + each.workers()))
                    .containsExactlyInAnyOrderElementsOf(
                            TlReader.readWhole(answer.data(), ProxyToClient::readWorkerTypesV2).types().stream()
                                    .map(type -> type.name() + type.workers().size())
                                    .toList());
            count("model lists, second form");
        } else if (recorded.query() instanceof ClientToProxy.GetWorkerTypes && version == 0) {
            assertThat(cocoon.models().stream().map(each -> each.name() + each.workers()))
                    .containsExactlyInAnyOrderElementsOf(
                            TlReader.readWhole(answer.data(), ProxyToClient::readWorkerTypes).types().stream()
                                    .map(type -> type.name() + type.activeWorkers())
                                    .toList());
            count("model lists, first form");
        } else {
            count("queries that this client has no use for");
        }
    }

    /** What the recorded messages about one request come to. */
    private static final class Implied {
        @Nullable
        HttpResponse head;

        Bytes body = Bytes.empty();

        @Nullable
        String error;

        @Nullable
        TokensUsed used;

        @Nullable
        Long charged;

        static Implied by(Recording.Run run) throws Exception {
            Implied result = new Implied();
            for (Bytes each : run.answers()) {
                result.add(TlReader.readWhole(each, ProxyToClient::readMessage));
            }
            return result;
        }

        private void add(ProxyToClient.Message message) throws Exception {
            count(message.getClass().getSimpleName());
            if (message instanceof ProxyToClient.QueryAnswerEx m) {
                head(m.answer());
                used = m.finalInfo() == null ? used : m.finalInfo().tokensUsed();
            } else if (message instanceof ProxyToClient.QueryAnswerPartEx m) {
                body = body.concat(m.answer());
                used = m.finalInfo() == null ? used : m.finalInfo().tokensUsed();
            } else if (message instanceof ProxyToClient.QueryAnswer m) {
                head(m.answer());
                used = m.isCompleted() ? m.requestTokensUsed() : used;
            } else if (message instanceof ProxyToClient.QueryAnswerPart m) {
                body = body.concat(m.answer());
                used = m.isCompleted() ? m.requestTokensUsed() : used;
            } else if (message instanceof ProxyToClient.QueryAnswerErrorEx m) {
                error(m.errorCode(), m.error());
            } else if (message instanceof ProxyToClient.QueryAnswerError m) {
                error(m.errorCode(), m.error());
            } else if (message instanceof ProxyToClient.QueryAnswerPartError m) {
                error(m.errorCode(), m.error());
            } else if (message instanceof ProxyToClient.ClientRequestPayment m) {
                charged = m.requestTokens();
            }
        }

        private void head(Bytes answer) throws Exception {
            head = TlReader.readWhole(answer, HttpResponse::readBoxed);
            body = body.concat(head.payload());
        }

        private void error(int code, String text) {
            error = "error " + code + ": " + Failures.shorten(text);
        }
    }

    /** Returns whether the messages about a request come to an end; else the recorded connection ended before. */
    static boolean isFinished(Recording.Run run) {
        try {
            Implied implied = Implied.by(run);
            return implied.error != null || implied.used != null;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void run(
            Recording recording, Recording.Run run, CocoonClient cocoon, RecordedRouter router, int version)
            throws Exception {
        if (Recording.read(asEx(run.message()).query(), HttpRequest::readBoxed) == null) {
            count("probes that carry no HTTP");
            router.skipRun();
            return;
        }
        Implied implied = Implied.by(run);
        HttpReply reply;
        try {
            reply = send(run, cocoon);
        } catch (CocoonException e) {
            if (router.runs.isEmpty()) {
                router.skipRun();
                refusedHere(recording, e);
                return;
            }
            compare(recording, run.message(), router.runs.remove(), version);
            failed(implied, e);
            return;
        }
        compare(recording, run.message(), router.runs.remove(), version);
        assertThat(reply.status())
                .isEqualTo(
                        Objects.requireNonNull(implied.head, "a recorded head").statusCode());
        if (implied.used == null) {
            failed(implied, catchThrowableOfType(CocoonException.class, reply::bytes));
            return;
        }
        assertThat(Bytes.wrapUnshared(reply.bytes())).isEqualTo(implied.body);
        count("answers");
        billed(implied, reply);
    }

    private static void failed(Implied implied, @Nullable CocoonException failure) {
        assertThat(Objects.requireNonNull(failure, "a failure").nextStep()).isNotBlank();
        if (implied.error == null) {
            assertThat(implied.used).isNull();
            count("connections lost within an answer");
        } else {
            assertThat(failure).hasMessageContaining(implied.error);
            count("errors");
        }
    }

    private static void billed(Implied implied, HttpReply reply) {
        TokensUsed used = java.util.Objects.requireNonNull(implied.used);
        soon().until(() -> implied.charged == null || reply.bill().status() == Bill.Status.CONFIRMED);
        Bill bill = reply.bill();
        assertThat(bill.adjusted()).isEqualTo(used);
        assertThat(bill.total()).isEqualTo(new Nanoton(2 * used.totalTokensUsed()));
        if (implied.charged == null) {
            assertThat(bill.status()).isEqualTo(Bill.Status.STATED);
            count("bills stated");
        } else {
            assertThat(implied.charged).isEqualTo(used.totalTokensUsed());
            count("bills confirmed");
        }
    }

    private static void refusedHere(Recording recording, CocoonException e) {
        count("requests refused by this client");
        System.out.println("refused here: " + recording.name() + ": " + e.getMessage());
        assertThat(e).isInstanceOfAny(CocoonException.Configuration.class, CocoonException.Protocol.class);
    }

    private static HttpReply send(Recording.Run run, CocoonClient cocoon) throws Exception {
        ClientToProxy.RunQueryEx recorded = asEx(run.message());
        HttpRequest http = TlReader.readWhole(recorded.query(), HttpRequest::readBoxed);
        Map<String, String> headers = new LinkedHashMap<>();
        http.headers().forEach(header -> headers.put(header.name(), header.value()));
        headers.keySet().removeIf(name -> name.equalsIgnoreCase("Content-Length"));
        String body = http.payload().toUtf8();
        byte[] sent = http.payload().toByteArray();
        if (body.startsWith("{")) {
            // What the recorded program took out of the body, and its default if the caller gave no limit.
            String taken = "{\"max_coefficient\":" + recorded.maxCoefficient() + ",\"timeout\":"
                    + recorded.timeout() / 0.95 + ",\"enable_debug\":" + recorded.enableDebug() + ",";
            boolean limited = body.contains("\"max_tokens\"") || body.contains("\"max_completion_tokens\"");
            String limit = limited ? "" : "\"max_tokens\":" + recorded.maxTokens() + ",";
            sent = Bytes.utf8(taken + limit + body.substring(1)).toByteArray();
        }
        return cocoon.http("POST", http.url(), headers, sent);
    }

    private static ClientToProxy.RunQueryEx asEx(ClientToProxy.Message message) {
        if (message instanceof ClientToProxy.RunQueryEx ex) {
            return ex;
        }
        ClientToProxy.RunQuery old = (ClientToProxy.RunQuery) message;
        return new ClientToProxy.RunQueryEx(
                old.modelName(),
                old.query(),
                old.maxCoefficient(),
                old.maxTokens(),
                old.timeout(),
                old.requestId(),
                old.minConfigVersion(),
                0,
                false,
                Int256.ZERO);
    }

    /** Headers that name the program behind a request, or its credentials, are kept here (hazard H15). */
    private static final Set<String> FORWARDED = Set.of("accept", "content-type", "content-length");

    private static void compare(
            Recording recording, ClientToProxy.Message recorded, ClientToProxy.Message made, int version)
            throws Exception {
        assertThat(made).isInstanceOf(version == 0 ? ClientToProxy.RunQuery.class : ClientToProxy.RunQueryEx.class);
        ClientToProxy.RunQueryEx old = asEx(recorded);
        ClientToProxy.RunQueryEx ours = asEx(made);
        if (recording.program()) {
            // One probe names another model in the body than outside of it; this client takes both from the body.
            assertThat(ours.modelName()).isEqualTo(old.modelName());
        }
        HttpRequest oldHttp = TlReader.readWhole(old.query(), HttpRequest::readBoxed);
        HttpRequest ourHttp = TlReader.readWhole(ours.query(), HttpRequest::readBoxed);
        String body = oldHttp.payload().toUtf8();
        boolean form = !body.startsWith("{");
        // The form fields that set these were taken out of the recorded body.
        if (!form) {
            assertThat(ours.maxCoefficient()).isEqualTo(old.maxCoefficient());
            assertThat(ours.timeout()).isCloseTo(old.timeout(), org.assertj.core.data.Offset.offset(0.002));
        }
        // Of two limits the worker applies the other one than the recorded client announces (hazard N21).
        boolean twoLimits = body.contains("\"max_tokens\"") && body.contains("\"max_completion_tokens\"");
        if (recording.program() && !twoLimits && !form) {
            assertThat(ours.maxTokens()).isEqualTo(old.maxTokens());
        }
        assertThat(ourHttp.method()).isEqualTo(oldHttp.method());
        assertThat(ourHttp.url()).isEqualTo(oldHttp.url());
        count("queries compared");
        if (!recording.program()) {
            // Probes are written by hand: headers, numbers of versions and flags as no program sends them.
            return;
        }
        assertThat(ours.minConfigVersion()).isEqualTo(old.minConfigVersion());
        assertThat(ours.flags()).isEqualTo(old.flags());
        if (!form) {
            assertThat(ours.enableDebug()).isEqualTo(old.enableDebug());
        }
        assertThat(ours.publicKey()).isEqualTo(old.publicKey());
        // Forms are written anew, with another spelling of the boundary.
        if (oldHttp.httpVersion().equals("HTTP/1.0") && !form) {
            // The earlier generation forwards the caller's version and no limit that the caller did not give (hazard
            // H16).
            assertThat(ourHttp.httpVersion()).isEqualTo(oldHttp.httpVersion());
            assertThat(ourHttp.payload()).isEqualTo(oldHttp.payload());
            assertThat(ourHttp.headers())
                    .containsExactlyInAnyOrderElementsOf(oldHttp.headers().stream()
                            .filter(header -> FORWARDED.contains(header.name().toLowerCase(java.util.Locale.ROOT)))
                            .toList());
            count("queries equal to those of April 2026");
        }
    }
}
