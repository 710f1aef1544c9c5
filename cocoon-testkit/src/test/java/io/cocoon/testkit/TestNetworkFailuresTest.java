package io.cocoon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cocoon.client.ChatReply;
import io.cocoon.client.ChatStream;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.protocol.ErrorCodes;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.proxy.ProxyStatus;
import io.cocoon.worker.DemoEngine;
import io.cocoon.worker.InferenceEngine;
import io.cocoon.worker.WorkerRuntime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of requests when a part of the network fails, closes or is full. */
@Timeout(180)
class TestNetworkFailuresTest {

    private static final Duration SOON = Duration.ofSeconds(60);

    @Test
    void should_go_on_at_the_other_proxy_when_one_closes() {
        // A request may be on its way to the proxy in the moment that it closes; it may have been charged there, so
        // only this
        // option sends it again.
        try (TestNetwork network =
                        TestNetwork.builder().withoutChain().proxies(2).start();
                CocoonClient client = network.clientBuilder()
                        .retryLostRequestsAtTheRiskOfPayingTwice()
                        .build()) {
            client.chat(network.model()).user("One").send();
            await().atMost(SOON)
                    .until(() -> network.proxies().stream()
                            .allMatch(proxy -> proxy.status().clients().size() == 1));
            network.proxies().get(0).close();
            for (int i = 0; i < 10; i++) {
                assertThat(client.chat(network.model()).user("Two").send().text())
                        .contains("Two");
            }
            assertThat(network.proxies().get(1).status().totals().succeeded()).isGreaterThanOrEqualTo(10);
        }
    }

    @Test
    void should_try_another_worker_when_one_refuses() {
        AtomicInteger made = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .workers(2)
                        .engine(() -> made.getAndIncrement() == 0
                                ? Engines.refusing(refused, ErrorCodes.NOT_READY)
                                : DemoEngine.create(Duration.ZERO))
                        .start();
                CocoonClient client = network.newClient()) {
            for (int i = 0; i < 20; i++) {
                assertThat(client.chat(network.model()).user("Again").send().text())
                        .contains("Again");
            }
            assertThat(refused.get()).isPositive();
        }
    }

    @Test
    void should_try_another_worker_when_one_dies_before_the_first_piece() throws InterruptedException {
        AtomicInteger made = new AtomicInteger();
        CountDownLatch asked = new CountDownLatch(1);
        CountDownLatch cancelled = new CountDownLatch(1);
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .workers(2)
                        .engine(() -> made.getAndIncrement() == 0
                                ? Engines.silent(asked, cancelled)
                                : DemoEngine.create(Duration.ZERO))
                        .start();
                CocoonClient client = network.newClient()) {
            List<CompletableFuture<ChatReply>> replies = new ArrayList<>();
            for (int i = 0; i < 200 && asked.getCount() > 0; i++) {
                replies.add(client.chat(network.model()).user("Again").async().send());
                asked.await(20, TimeUnit.MILLISECONDS);
            }
            assertThat(asked.getCount()).isZero();
            network.workers().get(0).close();
            for (CompletableFuture<ChatReply> reply : replies) {
                assertThat(reply.orTimeout(60, TimeUnit.SECONDS).join().text()).contains("Again");
            }
        }
    }

    @Test
    void should_say_soon_that_a_worker_died_in_the_middle_of_an_answer() {
        CountDownLatch never = new CountDownLatch(1);
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .engine(() -> Engines.endless(never))
                        .start();
                CocoonClient client = network.newClient();
                ChatStream stream = client.chat(network.model()).user("Go").stream()) {
            stream.iterator().next();
            CompletableFuture<Long> closing = CompletableFuture.supplyAsync(() -> {
                network.workers().get(0).close();
                return System.nanoTime();
            });
            long begun = System.nanoTime();
            assertThatThrownBy(() -> stream.forEach(piece -> {})).isInstanceOf(CocoonException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(SOON);
            closing.join();
            await().atMost(SOON).untilAsserted(() -> {
                ProxyStatus status = network.proxies().get(0).status();
                assertThat(status.runningQueries()).isZero();
                assertThat(status.clients().get(0).reserved()).isZero();
            });
        }
    }

    @Test
    void should_say_that_the_proxy_closed_in_the_middle_of_an_answer() {
        CountDownLatch stopped = new CountDownLatch(1);
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .engine(() -> Engines.endless(stopped))
                        .start();
                CocoonClient client = network.newClient();
                ChatStream stream = client.chat(network.model()).user("Go").stream()) {
            stream.iterator().next();
            network.proxies().get(0).close();
            assertThatThrownBy(() -> stream.forEach(piece -> {})).isInstanceOf(CocoonException.class);
            assertThat(stopped.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void should_give_every_worker_some_work() {
        int workers = 4;
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .workers(workers)
                        .engine(() -> DemoEngine.create(Duration.ofMillis(1)))
                        .start();
                CocoonClient client = network.newClient()) {
            List<CompletableFuture<ChatReply>> replies = new ArrayList<>();
            for (int i = 0; i < 80; i++) {
                replies.add(
                        client.chat(network.model()).user("Load " + i).async().send());
            }
            replies.forEach(reply -> reply.orTimeout(40, TimeUnit.SECONDS).join());
            assertThat(network.workers())
                    .allSatisfy(
                            worker -> assertThat(worker.status().completed()).isPositive());
            assertThat(network.workers().stream()
                            .mapToLong(worker -> worker.status().completed())
                            .sum())
                    .isEqualTo(80);
        }
    }

    @Test
    void should_finish_what_runs_when_the_proxy_is_drained() {
        CountDownLatch latch = new CountDownLatch(1);
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .engine(() -> Engines.waiting(latch))
                        .start();
                CocoonClient client = network.newClient();
                ChatStream stream = client.chat(network.model()).user("Go").stream()) {
            stream.iterator().next();
            ProxyServer proxy = network.proxies().get(0);
            CompletableFuture<Boolean> drained = proxy.drain(Duration.ofSeconds(30));
            assertThat(drained).isNotDone();
            assertThatThrownBy(() -> client.chat(network.model()).user("Late").send())
                    .isInstanceOf(CocoonException.class);
            latch.countDown();
            StringBuilder text = new StringBuilder();
            stream.forEach(piece -> text.append(piece.text()));
            assertThat(stream.text()).isEqualTo("first second");
            assertThat(drained.orTimeout(60, TimeUnit.SECONDS).join()).isTrue();
            assertThat(proxy.status().totals().failed()).isZero();
        }
    }

    @Test
    void should_finish_what_runs_when_a_worker_is_drained() {
        CountDownLatch latch = new CountDownLatch(1);
        AtomicInteger made = new AtomicInteger();
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .workers(2)
                        .engine(() -> firstWaits(made, latch))
                        .start();
                CocoonClient client = network.newClient()) {
            WorkerRuntime first = network.workers().get(0);
            List<CompletableFuture<ChatReply>> replies = new ArrayList<>();
            await().atMost(SOON).until(() -> {
                replies.add(client.chat(network.model()).user("Go").async().send());
                return first.status().activeQueries() > 0;
            });
            CompletableFuture<Boolean> drained = first.drain(Duration.ofSeconds(120));
            // A query that is on its way is still answered, so the proxy has to know before others are sent.
            await().atMost(SOON)
                    .until(() -> network.proxies().get(0).status().workers().stream()
                            .anyMatch(ProxyStatus.Worker::disabled));
            for (int i = 0; i < 20; i++) {
                assertThat(client.chat(network.model()).user("Others").send().text())
                        .isNotEmpty();
            }
            assertThat(drained).isNotDone();
            latch.countDown();
            for (CompletableFuture<ChatReply> reply : replies) {
                assertThat(reply.orTimeout(60, TimeUnit.SECONDS).join().text()).isNotEmpty();
            }
            assertThat(drained.orTimeout(60, TimeUnit.SECONDS).join()).isTrue();
            assertThat(first.status().failed()).isZero();
        }
    }

    private static InferenceEngine firstWaits(AtomicInteger made, CountDownLatch latch) {
        return made.getAndIncrement() == 0 ? Engines.waiting(latch) : DemoEngine.create(Duration.ZERO);
    }
}
