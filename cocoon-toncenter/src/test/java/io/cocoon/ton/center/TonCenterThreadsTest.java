package io.cocoon.ton.center;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Looks at the threads of the process, so it runs alone. */
@Isolated
class TonCenterThreadsTest {

    @Test
    void should_leave_no_thread_when_closed() throws Exception {
        try (FakeCenter server = new FakeCenter()) {
            TonCenterChain chain = server.open();
            chain.head().toCompletableFuture().get(60, TimeUnit.SECONDS);
            assertThat(threads()).isPositive();

            chain.close();

            await().atMost(Duration.ofSeconds(30)).until(() -> threads() == 0);
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("cocoon-toncenter"))
                .count();
    }
}
