package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.FakeConnection;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Int256;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Statistics of the choice among workers, with the fixed seed of {@link TestProxy}. */
class SelectionTest {

    private static final long NO_WAIT = 0;

    private static void play(
            TestProxy proxy, FakeConnection client, List<FakeConnection> workers, int[] got, long millis) {
        proxy.ask(client);
        for (int i = 0; i < workers.size(); i++) {
            FakeConnection worker = workers.get(i);
            if (worker.sent.peek() instanceof ProxyToWorker.RunQueryEx query) {
                got[i]++;
                proxy.time.advance(Duration.ofMillis(millis * (i + 1)));
                TestProxy.answer(worker, query.requestId(), TestProxy.tokens(1, 1));
            }
            worker.sent.clear();
        }
        client.sent.clear();
    }

    @Test
    void h18_should_spread_queries_evenly_over_equal_workers() {
        try (TestProxy proxy = new TestProxy()) {
            List<FakeConnection> workers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                workers.add(proxy.worker("w" + i, "m", 1000, 5, 4));
            }
            FakeConnection client = proxy.client(4);
            int[] got = new int[4];
            for (int i = 0; i < 1000; i++) {
                play(proxy, client, workers, got, NO_WAIT);
            }
            for (int count : got) {
                assertThat(count).isBetween(150, 350);
            }
        }
    }

    @Test
    void h18_should_prefer_quick_workers_without_starving_slow_ones() {
        try (TestProxy proxy = new TestProxy()) {
            List<FakeConnection> workers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                workers.add(proxy.worker("w" + i, "m", 1000, 5, 4));
            }
            FakeConnection client = proxy.client(4);
            int[] got = new int[4];
            for (int i = 0; i < 400; i++) {
                play(proxy, client, workers, got, 2000);
            }
            assertThat(got[0]).isGreaterThan(got[3] * 3 / 2);
            assertThat(got[3]).isGreaterThan(10);
        }
    }

    @Test
    void should_prefer_cheap_workers() {
        try (TestProxy proxy = new TestProxy()) {
            List<FakeConnection> workers =
                    List.of(proxy.worker("dear", "m", 3000, 50, 4), proxy.worker("cheap", "m", 500, 50, 4));
            FakeConnection client = proxy.client(4);
            int[] got = new int[2];
            for (int i = 0; i < 200; i++) {
                play(proxy, client, workers, got, NO_WAIT);
            }
            assertThat(got[1]).isGreaterThan(got[0]);
        }
    }

    @Test
    void should_prefer_workers_that_succeed() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection good = proxy.worker("good", "m", 1000, 50, 4);
            FakeConnection bad = proxy.worker("bad", "m", 1000, 50, 4);
            FakeConnection client = proxy.client(4);
            int failures = 0;
            for (int i = 0; i < 200; i++) {
                proxy.ask(client);
                if (bad.sent.peek() instanceof ProxyToWorker.RunQueryEx query) {
                    failures++;
                    proxy.time.advance(Duration.ofMillis(100));
                    bad.tell(new WorkerToProxy.QueryAnswerErrorEx(query.requestId(), 0, "no", 0, null));
                } else if (good.sent.peek() instanceof ProxyToWorker.RunQueryEx query) {
                    proxy.time.advance(Duration.ofMillis(100));
                    TestProxy.answer(good, query.requestId(), TestProxy.tokens(1, 1));
                }
                good.sent.clear();
                bad.sent.clear();
            }
            assertThat(failures).isLessThan(40);
        }
    }

    @Test
    void should_find_the_only_free_worker_among_many() {
        try (TestProxy proxy = new TestProxy()) {
            for (int i = 0; i < 50; i++) {
                proxy.worker("full" + i, "m", 1000, 1, 4).writable = false;
            }
            FakeConnection free = proxy.worker("free", "m", 1000, 1, 4);
            FakeConnection client = proxy.client(4);
            Int256 id = proxy.ask(client);
            assertThat(id).isNotNull();
            TestProxy.take(free);
        }
    }

    @Test
    void should_never_exceed_a_workers_limit() {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection one = proxy.worker("w1", "m", 1000, 3, 4);
            FakeConnection two = proxy.worker("w2", "m", 1000, 2, 4);
            FakeConnection client = proxy.client(4);
            for (int i = 0; i < 10; i++) {
                proxy.ask(client);
            }
            assertThat(one.sent).hasSize(3);
            assertThat(two.sent).hasSize(2);
            assertThat(client.sent).hasSize(5);
        }
    }

    @Test
    void should_forget_old_times() {
        Speed speed = new Speed(java.time.Instant.EPOCH);
        speed.record(java.time.Instant.EPOCH, Duration.ofSeconds(100), false);
        double fresh = speed.meanSeconds();
        speed.record(java.time.Instant.EPOCH.plusSeconds(6000), Duration.ofSeconds(1), true);
        assertThat(fresh).isGreaterThan(50);
        assertThat(speed.meanSeconds()).isLessThan(1.1);
        assertThat(speed.successRate()).isGreaterThan(0.99);
    }
}
