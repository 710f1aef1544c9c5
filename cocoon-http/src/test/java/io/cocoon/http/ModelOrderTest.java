package io.cocoon.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.worker.DemoEngine;
import io.cocoon.worker.ModelLoader;
import io.cocoon.worker.WorkerRuntime;
import java.io.IOException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The order to change a worker's model, from the request to what is served. */
@Timeout(180)
class ModelOrderTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOKEN = "control-0123456789";
    private static final String NEW = "demo/newer";

    private final HttpClient http = HttpClient.newHttpClient();

    private static TestNetwork.Builder network() {
        return TestNetwork.builder().withoutChain().engine(() -> DemoEngine.create(Duration.ZERO));
    }

    private static TestNetwork network(ModelLoader loader) {
        return network().onModelChange(loader).start();
    }

    private HttpResponse<String> order(StatusPage page, String query) throws Exception {
        return http.send(
                HttpRequest.newBuilder(page.uri().resolve("/request/change_model" + query))
                        .header("Authorization", "Bearer " + TOKEN)
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> change(StatusPage page, String model) throws Exception {
        return order(page, "?model=" + URLEncoder.encode(TestNetwork.fullName(model), StandardCharsets.UTF_8));
    }

    private static StatusPage page(WorkerRuntime worker) throws IOException {
        return StatusPage.ofWorker(worker).controlToken(TOKEN).listen("127.0.0.1", 0);
    }

    private static String message(HttpResponse<String> refusal) throws IOException {
        return JSON.readTree(refusal.body()).at("/error/message").asText();
    }

    @Test
    void should_serve_another_model() throws Exception {
        try (TestNetwork network = network(model -> DemoEngine.create(Duration.ZERO));
                StatusPage page = page(network.workers().get(0))) {
            HttpResponse<String> done = change(page, NEW);

            assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
            assertThat(JSON.readTree(done.body()).path("what").asText())
                    .isEqualTo("The worker serves " + TestNetwork.fullName(NEW) + ".");
            assertThat(network.workers().get(0).status().model().base()).isEqualTo(NEW);
        }
    }

    @Test
    void should_say_that_a_large_model_is_being_loaded() throws Exception {
        CountDownLatch loaded = new CountDownLatch(1);
        try (TestNetwork network = network(model -> {
                    loaded.await();
                    return DemoEngine.create(Duration.ZERO);
                });
                StatusPage page = page(network.workers().get(0))) {
            WorkerRuntime worker = network.workers().get(0);
            HttpResponse<String> begun = change(page, NEW);

            assertThat(begun.statusCode()).as(begun.body()).isEqualTo(202);
            assertThat(worker.status().model().base()).isNotEqualTo(NEW);
            assertThat(message(change(page, NEW))).contains("another change is under way");
            loaded.countDown();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> worker.status().model().base().equals(NEW));
        }
    }

    @Test
    void should_say_why_nothing_was_changed() throws Exception {
        try (TestNetwork network = network(model -> {
                    throw new IOException("8 of 1024 MiB are free");
                });
                StatusPage page = page(network.workers().get(0));
                TestNetwork fixed = network().start();
                StatusPage ofFixed = page(fixed.workers().get(0))) {
            String before = network.workers().get(0).status().model().full();

            HttpResponse<String> failed = change(page, NEW);
            assertThat(failed.statusCode()).isEqualTo(409);
            assertThat(message(failed)).endsWith(": 8 of 1024 MiB are free");
            assertThat(change(ofFixed, NEW).statusCode()).as("no loader").isEqualTo(409);
            for (String missing : new String[] {"", "?model="}) {
                HttpResponse<String> wrong = order(page, missing);
                assertThat(wrong.statusCode()).isEqualTo(400);
                assertThat(message(wrong)).isEqualTo("the model's full name is missing");
            }
            assertThat(network.workers().get(0).status().model().full()).isEqualTo(before);
        }
    }
}
