package io.cocoon.ton.lite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** Looks at the threads of the process, so it runs alone. */
@Isolated
class LiteClientThreadsTest {

    @Test
    void should_leave_no_thread_when_closed() throws Exception {
        Instant begin = Instant.parse("2026-07-01T00:00:00Z");
        TestChain chain = new TestChain(6, 3, true, true, begin);
        try (TestLiteServer server = new TestLiteServer(1, new TestAnswers(chain))) {
            GlobalConfig config = chain.config(0, List.of()).withLiteServers(List.of(server.address()));
            LiteClient client =
                    new LiteClient(LiteClientSettings.of(config, true).withClock(Clock.fixed(begin, ZoneOffset.UTC)));
            assertThat(client.head()
                            .toCompletableFuture()
                            .get(60, TimeUnit.SECONDS)
                            .seqno())
                    .isEqualTo(3);
            // Those of a test before may still be at their end.
            await().atMost(Duration.ofSeconds(30)).until(() -> threads() == 2);

            client.close();
            client.close();

            await().atMost(Duration.ofSeconds(30)).until(() -> threads() == 0);
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("cocoon-lite"))
                .count();
    }
}
