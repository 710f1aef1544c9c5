package io.cocoon.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.protocol.HttpHeader;
import io.cocoon.protocol.HttpRequest;
import io.cocoon.tl.Bytes;
import io.cocoon.worker.http.HttpEngine;
import io.cocoon.worker.http.StreamDialect;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The whole worker in front of an OpenAI-compatible server that we did not write. */
@Timeout(320)
class ForeignServerTest {

    private static @org.jspecify.annotations.Nullable NpmModelServer server;

    @BeforeAll
    static void startServer() throws Exception {
        server = NpmModelServer.start();
    }

    @AfterAll
    static void stopServer() {
        if (server != null) {
            server.close();
        }
    }

    private static HttpRequest hello(boolean stream) {
        return new HttpRequest(
                "POST",
                "/v1/chat/completions",
                "HTTP/1.1",
                List.of(new HttpHeader("Content-Type", "application/json")),
                Bytes.utf8(
                        "{\"model\":\"test/model\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"max_tokens\":50"
                                + (stream ? ",\"stream\":true" : "") + "}"));
    }

    private static FakeProxy.Answer ask(StreamDialect dialect, boolean stream) throws Exception {
        HttpEngine engine = HttpEngine.builder()
                .baseUrl(java.util.Objects.requireNonNull(server).uri())
                .streamDialect(dialect)
                .build();
        try (WorkerFixture fixture = new WorkerFixture(
                engine,
                builder ->
                        builder.content(new NetworkContent("test/model", io.cocoon.inference.RequestRules.OPEN_AI)))) {
            FakeProxy.Link link = fixture.ready();
            link.run(1, hello(stream), 20);
            return link.answer();
        }
    }

    @Test
    void should_answer_with_one_document_and_its_bill() throws Exception {
        FakeProxy.Answer answer = ask(StreamDialect.AS_IS, false);

        assertThat(answer.error()).isEmpty();
        assertThat(answer.head().statusCode()).isEqualTo(200);
        assertThat(answer.body().toUtf8()).contains("How can I help you today?").contains("\"total_cost\":");
        assertThat(answer.used().totalTokensUsed()).isPositive();
    }

    @Test
    void h5_n12_should_stream_events_and_bill_them() throws Exception {
        FakeProxy.Answer answer = ask(StreamDialect.AS_IS, true);

        assertThat(answer.error()).isEmpty();
        assertThat(answer.body().toUtf8())
                .startsWith("data: {")
                .contains("data: [DONE]")
                .contains("\"total_cost\":");
        assertThat(answer.used().completionTokensUsed()).isPositive();
        assertThat(answer.messages()).hasSizeGreaterThan(2);
    }

    @Test
    void n12_should_stream_lines_when_told_to() throws Exception {
        FakeProxy.Answer answer = ask(StreamDialect.JSON_LINES, true);

        assertThat(answer.body().toUtf8().lines()).isNotEmpty().allMatch(line -> line.startsWith("{"));
        assertThat(answer.used().completionTokensUsed()).isPositive();
    }
}
