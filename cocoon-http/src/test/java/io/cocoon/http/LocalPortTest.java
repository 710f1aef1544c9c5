package io.cocoon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.client.ClientBuilder;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.Deadlines;
import io.cocoon.payment.Nanoton;
import io.cocoon.protocol.ErrorCodes;
import io.cocoon.proxy.ProxyStatus;
import io.cocoon.tee.PeerEvidence;
import io.cocoon.tee.PeerPolicy;
import io.cocoon.tee.PolicyDecision;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.worker.DemoEngine;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.InferenceRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The port in front of a whole network: what goes in, what comes out, and what it stops. */
@Timeout(180)
@SuppressWarnings("NullAway.Init") // each test begins with start
class LocalPortTest {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String KEY = "sk-local-0123456789";
    private static final String OTHER_KEY = "sk-other-0123456789";
    private static final String TOKEN = "control-0123456789";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CHAT = "/v1/chat/completions";

    private final HttpClient http = HttpClient.newHttpClient();
    private TestNetwork network;
    private CocoonClient client;
    private LocalPort port;

    private void start(InferenceEngine engine) throws IOException {
        start(TestNetwork.builder().engine(() -> engine), each -> each, each -> each);
    }

    private void start(UnaryOperator<LocalPortBuilder> with) throws IOException {
        start(TestNetwork.builder(), each -> each, with);
    }

    private void start(
            TestNetwork.Builder builder, UnaryOperator<ClientBuilder> how, UnaryOperator<LocalPortBuilder> with)
            throws IOException {
        network = builder.withoutChain().start();
        client = how.apply(network.clientBuilder()).build();
        port = with.apply(LocalPort.builder(client).listen("127.0.0.1", 0)).start();
    }

    @AfterEach
    void stop() {
        if (port != null) {
            port.close();
        }
        if (client != null) {
            client.close();
        }
        if (network != null) {
            network.close();
        }
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port.address().getPort() + path);
    }

    private String question(String more) {
        return "{\"model\":\"" + network.model() + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello?\"}],"
                + "\"max_tokens\":40" + more + "}";
    }

    private HttpRequest.Builder post(String path, String body) {
        return HttpRequest.newBuilder(uri(path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<InputStream> open(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(HttpRequest.newBuilder(uri(path)));
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private static String code(HttpResponse<String> response) throws IOException {
        JsonNode error = JSON.readTree(response.body()).path("error");
        assertThat(error.path("message").asText()).isNotBlank();
        assertThat(error.path("type").asText()).isNotBlank();
        assertThat(error.has("param")).isTrue();
        return error.path("code").asText();
    }

    private static void await(CountDownLatch latch) throws InterruptedException {
        assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    }

    private void awaitIdle() {
        Awaitility.await().atMost(SOON).untilAsserted(() -> {
            ProxyStatus status = network.proxies().get(0).status();
            assertThat(status.runningQueries()).isZero();
            assertThat(status.heldBytes()).isZero();
            assertThat(status.clients().get(0).reserved()).isZero();
            assertThat(network.workers().get(0).status().activeQueries()).isZero();
        });
    }

    @Test
    void should_answer_a_chat_with_its_bill_in_the_head() throws Exception {
        start(each -> each);
        HttpResponse<String> answer = send(post(CHAT, question("")));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(answer.body()).at("/choices/0/message/content").asText())
                .contains("Hello?");
        assertThat(header(answer, "content-type")).startsWith("application/json");
        assertThat(header(answer, "x-cocoon-bill")).isIn("confirmed", "stated");
        assertThat(Long.parseLong(header(answer, "x-cocoon-nanoton"))).isPositive();
        assertThat(header(answer, "x-cocoon-proxy")).startsWith("127.0.0.1:");
        assertThat(header(answer, "x-cocoon-attestation")).startsWith("none");
        assertThat(header(answer, "x-cocoon-encrypted")).isEqualTo("true");
        assertThat(header(answer, "x-cocoon-request")).matches("[0-9a-f]{32}");
        assertThat(client.disputes()).isEmpty();
    }

    @Test
    void should_answer_a_text_completion() throws Exception {
        start(each -> each);
        HttpResponse<String> answer = send(post(
                "/v1/completions", "{\"model\":\"" + network.model() + "\",\"prompt\":\"Once\",\"max_tokens\":20}"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(answer.body()).at("/choices/0/text").asText()).contains("Once");
    }

    @Test
    void h5_should_pass_a_piece_on_before_the_next_is_made_and_end_with_done() throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        start(Engines.waiting(latch));
        HttpResponse<InputStream> answer = open(post(CHAT, question(",\"stream\":true")));
        assertThat(header(answer, "content-type")).startsWith("text/event-stream");
        StringBuilder read = new StringBuilder();
        while (read.indexOf("first") < 0) {
            read.append((char) answer.body().read());
        }
        assertThat(latch.getCount()).isEqualTo(1);
        latch.countDown();
        read.append(new String(answer.body().readAllBytes(), StandardCharsets.UTF_8));
        assertThat(read.toString()).contains("second").endsWith("data: [DONE]\n\n");
    }

    @Test
    void should_put_the_bill_behind_a_stream_for_those_who_read_it() throws Exception {
        start(each -> each);
        String body = question(",\"stream\":true");
        assertThat(Raw.ask(port.address(), Raw.post(CHAT, "TE: trailers\r\n", body)))
                .contains("[DONE]")
                .containsPattern("0\r\nx-cocoon-bill: (confirmed|stated)\r\n");
        assertThat(Raw.ask(port.address(), Raw.post(CHAT, "", body)))
                .contains("[DONE]")
                .doesNotContain("x-cocoon-bill");
        assertThat(client.disputes()).isEmpty();
    }

    @Test
    void should_stop_the_engine_when_a_caller_goes_away_in_mid_stream_and_leave_nothing() throws Exception {
        CountDownLatch stopped = new CountDownLatch(1);
        start(Engines.endless(stopped));
        try (Raw raw = new Raw(port.address())) {
            raw.send(Raw.post(CHAT, "", question(",\"stream\":true"))).until("word");
        }
        await(stopped);
        awaitIdle();
    }

    @Test
    void should_cancel_a_request_whose_caller_goes_away_before_the_answer() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        start(Engines.silent(asked, cancelled));
        try (Raw raw = new Raw(port.address())) {
            raw.send(Raw.post(CHAT, "", question("")));
            await(asked);
        }
        await(cancelled);
        awaitIdle();
    }

    @Test
    void should_cancel_what_runs_when_the_port_closes() throws Exception {
        CountDownLatch stopped = new CountDownLatch(1);
        start(Engines.endless(stopped));
        try (Raw raw = new Raw(port.address())) {
            raw.send(Raw.post(CHAT, "", question(",\"stream\":true"))).until("word");
            port.close();
            await(stopped);
            assertThat(raw.rest()).doesNotContain("[DONE]");
        }
    }

    @Test
    void should_tell_of_a_broken_stream_in_the_stream_and_not_say_done() throws Exception {
        start(TestNetwork.builder().withoutPayloadEncryption().engine(Engines::breaking), each -> each, each -> each);
        HttpResponse<String> answer = send(post(CHAT, question(",\"stream\":true")));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("half").doesNotContain("[DONE]");
        String last = answer.body().substring(answer.body().lastIndexOf("data: ") + "data: ".length());
        assertThat(JSON.readTree(last).at("/error/message").asText()).contains("the engine broke");
    }

    @Test
    void should_pass_an_error_of_the_model_server_on_as_it_is_but_no_cookie() throws Exception {
        start(Engines.fixed(422, "application/json", "{\"error\":{\"message\":\"odd\"}}", each -> {}));
        HttpResponse<String> answer = send(post(CHAT, question("")));
        assertThat(answer.statusCode()).isEqualTo(422);
        assertThat(JSON.readTree(answer.body()).at("/error/message").asText()).isEqualTo("odd");
        assertThat(header(answer, "set-cookie")).isEmpty();
        assertThat(header(answer, "x-cocoon-bill")).isNotEmpty();
    }

    @Test
    void should_not_let_a_worker_put_a_page_under_this_origin() throws Exception {
        start(
                TestNetwork.builder()
                        .withoutPayloadEncryption()
                        .engine(() -> Engines.fixed(200, "text/html", "<script>", each -> {})),
                each -> each,
                each -> each);
        HttpResponse<String> answer = send(post(CHAT, question("")));
        assertThat(header(answer, "content-type")).isEqualTo("application/octet-stream");
        assertThat(header(answer, "x-content-type-options")).isEqualTo("nosniff");
    }

    @Test
    void should_pass_a_form_on_as_its_bytes() throws Exception {
        List<InferenceRequest> seen = new CopyOnWriteArrayList<>();
        start(
                TestNetwork.builder()
                        .withoutPayloadEncryption()
                        .engine(() -> Engines.fixed(200, "application/json", "{\"text\":\"spoken\"}", seen::add)),
                each -> each,
                each -> each);
        String form = "--xyz\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\n" + network.model()
                + "\r\n--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
                + "Content-Type: audio/wav\r\n\r\n\0\1\2\3\r\n--xyz--\r\n";
        HttpResponse<String> answer = send(HttpRequest.newBuilder(uri("/v1/audio/transcriptions"))
                .header("Content-Type", "multipart/form-data; boundary=xyz")
                .POST(HttpRequest.BodyPublishers.ofString(form)));
        assertThat(answer.body()).contains("spoken");
        assertThat(seen).singleElement().satisfies(request -> {
            assertThat(request.contentType()).startsWith("multipart/form-data");
            assertThat(request.body().toUtf8()).contains("\0\1\2\3").contains("a.wav");
        });
    }

    @Test
    void should_list_models_with_prices_and_find_one_by_its_name_with_a_slash() throws Exception {
        start(each -> each);
        JsonNode list = JSON.readTree(get("/v1/models").body());
        assertThat(list.path("object").asText()).isEqualTo("list");
        assertThat(list.at("/data/0/id").asText()).isEqualTo("demo/words");
        assertThat(list.at("/data/0/cocoon/nanoton_per_million_tokens/prompt").asLong())
                .isPositive();
        assertThat(JSON.readTree(get("/v1/models/demo/words").body()).path("id").asText())
                .isEqualTo("demo/words");
        assertThat(JSON.readTree(get("/v1/models/demo%2Fwords").body())
                        .path("id")
                        .asText())
                .isEqualTo("demo/words");
        HttpResponse<String> missing = get("/v1/models/no/such");
        assertThat(missing.statusCode()).isEqualTo(404);
        assertThat(code(missing)).isEqualTo("model_not_found");
    }

    @Test
    void should_say_404_for_a_model_that_nobody_serves() throws Exception {
        start(each -> each);
        HttpResponse<String> answer = send(post(CHAT, "{\"model\":\"no/such\",\"messages\":[]}"));
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(code(answer)).isEqualTo("model_not_found");
        assertThat(header(answer, "x-should-retry")).isEqualTo("false");
    }

    @Test
    void should_say_400_for_what_can_not_be_sent() throws Exception {
        start(each -> each);
        HttpResponse<String> answer = send(post(CHAT, "{\"model\":"));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(code(answer)).isEqualTo("invalid_request");
    }

    private HttpResponse<String> answerOf(int errorCode, String text) throws Exception {
        start(TestNetwork.builder().engine(() -> Engines.failing(errorCode, text)), each -> each, each -> each);
        return send(post(CHAT, question("")));
    }

    @Test
    void should_say_400_for_what_a_worker_refuses() throws Exception {
        HttpResponse<String> answer = answerOf(ErrorCodes.PROTOCOL_VIOLATION, "worker: 'top_p' is above 1");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(code(answer)).isEqualTo("refused_upstream");
        assertThat(answer.body()).contains("'top_p' is above 1", "correct the request");
    }

    @Test
    void should_say_502_for_an_engine_that_fails() throws Exception {
        HttpResponse<String> answer = answerOf(ErrorCodes.FAILURE, "worker: the engine failed");
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(code(answer)).isEqualTo("upstream_error");
        assertThat(answer.body()).contains("the engine failed", "another worker may do better");
    }

    @Test
    void should_say_402_where_money_is_missing() throws Exception {
        start(TestNetwork.builder(), each -> each.spendingLimit(new Nanoton(1), Duration.ofDays(1)), each -> each);
        HttpResponse<String> answer = send(post(CHAT, question("")));
        assertThat(answer.statusCode()).isEqualTo(402);
        assertThat(code(answer)).isEqualTo("insufficient_quota");
        assertThat(header(answer, "x-should-retry")).isEqualTo("false");
        assertThat(network.proxies().get(0).status().totals().admitted()).isZero();
    }

    @Test
    void should_say_502_if_no_proxy_proves_what_it_is() throws Exception {
        PeerPolicy nobody = new PeerPolicy() {
            @Override
            public String name() {
                return "nobody";
            }

            @Override
            public CompletionStage<PolicyDecision> judge(PeerEvidence peer) {
                throw new IllegalStateException("the verifier is broken");
            }
        };
        start(TestNetwork.builder(), each -> each.attestation(nobody), each -> each);
        HttpResponse<String> answer = send(post(CHAT, question("")));
        assertThat(answer.statusCode()).isEqualTo(502);
        assertThat(code(answer)).isEqualTo("attestation_failed");
        assertThat(network.proxies().get(0).status().clients()).isEmpty();
    }

    @Test
    void should_say_503_and_when_to_try_again_if_all_are_busy() throws Exception {
        start(each -> each);
        network.workers().get(0).disable();
        Awaitility.await()
                .atMost(SOON)
                .until(() -> network.proxies().get(0).status().workers().get(0).disabled());
        HttpResponse<String> answer = send(post(CHAT, question("")));
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(code(answer)).isEqualTo("no_capacity");
        assertThat(header(answer, "retry-after")).isEqualTo("2");
        assertThat(header(answer, "x-should-retry")).isEqualTo("true");
    }

    @Test
    void should_say_504_at_a_deadline_and_ask_not_to_try_again() throws Exception {
        start(
                TestNetwork.builder().engine(() -> Engines.silent(new CountDownLatch(1), new CountDownLatch(1))),
                each -> each.deadlines(Deadlines.DEFAULT.withTotal(Duration.ofSeconds(1))),
                each -> each);
        HttpResponse<String> answer = send(post(CHAT, question("")));
        assertThat(answer.statusCode()).isEqualTo(504);
        assertThat(code(answer)).isEqualTo("deadline_exceeded");
        assertThat(header(answer, "x-should-retry")).isEqualTo("false");
    }

    @Test
    void should_want_a_known_key_when_callers_have_some() throws Exception {
        start(each -> each.callerKey("app", KEY).callerKey("other", OTHER_KEY).controlToken(TOKEN));
        for (String wrong : List.of("", "Bearer", "Bearer " + KEY + "x", "Bearer " + TOKEN, "Basic " + KEY, KEY)) {
            HttpRequest.Builder request = post(CHAT, question(""));
            HttpResponse<String> answer = send(wrong.isEmpty() ? request : request.header("Authorization", wrong));
            assertThat(answer.statusCode()).as(wrong).isEqualTo(401);
            assertThat(code(answer)).isEqualTo("invalid_api_key");
            assertThat(answer.body()).doesNotContain(KEY);
        }
        assertThat(get("/v1/models").statusCode()).isEqualTo(401);
        assertThat(get("/jsonstats").statusCode()).isEqualTo(401);
        for (String right : List.of(KEY, OTHER_KEY)) {
            assertThat(send(post(CHAT, question("")).header("Authorization", "Bearer " + right))
                            .statusCode())
                    .isEqualTo(200);
        }
        String basic = java.util.Base64.getEncoder().encodeToString(("me:" + TOKEN).getBytes(StandardCharsets.UTF_8));
        assertThat(send(HttpRequest.newBuilder(uri("/stats")).header("Authorization", "Basic " + basic))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void should_not_listen_to_the_network_without_a_key_unless_told_so_by_name() throws Exception {
        start(each -> each);
        assertThatThrownBy(() -> LocalPort.builder(client).listen("0.0.0.0", 0).start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("openToEverybodyOnTheNetwork()");
        try (LocalPort keyed = LocalPort.builder(client)
                        .listen("0.0.0.0", 0)
                        .callerKey("app", KEY)
                        .start();
                LocalPort open = LocalPort.builder(client)
                        .listen("0.0.0.0", 0)
                        .openToEverybodyOnTheNetwork()
                        .start()) {
            assertThat(Raw.ask(local(keyed), Raw.get("/v1/models"))).startsWith("HTTP/1.1 401");
            assertThat(Raw.ask(local(open), Raw.get("/v1/models"))).startsWith("HTTP/1.1 200");
        }
    }

    @Test
    void should_say_that_the_port_is_taken_or_none() throws Exception {
        start(each -> each);
        int taken = port.address().getPort();
        LocalPortBuilder builder = LocalPort.builder(client);

        assertThatThrownBy(() ->
                        LocalPort.builder(client).listen("127.0.0.1", taken).start())
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("can not listen on", String.valueOf(taken), "in use");
        assertThatThrownBy(() -> builder.listen("127.0.0.1", 65_536))
                .hasMessageContainingAll("0 to 65535", "got 65536");
        assertThatThrownBy(() -> builder.maxConcurrentRequests(0)).hasMessageContainingAll("at least 1", "got 0");
        assertThatThrownBy(() -> ServerLimits.DEFAULT.withConnections(0))
                .hasMessageContainingAll("every limit is at least 1", "connections 0");
    }

    private static InetSocketAddress local(LocalPort port) {
        return new InetSocketAddress("127.0.0.1", port.address().getPort());
    }

    @Test
    void should_refuse_secrets_that_are_short_or_used_twice() throws Exception {
        start(each -> each);
        LocalPortBuilder builder = LocalPort.builder(client).callerKey("app", KEY);
        assertThatThrownBy(() -> builder.callerKey("short", "abc")).hasMessageContaining("at least 16");
        assertThatThrownBy(() -> builder.controlToken(KEY)).hasMessageContaining("used already");
    }

    @Test
    void should_bound_what_one_caller_and_all_callers_run() throws Exception {
        CountDownLatch latch = new CountDownLatch(1);
        start(
                TestNetwork.builder().engine(() -> Engines.waiting(latch)),
                each -> each,
                each -> each.callerKey("app", KEY)
                        .callerKey("other", OTHER_KEY)
                        .maxConcurrentRequestsPerCaller(1)
                        .maxConcurrentRequests(2));
        LocalPort first = port;
        String stream = question(",\"stream\":true");
        HttpResponse<InputStream> running = open(post(CHAT, stream).header("Authorization", "Bearer " + KEY));
        HttpResponse<String> second = send(post(CHAT, stream).header("Authorization", "Bearer " + KEY));
        assertThat(second.statusCode()).isEqualTo(429);
        assertThat(header(second, "retry-after")).isEqualTo("1");
        HttpResponse<InputStream> others = open(post(CHAT, stream).header("Authorization", "Bearer " + OTHER_KEY));
        assertThat(others.statusCode()).isEqualTo(200);
        latch.countDown();
        assertThat(new String(running.body().readAllBytes(), StandardCharsets.UTF_8))
                .contains("[DONE]");
        assertThat(new String(others.body().readAllBytes(), StandardCharsets.UTF_8))
                .contains("[DONE]");
        Awaitility.await()
                .atMost(SOON)
                .untilAsserted(() -> assertThat(send(post(CHAT, question("")).header("Authorization", "Bearer " + KEY))
                                .statusCode())
                        .isEqualTo(200));
        assertThat(port).isSameAs(first);
    }

    @Test
    void should_say_how_it_is_doing_under_the_names_of_the_reference() throws Exception {
        start(each -> each);
        send(post(CHAT, question("")));
        send(post(CHAT, "{"));
        Awaitility.await().atMost(SOON).untilAsserted(() -> {
            JsonNode stats = JSON.readTree(get("/jsonstats").body());
            assertThat(stats.at("/stats/queries")).hasSize(7);
            assertThat(stats.at("/stats/queries/0").asInt()).isEqualTo(2);
            assertThat(stats.at("/stats/success/0").asInt()).isEqualTo(1);
            assertThat(stats.at("/stats/failed/0").asInt()).isEqualTo(1);
            assertThat(stats.at("/stats/bytes_sent/0").asInt()).isPositive();
            assertThat(stats.at("/status/enabled").asBoolean()).isTrue();
            assertThat(stats.at("/root_contract_config/proxies").asInt()).isEqualTo(1);
        });
        HttpResponse<String> page = get("/stats");
        assertThat(header(page, "content-type")).startsWith("text/html");
        assertThat(page.body()).contains("/status/status.js");
    }

    @Test
    void should_send_no_recording_because_forms_can_not_be_encrypted() throws Exception {
        start(DemoEngine.create(Duration.ZERO));
        HttpResponse<String> answer = send(HttpRequest.newBuilder(uri("/v1/audio/transcriptions"))
                .header("Content-Type", "multipart/form-data; boundary=x")
                .POST(HttpRequest.BodyPublishers.ofString(String.join(
                        "\r\n", "--x", "Content-Disposition: form-data; name=\"model\"", "", "m", "--x--", ""))));
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("encrypt");
        assertThat(network.proxies().get(0).status().totals().admitted()).isZero();
    }

    @Test
    void should_move_no_money_without_a_token_or_by_get() throws Exception {
        start(each -> each);
        HttpResponse<String> off = send(post("/request/close?proxy=0:00", ""));
        assertThat(off.statusCode()).isEqualTo(403);
        assertThat(off.body()).contains("control token");
        port.close();
        port = LocalPort.builder(client)
                .listen("127.0.0.1", 0)
                .controlToken(TOKEN)
                .start();
        assertThat(send(post("/request/close?proxy=0:00", "")).statusCode()).isEqualTo(401);
        HttpResponse<String> got = send(
                HttpRequest.newBuilder(uri("/request/close?proxy=0:00")).header("Authorization", "Bearer " + TOKEN));
        assertThat(got.statusCode()).isEqualTo(405);
        HttpResponse<String> odd =
                send(post("/request/close?proxy=0:00", "").header("Authorization", "Bearer " + TOKEN));
        assertThat(odd.statusCode()).isEqualTo(400);
        HttpResponse<String> without =
                send(post("/request/close?proxy=0:" + "00".repeat(32), "").header("Authorization", "Bearer " + TOKEN));
        assertThat(without.statusCode()).isEqualTo(400);
        assertThat(without.body()).contains("channels(");
    }

    @Test
    void should_say_so_when_the_client_was_closed_first() throws Exception {
        start(DemoEngine.create(Duration.ZERO));
        client.close();
        HttpResponse<String> answer = send(post(CHAT, question("")));
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(code(answer)).isEqualTo("cancelled");
    }
}
