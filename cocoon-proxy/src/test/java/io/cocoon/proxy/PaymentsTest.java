package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.FakeChain;
import io.cocoon.ManualTime;
import io.cocoon.keymanager.NetworkKeys;
import io.cocoon.ton.cell.Address;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaymentsTest {

    private static final int THREADS = 4;
    private static final int QUERIES = 2_000;
    private static final Address CLIENT = new Address(0, TestHashes.of("client"));
    private static final Address WORKER = new Address(0, TestHashes.of("worker"));

    @Test
    void should_never_state_a_total_that_goes_back_when_queries_end_on_several_threads() throws Exception {
        ManualTime time = new ManualTime();
        InMemoryLedger ledger = new InMemoryLedger();
        Payments payments = new Payments(new ProxySettings(
                new FakeChain(true, true),
                TestProxy.KEY,
                TestProxy.OWNER,
                false,
                false,
                ProxyLimits.DEFAULT,
                time.clock(),
                new SecureRandom(),
                new SplittableRandom(1),
                ledger,
                NetworkKeys.NONE,
                time));
        Object peer = new Object();
        List<Long> stated = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                running.add(threads.submit(() -> {
                    for (int query = 0; query < QUERIES; query++) {
                        ledger.reserve(CLIENT, 1, Long.MAX_VALUE).orElseThrow().settle(WORKER, 1);
                        ledger.flush();
                        payments.state(peer, Ledger.Side.CLIENT, CLIENT, (payment, totals) -> stated.add(totals.max()));
                    }
                }));
            }
            for (Future<?> each : running) {
                each.get(30, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(stated).hasSize(THREADS * QUERIES).isSorted();
        assertThat(stated.get(stated.size() - 1)).isEqualTo((long) THREADS * QUERIES);
    }
}
