package io.cocoon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.Network;
import io.cocoon.client.Wallet;
import io.cocoon.payment.Nanoton;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Money moved through the port, on a local chain. */
@Timeout(300)
class ControlTest {

    private static final Duration SOON = Duration.ofSeconds(90);
    private static final String TOKEN = "control-0123456789";
    private static final Nanoton DEPOSIT = Nanoton.ofTon("20");
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();

    private HttpResponse<String> post(LocalPort port, String path) throws IOException, InterruptedException {
        return http.send(
                HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + port.address().getPort() + path))
                        .header("Authorization", "Bearer " + TOKEN)
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode stats(InetSocketAddress address) throws IOException, InterruptedException {
        HttpResponse<String> stats = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + address.getPort() + "/jsonstats"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        return JSON.readTree(stats.body());
    }

    private JsonNode channel(LocalPort port) throws IOException, InterruptedException {
        return stats(port.address()).path("proxies").path(0);
    }

    /** What each role says of its wallet and of the chain, under the reference's names (wire dossier 3.3). */
    private static void assertChain(JsonNode stats, TestNetwork network) {
        assertThat(stats.at("/wallet/address").asText()).startsWith("0:");
        assertThat(stats.at("/wallet/balance").asLong()).isPositive();
        assertThat(stats.at("/wallet/seqno").isInt()).isTrue();
        assertThat(stats.at("/wallet/pending_transactions_cnt").isInt()).isTrue();
        assertThat(stats.at("/status/wallet_balance")).isEqualTo(stats.at("/wallet/balance"));
        assertThat(stats.at("/status/ton_last_synced_at").asLong()).isPositive();
        assertThat(stats.at("/root_contract_config/address").asText())
                .isEqualTo(network.contracts().root().root().toString());
        assertThat(stats.at("/root_contract_config/price_per_token").asLong()).isEqualTo(1_000_000);
    }

    @Test
    void should_say_that_a_proxy_refuses_a_client_without_a_contract() throws Exception {
        try (TestNetwork network = TestNetwork.start();
                CocoonClient stranger = CocoonClient.builder()
                        .network(Network.of(network.contracts()))
                        .wallet(Wallet.ofAddress(new Address(0, Int256.of(new byte[Int256.BYTES]))))
                        .simulatedAttestation()
                        .secret("of nobody that a proxy has ever heard of")
                        .build();
                LocalPort port =
                        LocalPort.builder(stranger).listen("127.0.0.1", 0).start()) {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create(
                                    "http://127.0.0.1:" + port.address().getPort() + "/v1/chat/completions"))
                            .POST(HttpRequest.BodyPublishers.ofString("{\"model\":\"" + network.model()
                                    + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello?\"}]}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            JsonNode error = JSON.readTree(answer.body()).path("error");
            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(error.path("type").asText()).isEqualTo("permission_error");
            assertThat(error.path("code").asText()).isEqualTo("client_refused");
            assertThat(error.path("message").asText()).contains("secret", "contract", "channels(");
            assertThat(answer.headers().firstValue("x-should-retry")).contains("false");
            assertThatThrownBy(() -> CocoonClient.builder()
                            .network(Network.of(network.contracts()))
                            .wallet(Wallet.ofAddress(new Address(0, Int256.of(new byte[Int256.BYTES]))))
                            .simulatedAttestation()
                            .build())
                    .hasMessageContaining("no secret is set, and this network's chain is real");
        }
    }

    @Test
    void should_top_up_and_close_a_channel_and_say_what_can_not_be_done() throws Exception {
        try (TestNetwork network = TestNetwork.builder()
                        .prices(Nanoton.ofTon("0.001"), Nanoton.ofTon("0.00095"))
                        .clientStake(DEPOSIT)
                        .start();
                CocoonClient client = network.clientBuilder()
                        .channels(network.channelSettings().firstDeposit(DEPOSIT))
                        .build();
                LocalPort port = LocalPort.builder(client)
                        .listen("127.0.0.1", 0)
                        .controlToken(TOKEN)
                        .start()) {
            client.chat(network.model()).user("Hello?").maxTokens(50).send();
            assertChain(stats(port.address()), network);
            try (StatusPage page = StatusPage.ofProxy(network.proxies().get(0)).listen("127.0.0.1", 0)) {
                assertChain(stats(page.address()), network);
            }
            try (StatusPage page = StatusPage.ofWorker(network.workers().get(0)).listen("127.0.0.1", 0)) {
                assertChain(stats(page.address()), network);
            }
            String proxy = channel(port).path("proxy_sc_address").asText();
            assertThat(post(port, "/request/topup?proxy=" + proxy).statusCode()).isEqualTo(400);
            assertThat(post(port, "/request/topup?amount=1&proxy=0:" + "ab".repeat(32))
                            .statusCode())
                    .isEqualTo(404);

            HttpResponse<String> topUp = post(port, "/request/topup?amount=1&proxy=" + proxy);
            assertThat(topUp.statusCode()).isIn(200, 202);
            assertThat(JSON.readTree(topUp.body()).path("state").asText()).isIn("begun", "done");
            Awaitility.await()
                    .atMost(SOON)
                    .until(() -> channel(port).path("deposited").asLong() > DEPOSIT.value());

            // What the proxy signs next covers the first answer.
            client.chat(network.model()).user("And again?").maxTokens(50).send();
            Awaitility.await().atMost(SOON).until(() -> {
                assertThat(post(port, "/request/charge?proxy=" + proxy).statusCode())
                        .isIn(200, 202);
                return channel(port).path("tokens_used").asLong() > 0;
            });

            HttpResponse<String> tooMuch = post(port, "/request/topup?amount=1000000&proxy=" + proxy);
            assertThat(tooMuch.statusCode()).isEqualTo(409);
            assertThat(JSON.readTree(tooMuch.body()).at("/error/message").asText())
                    .contains("limit");

            assertThat(post(port, "/request/close?proxy=" + proxy).statusCode()).isIn(200, 202);
            Awaitility.await().atMost(SOON).until(() -> channel(port).isMissingNode());
        }
    }
}
