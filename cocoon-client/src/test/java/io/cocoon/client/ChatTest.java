package io.cocoon.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.TokenUsage;
import io.cocoon.protocol.ClientToProxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTest {

    private final Setup setup = Setup.withProxies(1);

    @AfterEach
    void close() {
        setup.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void should_answer_a_chat_in_every_protocol_version(int version) {
        CocoonClient cocoon = setup.client(b -> b.protocolVersions(version, version));

        ChatReply reply = cocoon.chat("m")
                .system("Be brief.")
                .user("Hello?")
                .maxTokens(200)
                .send();

        assertThat(reply.text()).isEqualTo("Hello from the fake model.");
        assertThat(reply.finishReason()).contains("stop");
        assertThat(reply.usage()).contains(new TokenUsage(34, 11, 100, 10));
        assertThat(reply.bill().total()).isEqualTo(new Nanoton(268));
        assertThat(reply.bill().status()).isEqualTo(Bill.Status.CONFIRMED);
        assertThat(reply.attempts()).hasSize(1);
        FakeProxy.Run run = setup.proxy().runs.remove();
        if (version == 0) {
            assertThat(run.message).isInstanceOf(ClientToProxy.RunQuery.class);
        } else {
            assertThat(((ClientToProxy.RunQueryEx) run.message).flags()).isEqualTo(version >= 3 ? 3 : 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/event-stream", "application/json"})
    void should_stream_events_and_lines_whatever_their_label(String contentType) {
        setup.proxy().script = run -> {
            run.head(200, contentType);
            run.part("data: {\"choices\":[{\"delta\":{\"content\":\"Once\"}}]}\n\ndata: {\"choi");
            run.part("ces\":[{\"delta\":{\"content\":\" upon\"}}]}\n\n");
            run.part("{\"choices\":[{\"delta\":{\"content\":\" a time\"},\"finish_reason\":\"stop\"}]}\n");
            run.part(
                    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n");
            run.end(new io.cocoon.protocol.TokensUsed(5, 0, 3, 0, 8)).pay(8);
        };
        List<String> texts = new ArrayList<>();

        try (ChatStream stream = setup.client().chat("m").user("A story").stream()) {
            for (ChatChunk chunk : stream) {
                texts.add(chunk.text());
            }
            assertThat(texts).containsExactly("Once", " upon", " a time", "");
            assertThat(stream.finishReason()).contains("stop");
            assertThat(stream.usage()).contains(new TokenUsage(5, 0, 3, 0));
            assertThat(stream.bill().total()).isEqualTo(new Nanoton(16));
            assertThat(stream.bill().dispute()).isEmpty();
        }
        assertThat(setup.proxy().cancels).isEmpty();
    }

    @Test
    void h16_the_token_limit_is_always_in_the_body() {
        setup.client().chat("m").user("x").send();

        FakeProxy.Run run = setup.proxy().runs.remove();
        assertThat(run.body()).contains("\"max_tokens\":10000");
        assertThat(((ClientToProxy.RunQueryEx) run.message).maxTokens()).isEqualTo(10_000);
    }

    @Test
    void h14_a_request_that_fits_no_frame_is_refused_before_it_is_sent() {
        CocoonClient cocoon = setup.client();
        cocoon.chat("m").user("x").send();
        int before = setup.proxy().seen.size();

        CocoonException.Configuration refusal = catchThrowableOfType(
                CocoonException.Configuration.class,
                () -> cocoon.chat("m").user("y".repeat(17 << 20)).send());

        assertThat(refusal).hasMessageContaining("nothing was sent").hasMessageContaining("Next: ");
        assertThat(setup.proxy().seen).hasSize(before);
        assertThat(cocoon.chat("m").user("x").send().text()).isNotEmpty();
    }

    @Test
    void should_put_tool_calls_of_a_stream_together() {
        setup.proxy().script = run -> run.head(200, "text/event-stream")
                .part("""
                        data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"add","arguments":"{\\"a\\""}}]}}]}

                        data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]},"finish_reason":"tool_calls"}]}

                        """)
                .end(FakeProxy.TOKENS)
                .pay(134);

        try (ChatStream stream =
                setup.client().chat("m").user("1+1").tool("add", "Adds.", "{\"type\":\"object\"}").stream()) {
            assertThat(stream.reply().toolCalls()).containsExactly(new ToolCall("c1", "add", "{\"a\":1}"));
        }
    }

    @Test
    void should_answer_asynchronously() {
        CocoonClient cocoon = setup.client();

        assertThat(cocoon.chat("m").user("x").async().send().join().text()).startsWith("Hello");
    }

    @Test
    void should_give_raw_access_with_its_body_as_it_arrives() throws Exception {
        setup.proxy().script = run -> run.head(201, "text/plain")
                .part("abc")
                .part("def")
                .end(FakeProxy.TOKENS)
                .pay(134);

        try (HttpReply reply = setup.client()
                .http(
                        "POST",
                        "/v1/completions?x=1",
                        "{\"model\":\"m\",\"prompt\":\"p\",\"timeout\":9,\"max_coefficient\":1500}")) {
            assertThat(reply.status()).isEqualTo(201);
            assertThat(reply.headers()).containsKey("Content-Type");
            assertThat(reply.body().readNBytes(4)).isEqualTo("abcd".getBytes(java.nio.charset.StandardCharsets.UTF_8));
            assertThat(reply.text()).isEqualTo("ef");
            assertThat(reply.bill().adjusted()).isEqualTo(FakeProxy.TOKENS);
        }
        FakeProxy.Run run = setup.proxy().runs.remove();
        assertThat(run.body()).doesNotContain("timeout").contains("max_tokens");
        assertThat(((ClientToProxy.RunQueryEx) run.message).maxCoefficient()).isEqualTo(1500);
        assertThat(((ClientToProxy.RunQueryEx) run.message).timeout()).isEqualTo(9 * 0.95);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4})
    void should_list_models_with_both_lists(int version) {
        ModelOffer offer =
                setup.client(b -> b.protocolVersions(version, version)).models().get(0);

        assertThat(offer.name()).isEqualTo("m");
        assertThat(offer.minPriceFactor()).isEqualTo(1.0);
        assertThat(offer.maxPriceFactor()).isEqualTo(1.5);
        assertThat(offer.freeSlots().isPresent()).isEqualTo(version > 0);
        assertThat(offer.pricePerMillionPromptTokens()).isEqualTo(new Nanoton(2_000_000));
    }

    @Test
    void should_find_a_healthy_network_healthy() {
        Diagnosis diagnosis = setup.client().doctor();

        assertThat(diagnosis.isHealthy()).as(diagnosis.toString()).isTrue();
    }

    @Test
    @Timeout(60)
    void should_say_which_proxy_is_not_reachable_and_wait_no_longer_than_it_takes_to_know() {
        setup.sockets.stopListening(setup.proxy().address);
        CocoonClient cocoon = setup.client(b -> b.deadlines(Setup.QUICK.withConnect(java.time.Duration.ofHours(1))));

        Diagnosis diagnosis = cocoon.doctor();

        assertThat(diagnosis.isHealthy()).isFalse();
        assertThat(diagnosis.toString()).contains("10.0.0.1:11002").contains("connection refused");
    }
}
