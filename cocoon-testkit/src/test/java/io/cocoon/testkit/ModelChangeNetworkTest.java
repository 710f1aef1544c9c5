package io.cocoon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cocoon.client.Bill;
import io.cocoon.client.ChatReply;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.worker.ChatEngine;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.WorkerRuntime;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A worker changes its model under load: all roles, real sockets. */
@Timeout(180)
class ModelChangeNetworkTest {

    private static final String NEW = "demo/newer";
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int WORDS = 20;
    private static final int CALLERS = 6;

    /** Says its name so many times, with pauses, so that answers are always under way. */
    private static InferenceEngine saying(String name) {
        return ChatEngine.of((request, out) -> {
            for (int i = 0; i < WORDS; i++) {
                out.emit(name + " ");
                TimeUnit.MILLISECONDS.sleep(2);
            }
            out.usage(10, 0, WORDS, 0);
        });
    }

    private static void order(TestNetwork network, String model) throws Exception {
        ProxyServer proxy = network.proxies().get(0);
        proxy.changeModel(proxy.status().workers().get(0).connection(), TestNetwork.fullName(model))
                .get(60, TimeUnit.SECONDS);
    }

    @Test
    void should_lose_no_answer_when_a_proxy_changes_the_model_under_load() throws Exception {
        List<Bill> bills = new CopyOnWriteArrayList<>();
        AtomicBoolean ordered = new AtomicBoolean();
        AtomicInteger answered = new AtomicInteger();
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .engine(() -> saying("old"))
                        .onModelChange(model -> saying("new"))
                        .start();
                CocoonClient client = network.newClient()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < CALLERS; i++) {
                running.add(callers.submit(() -> askUntilGone(client, network.model(), ordered, answered, bills)));
            }
            await().atMost(SOON).until(() -> answered.get() >= 3 * CALLERS);

            ordered.set(true);
            order(network, NEW);
            for (Future<?> each : running) {
                each.get(60, TimeUnit.SECONDS);
            }

            await().atMost(SOON)
                    .ignoreExceptionsInstanceOf(CocoonException.class)
                    .untilAsserted(() -> {
                        ChatReply reply = client.chat(NEW).user("Who?").send();
                        bills.add(reply.bill());
                        assertThat(reply.text().trim())
                                .isEqualTo("new ".repeat(WORDS).trim());
                    });
            WorkerRuntime worker = network.workers().get(0);
            assertThat(worker.status().model().base()).isEqualTo(NEW);
            assertThat(worker.status().failed() + worker.status().cancelled()).isZero();
            assertThat(worker.status().completed()).isEqualTo(bills.size());
            long billed = bills.stream()
                    .mapToLong(bill -> bill.adjusted().totalTokensUsed())
                    .sum();
            await().atMost(SOON)
                    .until(() -> worker.status().proxies().get(0).earnings().stream()
                            .anyMatch(earnings -> earnings.finished() == billed));
            assertThat(worker.status().proxies().get(0).disputedBills()).isZero();
            await().atMost(SOON)
                    .until(() -> network.proxies().get(0).status().workers().size() == 1);
        } finally {
            callers.shutdownNow();
        }
    }

    /** Every answer is whole; the model may be gone only after the order. */
    private static void askUntilGone(
            CocoonClient client, String model, AtomicBoolean ordered, AtomicInteger answered, List<Bill> bills) {
        while (true) {
            ChatReply reply;
            try {
                reply = client.chat(model).user("Who?").send();
            } catch (CocoonException e) {
                assertThat(ordered).as("gone before the order: " + e).isTrue();
                // Disabled at first, and then not there any more.
                assertThat(e).hasMessageMatching("(?s).*no (ready )?workers for model.*");
                return;
            }
            bills.add(reply.bill());
            answered.incrementAndGet();
            assertThat(reply.text().trim()).isEqualTo("old ".repeat(WORDS).trim());
        }
    }

    @Test
    void should_serve_on_when_the_new_model_does_not_load() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .onModelChange(model -> {
                            asked.countDown();
                            throw new IOException("the disk is full");
                        })
                        .start();
                CocoonClient client = network.newClient()) {
            assertThatThrownBy(() -> order(network, NEW))
                    .hasMessageContaining("cannot change model")
                    .message()
                    .doesNotContain("disk");
            assertThat(asked.getCount()).isZero();

            assertThat(client.chat(network.model()).user("Still there?").send().text())
                    .isNotEmpty();
            assertThatThrownBy(() -> client.chat(NEW).user("Are you?").send()).isInstanceOf(CocoonException.class);
        }
    }
}
