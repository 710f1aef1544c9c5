package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.cocoon.FakeConnection;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.tl.Bytes;

/** Hostile bytes on both ports: no exception leaves a handler, other peers go on, nothing is left behind. */
class PeerFuzz {

    @FuzzTest
    void should_survive_any_bytes(FuzzedDataProvider data) {
        try (TestProxy proxy = new TestProxy()) {
            FakeConnection honestWorker = proxy.worker("honest", "honest model", 1000, 5, 4);
            FakeConnection honestClient = proxy.client("honest", 4);
            FakeConnection[] hostile = {
                proxy.client(4), proxy.worker(4), proxy.dialAsClient(), proxy.dialAsWorker(), proxy.client(0)
            };
            proxy.ask(hostile[0]);
            while (data.remainingBytes() > 0) {
                FakeConnection peer = hostile[data.consumeInt(0, hostile.length - 1)];
                boolean question = data.consumeBoolean();
                Bytes bytes = Bytes.wrapUnshared(data.consumeBytes(data.consumeInt(0, 400)));
                if (question) {
                    peer.ask(bytes);
                } else {
                    peer.tell(bytes);
                }
            }
            honestClient.tell(TestProxy.query(proxy.newRequestId(), "honest model", 4000, 100, 30));
            ProxyToWorker.RunQueryEx query = TestProxy.take(honestWorker);
            TestProxy.answer(honestWorker, query.requestId(), TestProxy.tokens(1, 1));
            assertThat(honestClient.sent).hasSize(2);
            for (FakeConnection peer : hostile) {
                peer.drop();
            }
            proxy.time.advance(java.time.Duration.ofMinutes(2));
            assertThat(proxy.server.core().runningQueries()).isZero();
        }
    }
}
