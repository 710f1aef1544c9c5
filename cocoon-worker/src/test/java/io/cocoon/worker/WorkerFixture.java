package io.cocoon.worker;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;

/** A worker with one proxy in memory. */
final class WorkerFixture implements AutoCloseable {

    static final WorkerLimits QUICK = new WorkerLimits(
            Duration.ofSeconds(5),
            Duration.ofMinutes(5),
            Duration.ofMinutes(5),
            Duration.ofSeconds(5),
            Duration.ofMillis(20),
            Duration.ofMillis(30),
            Duration.ofMillis(5),
            Duration.ofMillis(20),
            Duration.ofSeconds(300),
            Duration.ofHours(1),
            1 << 20,
            Duration.ofMillis(200));

    final FakeProxy proxy = new FakeProxy();
    final TestNetworkParts.MemoryChain chain;
    final WorkerRuntime worker;

    WorkerFixture(InferenceEngine engine) {
        this(engine, builder -> builder);
    }

    WorkerFixture(InferenceEngine engine, UnaryOperator<WorkerRuntimeBuilder> settings) {
        chain = new TestNetworkParts.MemoryChain(
                TestNetworkParts.root(1, true, List.of(TestNetworkParts.PROXY), Set.of()));
        worker = settings.apply(WorkerRuntime.builder()
                        .chain(chain)
                        .owner(TestNetworkParts.OWNER)
                        .model(TestNetworkParts.MODEL)
                        .engine(engine)
                        .dialer(proxy)
                        .rules(new TestNetworkParts.FakeRules())
                        .content(new TestNetworkParts.PlainContent())
                        .limits(QUICK)
                        .random(new Random(1))
                        .proxiesFromRoot(1))
                .build();
    }

    /** Starts the worker and waits until it is ready. */
    FakeProxy.Link ready() throws InterruptedException {
        worker.start();
        FakeProxy.Link link = proxy.next();
        awaitReady();
        return link;
    }

    void awaitReady() {
        org.awaitility.Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(2))
                .until(() -> worker.status().isServing());
    }

    @Override
    public void close() {
        worker.close();
        proxy.close();
    }
}
