package io.cocoon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.client.CocoonClient;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.worker.AnswerSink;
import io.cocoon.worker.Cancellation;
import io.cocoon.worker.DemoEngine;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.InferenceRequest;
import io.cocoon.worker.ModelCard;
import io.cocoon.worker.WorkerRuntime;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** What a page's server gives and refuses, with a worker and a proxy that have answered one request. */
@Timeout(180)
@TestInstance(Lifecycle.PER_CLASS)
class StatusPageTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOKEN = "control-0123456789";
    private static final String KEY = "reader-0123456789";

    private final HttpClient http = HttpClient.newHttpClient();
    private TestNetwork network;
    private WorkerRuntime worker;
    private ProxyServer proxy;

    @BeforeAll
    void start() {
        network = TestNetwork.builder()
                .withoutChain()
                .engine(() -> new Carded(DemoEngine.create(Duration.ZERO)))
                .start();
        worker = network.workers().get(0);
        proxy = network.proxies().get(0);
        try (CocoonClient client = network.newClient()) {
            client.chat(network.model()).user("Hello?").send();
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> worker.status().completed() == 1
                        && proxy.status().totals().succeeded() == 1);
    }

    @AfterAll
    void stop() {
        network.close();
    }

    private HttpResponse<String> get(StatusPage page, String path) throws Exception {
        return send(HttpRequest.newBuilder(page.uri().resolve(path)));
    }

    private HttpResponse<String> post(StatusPage page, String path, String token) throws Exception {
        return send(HttpRequest.newBuilder(page.uri().resolve(path))
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.noBody()));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private StatusPage ofWorker() throws Exception {
        return StatusPage.ofWorker(worker).controlToken(TOKEN).listen("127.0.0.1", 0);
    }

    @Test
    void should_forbid_everything_that_is_not_its_own() throws Exception {
        try (StatusPage page = ofWorker()) {
            for (String path : new String[] {"/", "/stats"}) {
                HttpResponse<String> answer = get(page, path);

                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.headers()
                                .firstValue("content-security-policy")
                                .orElse(""))
                        .startsWith("default-src 'none'; script-src 'self'; style-src 'self'")
                        .doesNotContain("unsafe", "http:", "*");
                assertThat(answer.body()).doesNotContain("http://", "https://", "style=", "onclick");
            }
        }
    }

    @Test
    void should_tell_what_a_worker_did() throws Exception {
        try (StatusPage page = ofWorker()) {
            JsonNode status = JSON.readTree(get(page, "/status.json").body());

            assertThat(status.path("role").asText()).isEqualTo("Worker");
            assertThat(status.path("health").path("word").asText()).isEqualTo("serving");
            assertThat(item(status, "Answered")).isEqualTo("1");
            assertThat(Long.parseLong(item(status, "Earned since the start")))
                    .isEqualTo(worker.status().totals().value().value())
                    .isPositive();
            JsonNode peer = status.path("peers").get(0).path("all").get(0);
            assertThat(peer.path("kind").asText()).isEqualTo("SIMULATED");
            assertThat(peer.path("report").path("checks")).hasSizeGreaterThan(5);
        }
    }

    @Test
    void should_tell_what_a_proxy_did() throws Exception {
        try (StatusPage page = StatusPage.ofProxy(proxy).listen("127.0.0.1", 0)) {
            JsonNode status = JSON.readTree(get(page, "/status.json").body());

            assertThat(item(status, "Answered")).isEqualTo("1");
            assertThat(Long.parseLong(item(status, "Charged since the start")))
                    .isGreaterThan(Long.parseLong(item(status, "Kept since the start")));
            assertThat(status.path("peers")
                            .get(0)
                            .path("all")
                            .get(0)
                            .path("report")
                            .path("checks"))
                    .hasSizeGreaterThan(5);
            assertThat(status.path("takesOrders").asBoolean()).isFalse();
        }
    }

    /** An engine of whose model files somebody else chose the name. */
    private record Carded(InferenceEngine inner) implements InferenceEngine {

        static final String NAME = "</script><img src=x onerror=alert(1)>\"\n" + "x".repeat(3_000);

        @Override
        public void answer(InferenceRequest request, AnswerSink sink, Cancellation cancellation) throws Exception {
            inner.answer(request, sink, cancellation);
        }

        @Override
        public Optional<ModelCard> card() {
            return Optional.of(new ModelCard(
                    NAME,
                    "QWEN3",
                    596_049_920,
                    "BF16",
                    1_192_099_840,
                    114_688,
                    40_960,
                    "processor",
                    Optional.of(new ModelCard.Speed(120.5, 64, 25.25, Instant.parse("2026-04-01T00:00:00Z")))));
        }

        @Override
        public void close() {
            inner.close();
        }
    }

    @Test
    void should_show_the_card_of_the_model_and_take_its_name_for_text() throws Exception {
        try (StatusPage page = ofWorker()) {
            HttpResponse<String> answer = get(page, "/status.json");
            JsonNode status = JSON.readTree(answer.body());
            JsonNode card = JSON.readTree(get(page, "/jsonstats").body()).path("model_card");

            assertThat(answer.headers().firstValue("content-type").orElse("")).startsWith("application/json");
            assertThat(answer.headers().firstValue("x-content-type-options")).contains("nosniff");
            String cut = Carded.NAME.substring(0, 2_000) + "… (" + Carded.NAME.length() + " characters)";
            assertThat(item(status, "facts", "Model's files")).isEqualTo(cut);
            assertThat(item(status, "facts", "Parameters")).isEqualTo("596049920");
            assertThat(item(status, "facts", "Reads alone")).isEqualTo("120.5");
            assertThat(item(status, "facts", "Writes alone")).isEqualTo("25.25");
            assertThat(card.path("name").asText()).isEqualTo(cut);
            assertThat(card.path("context_tokens").asInt()).isEqualTo(40_960);
            assertThat(card.at("/measured/answer_tokens_per_second").asDouble()).isEqualTo(25.25);
        }
    }

    private static String item(JsonNode status, String label) {
        return item(status, "tiles", label);
    }

    private static String item(JsonNode status, String group, String label) {
        for (JsonNode item : status.path(group)) {
            if (item.path("label").asText().equals(label)) {
                return item.path("value").asText();
            }
        }
        throw new AssertionError("no " + label + " in " + status.path(group));
    }

    @Test
    void should_write_numbers_for_the_tools_of_the_reference() throws Exception {
        try (StatusPage page = ofWorker();
                StatusPage other = StatusPage.ofProxy(proxy).listen("127.0.0.1", 0)) {
            JsonNode ofWorker = JSON.readTree(get(page, "/jsonstats").body());
            JsonNode ofProxy = JSON.readTree(get(other, "/jsonstats").body());

            assertThat(ofWorker.path("stats").path("success").get(0).asInt()).isEqualTo(1);
            assertThat(ofWorker.path("stats")
                            .path("total_adjusted_tokens_used")
                            .get(0)
                            .asInt())
                    .isPositive();
            assertThat(ofProxy.path("status").path("enabled").asBoolean()).isTrue();
            assertThat(ofProxy.path("worker_connections")).hasSize(1);
        }
    }

    @Test
    void should_show_a_key_managers_keys_and_callers_and_no_private_half() throws Exception {
        try (StatusPage page =
                StatusPage.ofKeyManager(network.keyManager().orElseThrow()).listen("127.0.0.1", 0)) {
            String text = get(page, "/status.json").body();
            JsonNode status = JSON.readTree(text);
            String key = network.keyManager()
                    .orElseThrow()
                    .publicKeys()
                    .get(0)
                    .publicKey()
                    .toHex();

            assertThat(item(status, "Keys")).isEqualTo("1");
            assertThat(Integer.parseInt(item(status, "Queries answered"))).isPositive();
            assertThat(status.at("/tables/0/rows/0/0").asText()).isEqualTo(key);
            assertThat(status.at("/tables/0/rows/0/3").asText()).isEqualTo("lists it");
            assertThat(status.at("/health/word").asText()).isEqualTo("serving");
            assertThat(JSON.readTree(get(page, "/jsonstats").body())
                            .at("/stats/success/0")
                            .asInt())
                    .isPositive();
            assertThat(post(page, "/request/removekey?key=" + key, TOKEN).statusCode())
                    .isEqualTo(403);
        }
    }

    @Test
    void should_take_orders_by_post_with_the_token_only() throws Exception {
        try (StatusPage page = ofWorker();
                StatusPage without = StatusPage.ofWorker(worker).listen("127.0.0.1", 0)) {
            String path = "/request/change_coefficient?coefficient=1.5";

            assertThat(get(page, path).statusCode()).isEqualTo(401);
            assertThat(post(page, path, "guessed-0123456789").statusCode()).isEqualTo(401);
            assertThat(post(without, path, TOKEN).statusCode())
                    .as("no token was set")
                    .isEqualTo(403);
            assertThat(worker.status().coefficient()).isEqualTo(1000);

            HttpResponse<String> done = post(page, path, TOKEN);

            assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
            assertThat(worker.status().coefficient()).isEqualTo(1500);
            assertThat(post(page, "/request/change_coefficient?coefficient=1", TOKEN)
                            .statusCode())
                    .isEqualTo(200);
            assertThat(post(page, "/request/change_coefficient?coefficient=1e999999999", TOKEN)
                            .statusCode())
                    .isEqualTo(400);
            assertThat(post(page, "/request/payout", TOKEN).body()).contains("built without payouts");
        }
    }

    @Test
    void should_say_what_is_wrong_with_an_order() throws Exception {
        try (StatusPage page = StatusPage.ofProxy(proxy).controlToken(TOKEN).listen("127.0.0.1", 0)) {
            String path = "/request/change_worker_model?";
            assertThat(post(page, path + "model=m@1:a", TOKEN).body()).contains("the connection is a number");
            assertThat(post(page, path + "connection=1", TOKEN).body()).contains("the model's full name is missing");
            assertThat(post(page, path + "connection=987654321&model=m@1:a", TOKEN)
                            .body())
                    .contains("no ready worker has connection number 987654321");
        }
    }

    @Test
    void should_want_a_key_of_readers_before_it_listens_to_the_network() throws Exception {
        assertThatThrownBy(() -> StatusPage.ofWorker(worker).listen("0.0.0.0", 0))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("readKey");
        try (StatusPage page = StatusPage.ofWorker(worker).readKey(KEY).listen("0.0.0.0", 0)) {
            assertThat(get(page, "/status.json").statusCode()).isEqualTo(401);
            assertThat(send(HttpRequest.newBuilder(URI.create(page.uri() + "status.json"))
                                    .header("Authorization", "Bearer " + KEY))
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void should_refuse_a_time_that_is_none() throws Exception {
        try (StatusPage page = ofWorker()) {
            assertThat(get(page, "/status.json?since=yesterday").statusCode()).isEqualTo(400);
        }
    }
}
