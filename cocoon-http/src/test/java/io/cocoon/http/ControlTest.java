package io.cocoon.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.client.CocoonClient;
import io.cocoon.payment.Nanoton;
import io.cocoon.testkit.TestNetwork;
import java.io.IOException;
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

    private JsonNode channel(LocalPort port) throws IOException, InterruptedException {
        HttpResponse<String> stats = http.send(
                HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + port.address().getPort() + "/jsonstats"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        JsonNode document = JSON.readTree(stats.body());
        assertThat(document.at("/wallet/address").asText()).startsWith("0:");
        return document.path("proxies").path(0);
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
