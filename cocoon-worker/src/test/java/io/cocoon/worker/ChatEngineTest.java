package io.cocoon.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.inference.RequestRules;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Int256;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ChatEngineTest {

    private static WorkerFixture fixture(InferenceEngine engine) {
        return new WorkerFixture(
                engine, builder -> builder.content(new NetworkContent("test/model", RequestRules.OPEN_AI)));
    }

    @Test
    void should_answer_one_document_with_usage() throws Exception {
        BlockingQueue<ChatRequest> seen = new LinkedBlockingQueue<>();
        InferenceEngine engine = ChatEngine.of((request, out) -> {
            seen.add(request);
            out.emit("one ");
            out.emit("two");
            out.usage(7, 0, 2, 0);
        });
        try (WorkerFixture fixture = fixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            link.run(1, TestNetworkParts.chat("hi", false), 300);
            FakeProxy.Answer answer = link.answer();

            assertThat(seen.remove().lastUserText()).isEqualTo("hi");
            assertThat(answer.body().toUtf8())
                    .contains("\"object\":\"chat.completion\"")
                    .contains("\"content\":\"one two\"")
                    .contains("\"finish_reason\":\"stop\"");
            assertThat(answer.used().promptTokensUsed()).isEqualTo(7);
            assertThat(answer.used().completionTokensUsed()).isEqualTo(2);
        }
    }

    @Test
    void should_stream_events_with_usage_at_the_end() throws Exception {
        try (WorkerFixture fixture = fixture(DemoEngine.create(Duration.ZERO))) {
            FakeProxy.Link link = fixture.ready();
            link.run(1, TestNetworkParts.chat("why?", true), 300);
            FakeProxy.Answer answer = link.answer();

            assertThat(answer.body().toUtf8())
                    .startsWith("data: {")
                    .contains("demonstration ")
                    .contains("data: [DONE]\n\n");
            assertThat(answer.used().completionTokensUsed()).isGreaterThan(10);
            assertThat(answer.messages()).hasSizeGreaterThan(10);
        }
    }

    @Test
    void n11_should_refuse_stream_options_that_end_the_reference_worker() throws Exception {
        try (WorkerFixture fixture = fixture(DemoEngine.create(Duration.ZERO))) {
            FakeProxy.Link link = fixture.ready();
            int id = 0;
            for (String options : new String[] {"\"x\"", "[]", "7"}) {
                var chat = TestNetworkParts.chat("hi", true);
                String body = chat.payload()
                        .toUtf8()
                        .replace("\"stream\":true", "\"stream\":true,\"stream_options\":" + options);
                link.run(
                        ++id,
                        new io.cocoon.protocol.HttpRequest(
                                chat.method(),
                                chat.url(),
                                chat.httpVersion(),
                                chat.headers(),
                                io.cocoon.tl.Bytes.utf8(body)),
                        10);
                assertThat(link.answer().errorCode()).as(options).isEqualTo(621);
            }
        }
    }

    @Test
    void should_refuse_another_model() throws Exception {
        try (WorkerFixture fixture = new WorkerFixture(
                DemoEngine.create(Duration.ZERO),
                builder -> builder.content(new NetworkContent("other/model", RequestRules.OPEN_AI)))) {
            FakeProxy.Link link = fixture.ready();
            link.run(1, TestNetworkParts.chat("hi", false), 300);
            FakeProxy.Answer answer = link.answer();

            assertThat(answer.errorCode()).isEqualTo(621);
            assertThat(answer.error()).isEqualTo("worker: invalid http request: model name mismatch");
        }
    }

    @Test
    void h17_should_lose_nothing_in_thousands_of_random_cancellations() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        InferenceEngine engine = DemoEngine.create(Duration.ZERO);
        try (WorkerFixture fixture = fixture(engine)) {
            FakeProxy.Link link = fixture.ready();
            int ended = 0;
            for (int i = 1; i <= 3000; i++) {
                Int256 id = link.run(i, TestNetworkParts.chat("hi", true), 300);
                if (random.nextInt(4) == 0) {
                    Thread.yield();
                }
                link.sendMessage(new ProxyToWorker.CancelQuery(id));
                if (i % 50 == 0) {
                    while (ended < i) {
                        ended += isEnd(link.nextMessage()) ? 1 : 0;
                    }
                }
            }
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> fixture.worker.status().activeQueries() == 0);
            assertThat(link.messages.poll(20, TimeUnit.MILLISECONDS)).isNull();
            WorkerStatus status = fixture.worker.status();
            assertThat(status.completed() + status.cancelled() + status.failed())
                    .isEqualTo(3000);
        }
    }

    private static boolean isEnd(WorkerToProxy.Message message) {
        if (message instanceof WorkerToProxy.QueryAnswerEx head) {
            return head.finalInfo() != null;
        } else if (message instanceof WorkerToProxy.QueryAnswerPartEx part) {
            return part.finalInfo() != null;
        }
        return message instanceof WorkerToProxy.QueryAnswerErrorEx;
    }
}
