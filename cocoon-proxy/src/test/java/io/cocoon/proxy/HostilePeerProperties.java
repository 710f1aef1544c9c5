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
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Good messages with a few bytes changed: nothing but that peer's connection ends (hazards H8 and N18). */
class HostilePeerProperties {

    private static Bytes damage(TlObject message, Random random) {
        byte[] bytes = message.toBytes().toByteArray();
        int changes = random.nextInt(4);
        for (int i = 0; i < changes; i++) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        int cut = random.nextInt(5) == 0 ? random.nextInt(bytes.length) : bytes.length;
        return Bytes.copyOf(bytes, 0, cut);
    }

    @Property(tries = 300)
    void h8_should_go_on_with_everybody_else(@ForAll long seed) {
        Random random = new Random(seed);
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection honestWorker = proxy.worker("honest", "honest model", 1000, 5, 4);
            FakeConnection honestClient = proxy.client("honest", 4);
            for (int i = 0; i < 20; i++) {
                FakeConnection worker = proxy.worker("worker owner", "m", 1000, 5, random.nextInt(5));
                FakeConnection client = proxy.client("client owner", random.nextInt(5));
                proxy.ask(client);
                Int256 leg = leg(worker);
                List<TlObject> ofWorker = List.of(
                        new WorkerToProxy.QueryAnswerEx(
                                leg, TestProxy.head("{}"), 1, TestProxy.info(TestProxy.tokens(1, 1))),
                        new WorkerToProxy.QueryAnswerErrorEx(leg, 1, "x", 0, null),
                        new WorkerToProxy.QueryAnswer(TestProxy.head("{}"), false, leg, TestProxy.tokens(0, 0)),
                        new WorkerToProxy.NewCoefficient(5),
                        new WorkerToProxy.EnabledDisabled(0));
                worker.tell(damage(ofWorker.get(random.nextInt(ofWorker.size())), random));
                worker.ask(damage(new WorkerToProxy.UpdatePaymentStatus(), random));
                client.tell(damage(TestProxy.query(proxy.newRequestId()), random));
                client.ask(
                        damage(new ClientToProxy.ConnectToProxy(TestProxy.clientParams("client owner", 4), 0), random));
                worker.drop();
                client.drop();
                proxy.time.advance(Duration.ofSeconds(random.nextInt(20)));
            }
            honestClient.tell(TestProxy.query(proxy.newRequestId(), "honest model", 4000, 100, 30));
            TestProxy.answer(honestWorker, TestProxy.take(honestWorker).requestId(), TestProxy.tokens(1, 1));
            assertThat(honestClient.sent).hasSize(2);
            proxy.time.advance(Duration.ofHours(2));
            proxy.assertNothingLeft();
        }
    }

    private static Int256 leg(FakeConnection worker) {
        TlObject given = worker.sent.poll();
        if (given instanceof ProxyToWorker.RunQueryEx query) {
            return query.requestId();
        }
        return given instanceof ProxyToWorker.RunQuery query ? query.requestId() : Int256.ZERO;
    }
}
