package io.cocoon.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.client.CocoonClient;
import io.cocoon.testkit.TestNetwork;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** Nothing is left of a port that was closed: no thread, and no request of callers that went away. */
@Isolated
@Timeout(180)
class LeaksTest {

    private static final int REQUESTS = 200;
    private static final int CALLERS = 8;

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .filter(thread -> thread.getName().startsWith("cocoon"))
                .collect(Collectors.toSet());
    }

    @Test
    void should_leave_nothing_after_callers_that_go_away_anywhere() throws IOException {
        long seed = System.nanoTime();
        System.out.println("LeaksTest seed " + seed);
        Set<Thread> before = threads();
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
        try (TestNetwork network = TestNetwork.builder().withoutChain().start();
                CocoonClient client = network.newClient()) {
            try (LocalPort port =
                    LocalPort.builder(client).listen("127.0.0.1", 0).start()) {
                SplittableRandom random = new SplittableRandom(seed);
                List<CompletableFuture<Void>> running = java.util.stream.IntStream.range(0, CALLERS)
                        .mapToObj(i -> random.split())
                        .map(own -> CompletableFuture.runAsync(() -> call(port, network.model(), own), callers))
                        .toList();
                running.forEach(each -> each.orTimeout(150, TimeUnit.SECONDS).join());
            }
            Awaitility.await().atMost(60, TimeUnit.SECONDS).untilAsserted(() -> {
                assertThat(network.proxies().get(0).status().runningQueries()).isZero();
                assertThat(network.proxies().get(0).status().heldBytes()).isZero();
            });
        } finally {
            callers.shutdownNow();
        }
        Awaitility.await()
                .atMost(60, TimeUnit.SECONDS)
                .untilAsserted(() -> assertThat(threads()).isSubsetOf(before));
    }

    private static void call(LocalPort port, String model, SplittableRandom random) {
        for (int i = 0; i < REQUESTS / CALLERS; i++) {
            String request = Raw.post(
                    "/v1/chat/completions",
                    "",
                    "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"some words\"}],"
                            + "\"max_tokens\":60,\"stream\":" + random.nextBoolean() + "}");
            int cut = random.nextInt(4) == 0 ? random.nextInt(request.length()) : request.length();
            try (Raw raw = new Raw(port.address())) {
                raw.send(request.substring(0, cut));
                if (cut == request.length() && random.nextBoolean()) {
                    raw.until(random.nextBoolean() ? "HTTP/1.1 200" : "}");
                }
            } catch (IOException e) {
                throw new AssertionError("a caller that nobody disturbed failed", e);
            }
        }
    }
}
