package io.cocoon.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.data.message.AudioContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.NonRetriableException;
import dev.langchain4j.exception.RateLimitException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormat;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.model.chat.request.json.JsonSchema;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.TokenStream;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.client.Deadlines;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.worker.ChatEngine;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Assistants of LangChain4j on a network in this JVM. */
@Timeout(180)
class CocoonChatModelTest {

    private static final long PATIENCE_SECONDS = 60;

    interface Assistant {
        String ask(String question);
    }

    interface StreamingAssistant {
        TokenStream ask(String question);
    }

    static final class Calculator {
        final AtomicInteger asked = new AtomicInteger();

        @Tool("adds two numbers")
        int add(@P("first") int a, @P("second") int b) {
            asked.incrementAndGet();
            return a + b;
        }
    }

    private static TestNetwork network(ToolEngine engine) {
        return TestNetwork.builder().withoutChain().engine(() -> engine).start();
    }

    @Test
    void should_let_an_assistant_call_a_tool() {
        ToolEngine engine = new ToolEngine();
        Calculator calculator = new Calculator();
        try (TestNetwork network = network(engine);
                CocoonClient cocoon = network.newClient()) {
            Assistant assistant = AiServices.builder(Assistant.class)
                    .chatModel(CocoonChatModel.builder(cocoon)
                            .modelName(network.model())
                            .build())
                    .tools(calculator)
                    .build();
            assertThat(assistant.ask("What is 20 and 22?")).isEqualTo("The sum is 42.");
        }
        assertThat(calculator.asked).hasValue(1);
        assertThat(engine.seen()).hasSize(2);
        JsonNode tool = engine.seen().get(0).path("tools").path(0).path("function");
        assertThat(tool.path("name").asText()).isEqualTo("add");
        assertThat(tool.path("parameters").path("properties").has("a")).isTrue();
        JsonNode back = engine.seen().get(1).path("messages");
        assertThat(back.path(1).path("tool_calls").path(0).path("id").asText()).isEqualTo("call-1");
        assertThat(back.path(2).path("tool_call_id").asText()).isEqualTo("call-1");
    }

    @Test
    void should_let_a_streaming_assistant_call_a_tool_and_pass_on_the_pieces() throws Exception {
        ToolEngine engine = new ToolEngine();
        Calculator calculator = new Calculator();
        StringBuffer pieces = new StringBuffer();
        AtomicInteger count = new AtomicInteger();
        CompletableFuture<ChatResponse> end = new CompletableFuture<>();
        try (TestNetwork network = network(engine);
                CocoonClient cocoon = network.newClient()) {
            StreamingAssistant assistant = AiServices.builder(StreamingAssistant.class)
                    .streamingChatModel(CocoonStreamingChatModel.builder(cocoon)
                            .modelName(network.model())
                            .build())
                    .tools(calculator)
                    .build();
            assistant
                    .ask("What is 20 and 22?")
                    .onPartialResponse(piece -> {
                        pieces.append(piece);
                        count.incrementAndGet();
                    })
                    .onCompleteResponse(end::complete)
                    .onError(end::completeExceptionally)
                    .start();
            ChatResponse response = end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(response.aiMessage().text()).isEqualTo("The sum is 42.");
            assertThat(response.finishReason()).isEqualTo(FinishReason.STOP);
        }
        assertThat(pieces.toString()).isEqualTo("The sum is 42.");
        assertThat(count).hasValueGreaterThan(1);
        assertThat(calculator.asked).hasValue(1);
    }

    @Test
    void should_send_sampling_limits_and_a_schema_and_give_back_usage_and_the_bill() {
        ToolEngine engine = new ToolEngine();
        try (TestNetwork network = network(engine);
                CocoonClient cocoon = network.newClient()) {
            ChatResponse response = CocoonChatModel.builder(cocoon)
                    .modelName(network.model())
                    .temperature(0.5)
                    .topP(0.9)
                    .maxTokens(77)
                    .build()
                    .chat(ChatRequest.builder()
                            .messages(SystemMessage.from("Be brief."), UserMessage.from("Sum?"))
                            .temperature(1.5)
                            .topK(3)
                            .stopSequences(List.of("END"))
                            .responseFormat(ResponseFormat.builder()
                                    .type(ResponseFormatType.JSON)
                                    .jsonSchema(JsonSchema.builder()
                                            .name("Sum")
                                            .rootElement(JsonObjectSchema.builder()
                                                    .addIntegerProperty("sum")
                                                    .required("sum")
                                                    .build())
                                            .build())
                                    .build())
                            .build());
            assertThat(response.finishReason()).isEqualTo(FinishReason.TOOL_EXECUTION);
            assertThat(response.tokenUsage().inputTokenCount()).isEqualTo(11);
            assertThat(response.tokenUsage().outputTokenCount()).isEqualTo(7);
            assertThat(response.modelName()).isEqualTo(network.model());
            CocoonChatResponseMetadata metadata = (CocoonChatResponseMetadata) response.metadata();
            assertThat(metadata.bill().adjusted().totalTokensUsed()).isPositive();
            assertThat(metadata.attestation().toString()).contains("SIMULATED");
            assertThat(metadata.isEncrypted()).isTrue();
        }
        JsonNode body = engine.seen().get(0);
        assertThat(body.path("temperature").asDouble()).isEqualTo(1.5);
        assertThat(body.path("top_p").asDouble()).isEqualTo(0.9);
        assertThat(body.path("top_k").asInt()).isEqualTo(3);
        assertThat(body.path("max_tokens").asInt()).isEqualTo(77);
        assertThat(body.path("stop").path(0).asText()).isEqualTo("END");
        JsonNode schema = body.path("response_format").path("json_schema");
        assertThat(schema.path("name").asText()).isEqualTo("Sum");
        assertThat(schema.path("schema")
                        .path("properties")
                        .path("sum")
                        .path("type")
                        .asText())
                .isEqualTo("integer");
        assertThat(body.path("messages").path(0).path("role").asText()).isEqualTo("system");
    }

    @Test
    void should_stop_the_worker_when_a_stream_is_cancelled_and_call_the_handler_no_more() throws Exception {
        CountDownLatch stopped = new CountDownLatch(1);
        AtomicInteger ends = new AtomicInteger();
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .engine(() -> ChatEngine.of((request, out) -> {
                            while (out.emit("word ")) {
                                if (stopped.await(5, TimeUnit.MILLISECONDS)) {
                                    return;
                                }
                            }
                            stopped.countDown();
                        }))
                        .start();
                CocoonClient cocoon = network.newClient()) {
            CocoonStreamingChatModel.builder(cocoon)
                    .modelName(network.model())
                    .build()
                    .chat("Talk", new StreamingChatResponseHandler() {
                        @Override
                        public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                            context.streamingHandle().cancel();
                        }

                        @Override
                        public void onCompleteResponse(ChatResponse response) {
                            ends.incrementAndGet();
                        }

                        @Override
                        public void onError(Throwable error) {
                            ends.incrementAndGet();
                        }
                    });
            assertThat(stopped.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(ends).hasValue(0);
    }

    @Test
    void should_not_say_that_a_wrong_request_is_worth_repeating() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient cocoon = network.newClient()) {
            assertThatThrownBy(() -> CocoonChatModel.builder(cocoon)
                            .modelName("nobody/has-this")
                            .build()
                            .chat("Hello"))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("models()");
            assertThatThrownBy(() -> CocoonChatModel.builder(cocoon)
                            .modelName(network.model())
                            .temperature(17)
                            .build()
                            .chat("Hello"))
                    .isInstanceOf(InvalidRequestException.class)
                    .hasMessageContaining("temperature");
        }
    }

    @Test
    void should_say_that_a_lack_of_proxies_is_worth_repeating() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start()) {
            network.proxies().forEach(ProxyServer::close);
            try (CocoonClient cocoon = network.newClient()) {
                assertThatThrownBy(() -> CocoonChatModel.builder(cocoon)
                                .modelName(network.model())
                                .deadlines(Deadlines.DEFAULT.withConnect(Duration.ofMillis(300)))
                                .build()
                                .chat("Hello"))
                        .isInstanceOf(RateLimitException.class)
                        .hasCauseInstanceOf(CocoonException.Capacity.class);
            }
        }
    }

    @Test
    void should_not_say_that_a_request_whose_deadline_passed_is_worth_repeating() {
        CountDownLatch over = new CountDownLatch(1);
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .engine(() -> ChatEngine.of((request, out) -> over.await(PATIENCE_SECONDS, TimeUnit.SECONDS)))
                        .start();
                CocoonClient cocoon = network.newClient()) {
            assertThatThrownBy(() -> CocoonChatModel.builder(cocoon)
                            .modelName(network.model())
                            .deadlines(Deadlines.DEFAULT.withTotal(Duration.ofMillis(500)))
                            .build()
                            .chat("Hello"))
                    .isInstanceOf(NonRetriableException.class)
                    .hasCauseInstanceOf(CocoonException.Deadline.class);
            over.countDown();
        }
    }

    @Test
    void should_refuse_what_it_cannot_send() {
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient cocoon = network.newClient()) {
            CocoonChatModel model =
                    CocoonChatModel.builder(cocoon).modelName(network.model()).build();
            assertThatThrownBy(() -> model.chat(UserMessage.from(AudioContent.from("aGk=", "audio/wav"))))
                    .isInstanceOf(UnsupportedFeatureException.class)
                    .hasMessageContaining("AUDIO");
            assertThatThrownBy(() -> CocoonChatModel.builder(cocoon).build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("modelName");
        }
    }
}
