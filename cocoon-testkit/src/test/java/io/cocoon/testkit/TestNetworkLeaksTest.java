package io.cocoon.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cocoon.client.ChatStream;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.proxy.ProxyStatus;
import io.cocoon.transport.PeerRecord;
import io.cocoon.worker.WorkerRuntime;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** Nothing is left when work is over: no reservation, no query, no thread, no socket, no buffer. */
@Isolated
@Timeout(300)
class TestNetworkLeaksTest {

    private static final int REQUESTS = "full".equals(System.getProperty("cocoon.scale")) ? 10_000 : 1_000;
    private static final int CALLERS = 16;
    private static final Duration SOON = Duration.ofSeconds(60);

    @Test
    void should_leave_nothing_after_random_cancels_and_disconnects() throws IOException {
        long seed = System.nanoTime();
        System.out.println("TestNetworkLeaksTest seed " + seed);
        long socketsBefore = Leaks.sockets();
        Set<Thread> threadsBefore = Leaks.threads();
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        try (TestNetwork network =
                TestNetwork.builder().withoutChain().proxies(2).workers(3).start()) {
            SplittableRandom random = new SplittableRandom(seed);
            List<CompletableFuture<Void>> running = new ArrayList<>();
            for (int caller = 0; caller < CALLERS; caller++) {
                SplittableRandom own = random.split();
                running.add(CompletableFuture.runAsync(() -> call(network, own, REQUESTS / CALLERS), callers));
            }
            running.forEach(each -> each.orTimeout(240, TimeUnit.SECONDS).join());
            await().atMost(SOON).untilAsserted(() -> {
                network.proxies().forEach(TestNetworkLeaksTest::assertIdle);
                network.workers().forEach(TestNetworkLeaksTest::assertIdle);
            });
        } finally {
            callers.shutdownNow();
        }
        await().atMost(SOON).untilAsserted(() -> {
            assertThat(Leaks.threads()).isSubsetOf(threadsBefore);
            assertThat(Leaks.sockets()).isLessThanOrEqualTo(socketsBefore);
        });
        assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
        assertThat(PooledByteBufAllocator.DEFAULT.metric().directArenas().stream()
                        .mapToLong(arena -> arena.numActiveAllocations())
                        .sum())
                .as("pooled direct buffers in use")
                .isZero();
    }

    private static void call(TestNetwork network, SplittableRandom random, int requests) {
        int left = requests;
        while (left > 0) {
            try (CocoonClient client = network.newClient()) {
                int together = Math.min(left, 1 + random.nextInt(40));
                left -= together;
                for (int i = 0; i < together; i++) {
                    request(client, network.model(), random);
                }
                for (int i = 0; i < random.nextInt(4); i++) {
                    // Closing the client ends these wherever they are.
                    CompletableFuture<?> unwanted = client.chat(network.model())
                            .user("unwanted")
                            .async()
                            .send();
                    if (random.nextBoolean()) {
                        unwanted.cancel(true);
                    }
                }
            }
        }
    }

    private static void request(CocoonClient client, String model, SplittableRandom random) {
        int pieces = random.nextInt(60);
        try (ChatStream stream = client.chat(model).user("some words").maxTokens(100).stream()) {
            Iterator<?> read = stream.iterator();
            for (int i = 0; i < pieces && read.hasNext(); i++) {
                read.next();
            }
        } catch (CocoonException e) {
            throw new AssertionError("a request failed that nobody disturbed", e);
        }
    }

    private static void assertIdle(ProxyServer proxy) {
        ProxyStatus status = proxy.status();
        assertThat(status.runningQueries()).isZero();
        assertThat(status.heldBytes()).isZero();
        assertThat(status.clients()).isEmpty();
        assertThat(status.totals().violations()).isZero();
        assertThat(status.workers())
                .hasSize(3)
                .allSatisfy(worker -> assertThat(worker.running()).isZero());
        assertThat(status.totals().succeeded() + status.totals().failed())
                .isEqualTo(status.totals().admitted());
    }

    private static void assertIdle(WorkerRuntime worker) {
        assertThat(worker.status().activeQueries()).isZero();
    }

    @Test
    void should_leave_no_thread_behind_routers() {
        Set<Thread> before = Leaks.threads();
        try (TestNetwork network = TestNetwork.builder()
                        .withoutChain()
                        .behindRouters(PeerRecord.Generation.SECOND)
                        .start();
                CocoonClient client = network.newClient()) {
            client.chat(network.model()).user("Hello").send();
        }
        await().atMost(SOON).untilAsserted(() -> assertThat(Leaks.threads()).isSubsetOf(before));
    }
}
