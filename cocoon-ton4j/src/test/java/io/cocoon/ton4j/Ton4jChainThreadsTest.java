package io.cocoon.ton4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.ton.ton4j.toncenter.TonCenter;

/** Looks at the threads of the process, so it runs alone. */
@Isolated
class Ton4jChainThreadsTest {

    @Test
    void should_leave_no_thread_of_ours_when_closed() throws Exception {
        // Nobody listens at port 1.
        TonCenter client =
                TonCenter.builder().endpoint("http://127.0.0.1:1/api/v2").build();
        Ton4jChain chain = Ton4jChain.of(client, true, Duration.ofMinutes(1), Clock.systemUTC());
        chain.head().handle((head, failure) -> failure).toCompletableFuture().get(60, TimeUnit.SECONDS);
        assertThat(threads()).isEqualTo(1);

        chain.close();

        await().atMost(Duration.ofSeconds(30)).until(() -> threads() == 0);
        client.close();
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("cocoon-ton4j"))
                .count();
    }
}
