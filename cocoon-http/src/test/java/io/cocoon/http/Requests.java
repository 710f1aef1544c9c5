package io.cocoon.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Questions through a local port. */
final class Requests {

    private Requests() {}

    /** Sends questions of different length, a few at a time, and waits for their answers. */
    static void send(LocalPort port, String model, int count) {
        HttpClient http = HttpClient.newHttpClient();
        for (int sent = 0; sent < count; ) {
            List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
            for (int i = 0; i <= sent % 5 && sent < count; i++, sent++) {
                String body = "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\""
                        + "Tell me more. ".repeat(1 + sent % 7) + "\"}],\"max_tokens\":" + (10 + 7 * (sent % 9)) + "}";
                answers.add(http.sendAsync(
                        HttpRequest.newBuilder(port.baseUrl().resolve("/v1/chat/completions"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString()));
            }
            answers.forEach(answer -> assertThat(answer.join().statusCode())
                    .as(answer.join().body())
                    .isEqualTo(200));
        }
    }
}
