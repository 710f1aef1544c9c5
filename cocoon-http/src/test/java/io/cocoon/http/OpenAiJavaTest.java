package io.cocoon.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.errors.SseException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.models.Model;
import io.cocoon.client.CocoonClient;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.worker.DemoEngine;
import io.cocoon.worker.InferenceEngine;
import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** OpenAI's own Java SDK, which knows nothing of Cocoon, at the local port. */
@Timeout(180)
@SuppressWarnings("NullAway.Init") // each test begins with start
class OpenAiJavaTest {

    private static final String KEY = "sk-local-0123456789";

    private TestNetwork network;
    private CocoonClient client;
    private LocalPort port;
    private OpenAIClient openai;

    private void start(InferenceEngine engine) throws IOException {
        network = TestNetwork.builder()
                .withoutChain()
                .withoutPayloadEncryption()
                .engine(() -> engine)
                .start();
        client = network.newClient();
        port = LocalPort.builder(client)
                .listen("127.0.0.1", 0)
                .callerKey("sdk", KEY)
                .start();
        openai = sdk(KEY);
    }

    private OpenAIClient sdk(String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(port.baseUrl().toString())
                .apiKey(key)
                .maxRetries(2)
                .build();
    }

    @AfterEach
    void stop() {
        if (openai != null) {
            openai.close();
        }
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

    private ChatCompletionCreateParams question(String model) {
        return ChatCompletionCreateParams.builder()
                .model(model)
                .addUserMessage("Who are you?")
                .maxCompletionTokens(100)
                .build();
    }

    @Test
    void should_chat() throws IOException {
        start(DemoEngine.create(Duration.ZERO));
        ChatCompletion answer = openai.chat().completions().create(question(network.model()));
        assertThat(answer.choices().get(0).message().content().orElseThrow()).contains("Who are you?");
        assertThat(answer.usage().orElseThrow().totalTokens()).isPositive();
    }

    @Test
    void should_stream() throws IOException {
        start(DemoEngine.create(Duration.ZERO));
        StringBuilder text = new StringBuilder();
        try (StreamResponse<ChatCompletionChunk> stream =
                openai.chat().completions().createStreaming(question(network.model()))) {
            stream.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .forEach(choice -> choice.delta().content().ifPresent(text::append));
        }
        assertThat(text.toString()).contains("Who are you?");
    }

    @Test
    void should_stop_the_engine_when_a_stream_is_closed_early() throws Exception {
        CountDownLatch stopped = new CountDownLatch(1);
        start(Engines.endless(stopped));
        try (StreamResponse<ChatCompletionChunk> stream =
                openai.chat().completions().createStreaming(question(network.model()))) {
            Iterator<ChatCompletionChunk> chunks = stream.stream().iterator();
            chunks.next();
            chunks.next();
        }
        assertThat(stopped.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void should_list_models_and_find_one() throws IOException {
        start(DemoEngine.create(Duration.ZERO));
        assertThat(openai.models().list().data().stream().map(Model::id)).containsExactly(network.model());
        assertThat(openai.models().retrieve(network.model()).id()).isEqualTo(network.model());
    }

    @Test
    void should_see_errors_as_the_sdk_has_them() throws IOException {
        start(DemoEngine.create(Duration.ZERO));
        assertThatThrownBy(() -> openai.chat().completions().create(question("no/such")))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("no/such");
        assertThatThrownBy(() -> openai.chat()
                        .completions()
                        .create(question(network.model()).toBuilder()
                                .putAdditionalBodyProperty(
                                        "max_completion_tokens", com.openai.core.JsonValue.from("many"))
                                .build()))
                .isInstanceOf(BadRequestException.class);
        OpenAIClient stranger = sdk("sk-nobody-0123456789");
        assertThatThrownBy(() -> stranger.models().list()).isInstanceOf(UnauthorizedException.class);
        stranger.close();
    }

    @Test
    void should_see_that_a_stream_broke() throws IOException {
        start(Engines.breaking());
        StringBuilder text = new StringBuilder();
        try (StreamResponse<ChatCompletionChunk> stream =
                openai.chat().completions().createStreaming(question(network.model()))) {
            assertThatThrownBy(() -> stream.stream()
                            .flatMap(chunk -> chunk.choices().stream())
                            .forEach(choice -> choice.delta().content().ifPresent(text::append)))
                    .isInstanceOf(SseException.class)
                    .hasMessageContaining("the engine broke");
        }
        assertThat(text).hasToString("half");
    }

    @Test
    void should_fail_once_at_a_worker_that_refuses() throws IOException {
        java.util.concurrent.atomic.AtomicInteger asked = new java.util.concurrent.atomic.AtomicInteger();
        start(Engines.fixed(
                500, "application/json", "{\"error\":{\"message\":\"broken\"}}", request -> asked.incrementAndGet()));
        assertThatThrownBy(() -> openai.chat().completions().create(question(network.model())))
                .isInstanceOf(InternalServerException.class)
                .hasMessageContaining("broken");
        assertThat(asked).hasValue(1);
    }
}
