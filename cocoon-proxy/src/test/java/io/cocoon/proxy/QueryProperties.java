package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.FakeConnection;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Whatever peers do and in whatever order, tokens and counters come back (hazard H17). */
class QueryProperties {

    private record Given(FakeConnection worker, Int256 leg, boolean[] head) {}

    private final TestProxy proxy = new TestProxy();
    private final List<FakeConnection> clients = new ArrayList<>();
    private final List<FakeConnection> workers = new ArrayList<>();
    private final List<Given> given = new ArrayList<>();
    private final List<Int256> asked = new ArrayList<>();

    @Property(tries = 150)
    void h17_should_leak_nothing(@ForAll long seed, @ForAll @IntRange(min = 1, max = 200) int steps) {
        new QueryProperties().play(new Random(seed), steps);
    }

    private void play(Random random, int steps) {
        for (int i = 0; i < steps; i++) {
            step(random);
            take();
        }
        workers.forEach(FakeConnection::drop);
        clients.forEach(FakeConnection::drop);
        proxy.time.advance(Duration.ofMinutes(2));
        proxy.assertNothingLeft();
        long charged = 0;
        long earned = 0;
        for (int i = 0; i < 3; i++) {
            charged += total(Ledger.Side.CLIENT, proxy.clientContract("client " + i));
            earned += total(Ledger.Side.WORKER, proxy.workerContract("worker " + i));
            assertThat(proxy.ledger.reserved(proxy.clientContract("client " + i)))
                    .isZero();
        }
        assertThat(charged)
                .isEqualTo(earned)
                .isEqualTo(proxy.server.status().totals().billedTokens());
        proxy.close();
    }

    private long total(Ledger.Side side, io.cocoon.ton.cell.Address contract) {
        return proxy.ledger.totals(side, contract).max();
    }

    private void step(Random random) {
        switch (random.nextInt(12)) {
            case 0 -> clients.add(proxy.client("client " + random.nextInt(3), random.nextInt(5)));
            case 1 -> workers.add(proxy.worker("worker " + random.nextInt(3), "m", 1000, 2, 1 + random.nextInt(4)));
            case 2, 3, 4 -> pick(clients, random, client -> asked.add(proxy.ask(client)));
            case 5 -> answer(random, true);
            case 6 -> answer(random, false);
            case 7 ->
                pick(
                        given,
                        random,
                        each -> each.worker.tell(new WorkerToProxy.QueryAnswerErrorEx(
                                each.leg, random.nextBoolean() ? 651 : 621, "no", 0, null)));
            case 8 ->
                pick(
                        clients,
                        random,
                        client -> pick(asked, random, id -> client.tell(new ClientToProxy.CancelQuery(id))));
            case 9 -> {
                if (random.nextInt(3) == 0) {
                    pick(clients, random, FakeConnection::drop);
                }
            }
            case 10 -> {
                if (random.nextInt(3) == 0) {
                    pick(workers, random, FakeConnection::drop);
                }
            }
            default -> proxy.time.advance(Duration.ofSeconds(random.nextInt(20)));
        }
        if (random.nextBoolean()) {
            proxy.time.run();
        }
    }

    private void answer(Random random, boolean last) {
        pick(given, random, each -> {
            // Sometimes out of order, sometimes impossible usage: both end the worker's connection.
            boolean head = each.head[0] == (random.nextInt(20) == 0);
            each.head[0] = true;
            var info = last ? TestProxy.info(TestProxy.tokens(random.nextInt(30) - 1, 5)) : null;
            each.worker.tell(
                    head
                            ? new WorkerToProxy.QueryAnswerEx(each.leg, TestProxy.head(""), last ? 1 : 0, info)
                            : new WorkerToProxy.QueryAnswerPartEx(each.leg, Bytes.utf8("x"), last ? 1 : 0, info));
        });
    }

    private static <T> void pick(List<T> list, Random random, java.util.function.Consumer<T> action) {
        if (!list.isEmpty()) {
            action.accept(list.get(random.nextInt(list.size())));
        }
    }

    /** Workers take what they were given. */
    private void take() {
        for (FakeConnection worker : workers) {
            for (TlObject sent = worker.sent.poll(); sent != null; sent = worker.sent.poll()) {
                if (sent instanceof ProxyToWorker.RunQueryEx query) {
                    given.add(new Given(worker, query.requestId(), new boolean[1]));
                }
            }
        }
        clients.forEach(client -> client.sent.clear());
    }
}
