package io.cocoon.okhttp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.OpenAIServiceException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.client.Deadlines;
import io.cocoon.protocol.HttpHeader;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.tl.Bytes;
import io.cocoon.worker.ChatEngine;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.InferenceRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import okhttp3.Call;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** OpenAI's own SDK, and plain OkHttp, on a network in this JVM. */
@Timeout(180)
class CocoonInterceptorTest {

    private static final long PATIENCE_SECONDS = 60;
    private static final MediaType JSON = MediaType.get("application/json");

    private static TestNetwork network(InferenceEngine engine) {
        return TestNetwork.builder().withoutChain().engine(() -> engine).start();
    }

    private static OpenAIClient sdk(CocoonClient cocoon) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(CocoonInterceptor.BASE_URL)
                .apiKey("sk-secret")
                .addInterceptor(CocoonInterceptor.of(cocoon))
                .build();
    }

    private static ChatCompletionCreateParams ask(String model) {
        return ChatCompletionCreateParams.builder()
                .model(model)
                .addUserMessage("Who are you?")
                .maxCompletionTokens(100)
                .build();
    }

    private static Call call(CocoonClient cocoon, String method, String path, String body) {
        return new OkHttpClient.Builder()
                .addInterceptor(CocoonInterceptor.of(cocoon))
                .build()
                .newCall(new Request.Builder()
                        .url("https://cocoon.invalid" + path)
                        .method(method, method.equals("POST") ? RequestBody.create(body, JSON) : null)
                        .build());
    }

    @Test
    void should_answer_a_chat_of_the_openai_sdk_and_let_no_key_out() {
        Queue<InferenceRequest> seen = new ConcurrentLinkedQueue<>();
        InferenceEngine demo = ChatEngine.of((request, out) -> out.emit("You asked: " + request.lastUserText()));
        try (TestNetwork network = network((request, sink, cancellation) -> {
                    seen.add(request);
                    demo.answer(request, sink, cancellation);
                });
                CocoonClient cocoon = network.newClient()) {
            OpenAIClient openai = sdk(cocoon);
            ChatCompletion answer = openai.chat().completions().create(ask(network.model()));
            assertThat(answer.choices().get(0).message().content()).contains("You asked: Who are you?");
            assertThat(answer.usage().orElseThrow().completionTokens()).isPositive();
            assertThat(openai.models().list().data().get(0).id()).isEqualTo(network.model());
        }
        assertThat(seen).hasSize(1);
        assertThat(seen.peek().headers())
                .noneMatch(header -> header.value().contains("sk-secret")
                        || header.name().toLowerCase(java.util.Locale.ROOT).startsWith("x-stainless"));
    }

    @Test
    void should_stream_to_the_openai_sdk_before_the_answer_is_complete() {
        CountDownLatch firstSeen = new CountDownLatch(1);
        try (TestNetwork network = network(ChatEngine.of((request, out) -> {
                    out.emit("first ");
                    if (!firstSeen.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                        throw new IllegalStateException("the first piece did not arrive");
                    }
                    out.emit("second");
                }));
                CocoonClient cocoon = network.newClient();
                StreamResponse<ChatCompletionChunk> chunks =
                        sdk(cocoon).chat().completions().createStreaming(ask(network.model()))) {
            String text = chunks.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .flatMap(choice -> choice.delta().content().stream())
                    .peek(piece -> {
                        if (piece.contains("first")) {
                            firstSeen.countDown();
                        }
                    })
                    .collect(Collectors.joining());
            assertThat(text).isEqualTo("first second");
        }
    }

    @Test
    void should_let_the_sdk_close_a_stream_early_and_stop_the_worker() throws Exception {
        CountDownLatch stopped = new CountDownLatch(1);
        try (TestNetwork network = network(endless(stopped));
                CocoonClient cocoon = network.newClient()) {
            try (StreamResponse<ChatCompletionChunk> chunks =
                    sdk(cocoon).chat().completions().createStreaming(ask(network.model()))) {
                assertThat(chunks.stream().findFirst()).isPresent();
            }
            assertThat(stopped.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static InferenceEngine endless(CountDownLatch stopped) {
        return ChatEngine.of((request, out) -> {
            while (out.emit("word ")) {
                if (stopped.await(5, TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
            stopped.countDown();
        });
    }

    @Test
    void should_stop_the_wait_for_an_answer_when_the_call_is_cancelled() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (TestNetwork network = network((request, sink, cancellation) -> {
                    cancellation.onCancel(cancelled::countDown);
                    asked.countDown();
                });
                CocoonClient cocoon = network.newClient()) {
            Call call = call(cocoon, "POST", "/v1/chat/completions", chat(network.model()));
            Future<Response> running = thread.submit(call::execute);
            assertThat(asked.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            call.cancel();
            assertThatThrownBy(() -> running.get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(IOException.class)
                    .hasMessageContaining("Canceled");
            assertThat(cancelled.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(thread.submit(() -> Thread.currentThread().isInterrupted())
                            .get(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .isFalse();
        } finally {
            thread.shutdownNow();
        }
    }

    private static String chat(String model) {
        return "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],\"max_tokens\":50}";
    }

    @Test
    void should_send_nothing_to_the_open_network_whatever_is_called() throws Exception {
        AtomicInteger passed = new AtomicInteger();
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient cocoon = network.newClient()) {
            OkHttpClient client = new OkHttpClient.Builder()
                    .addInterceptor(CocoonInterceptor.of(cocoon))
                    .addInterceptor(chain -> {
                        passed.incrementAndGet();
                        return chain.proceed(chain.request());
                    })
                    .build();
            for (String path : List.of("/", "/v1/embeddings", "/v2/chat/completions", "/v1/chat/completions/x")) {
                try (Response response = client.newCall(new Request.Builder()
                                .url("https://api.openai.com" + path)
                                .post(RequestBody.create("{}", JSON))
                                .build())
                        .execute()) {
                    assertThat(response.code()).as(path).isEqualTo(404);
                    assertThat(response.body().string()).contains("nothing was sent");
                }
            }
            try (Response response =
                    call(cocoon, "GET", "/v1/chat/completions", "").execute()) {
                assertThat(response.code()).isEqualTo(405);
            }
            assertThat(passed).hasValue(0);
        }
    }

    @Test
    void should_not_let_the_sdk_repeat_what_a_model_server_answered_with_500() {
        AtomicInteger asked = new AtomicInteger();
        try (TestNetwork network = network((request, sink, cancellation) -> {
                    asked.incrementAndGet();
                    sink.answer(
                            500,
                            List.of(new HttpHeader("Content-Type", "application/json")),
                            Bytes.utf8("{\"error\":{\"message\":\"broken\"}}"));
                });
                CocoonClient cocoon = network.newClient()) {
            assertThatThrownBy(() -> sdk(cocoon).chat().completions().create(ask(network.model())))
                    .isInstanceOfSatisfying(
                            OpenAIServiceException.class,
                            failure -> assertThat(failure.statusCode()).isEqualTo(500));
            assertThat(asked).hasValue(1);
        }
    }

    @Test
    void should_not_ask_for_a_retry_of_a_wrong_request() throws Exception {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient cocoon = network.newClient()) {
            for (String body : List.of("{\"no\":1}", chat("nobody/has-this"))) {
                try (Response response =
                        call(cocoon, "POST", "/v1/chat/completions", body).execute()) {
                    assertThat(response.code()).isEqualTo(400);
                    assertThat(response.header("x-should-retry")).isEqualTo("false");
                }
            }
        }
    }

    @Test
    void should_ask_for_a_retry_when_nobody_could_serve() throws Exception {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start()) {
            network.proxies().forEach(ProxyServer::close);
            try (CocoonClient cocoon = network.clientBuilder()
                            .deadlines(Deadlines.DEFAULT.withConnect(Duration.ofMillis(300)))
                            .build();
                    Response response = call(cocoon, "POST", "/v1/chat/completions", chat(network.model()))
                            .execute()) {
                assertThat(response.code()).isEqualTo(503);
                assertThat(response.header("x-should-retry")).isEqualTo("true");
            }
        }
    }

    @Test
    void should_fail_the_body_with_an_io_exception_when_the_worker_breaks_off() throws Exception {
        try (TestNetwork network = network((request, sink, cancellation) -> {
                    sink.head(200, List.of(new HttpHeader("Content-Type", "text/event-stream")));
                    sink.write(Bytes.utf8("data: {\"choices\":[{\"delta\":{\"content\":\"half\"}}]}\n\n"));
                    sink.fail(1, "broken on purpose");
                });
                CocoonClient cocoon = network.newClient();
                Response response = call(cocoon, "POST", "/v1/chat/completions", chat(network.model()))
                        .execute()) {
            assertThat(response.code()).isEqualTo(200);
            assertThatThrownBy(() -> response.body().string())
                    .isInstanceOf(IOException.class)
                    .hasCauseInstanceOf(CocoonException.class);
        }
    }
}
