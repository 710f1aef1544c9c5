package io.cocoon.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.inference.RequestRules;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tee.AcceptUnattestedPeers;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.RaTls;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlObject;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.FrameTooLargeException;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Responder;
import io.cocoon.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The worker over real sockets: proof of work, attested TLS that asks for nothing, and frames. */
@Timeout(300)
class WorkerOverSocketsTest {

    @Test
    void should_answer_many_queries_at_once_over_a_real_connection() throws Exception {
        Proxy proxy = new Proxy();
        RaTls tls = RaTls.builder()
                .identity(CertificateIdentity.unattested(Clock.systemUTC(), new SecureRandom()))
                .policy(AcceptUnattestedPeers.because("a test of the worker, not of evidence"))
                .build();
        try (FakeProxy usual = new FakeProxy();
                Transport transport = Transport.builder().eventLoopThreads(1).build();
                var listener = transport.listen(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        ListenMode.direct(tls, 1),
                        peer -> proxy.with(usual));
                WorkerFixture fixture = new WorkerFixture(
                        DemoEngine.create(Duration.ZERO),
                        builder -> builder.content(new NetworkContent("test/model", RequestRules.OPEN_AI))
                                .proxies(List.of(new HostPort(
                                        "127.0.0.1", listener.address().getPort())))
                                .direct(transport, tls))) {
            fixture.worker.start();
            fixture.awaitReady();
            int queries = 300;
            long begin = System.nanoTime();
            // More than the limit at once would be refused; the worker admits 200.
            for (int i = 0; i < queries; i++) {
                if (i >= 100) {
                    assertThat(proxy.ends.poll(30, TimeUnit.SECONDS)).isNotNull();
                }
                proxy.send(new ProxyToWorker.RunQueryEx(
                        TestNetworkParts.chat("hi", i % 2 == 0).toBytes(),
                        new SignedPayment.Empty(),
                        1000,
                        300,
                        TestNetworkParts.number(i + 1),
                        3,
                        false,
                        Int256.ZERO));
            }
            for (int i = 0; i < 100; i++) {
                assertThat(proxy.ends.poll(30, TimeUnit.SECONDS)).isNotNull();
            }
            System.out.printf(
                    "%d queries over one socket in %d ms%n", queries, (System.nanoTime() - begin) / 1_000_000);

            assertThat(proxy.errors).isEmpty();
            org.awaitility.Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .until(() -> fixture.worker.status().completed() == queries);
        }
    }

    /** Plays the proxy's side on a real connection. */
    private static final class Proxy implements ConnectionHandler {

        final BlockingQueue<WorkerToProxy.Message> ends = new LinkedBlockingQueue<>();
        final BlockingQueue<WorkerToProxy.Message> errors = new LinkedBlockingQueue<>();
        private final CompletableFuture<Connection> opened = new CompletableFuture<>();
        private final CompletableFuture<FakeProxy> answers = new CompletableFuture<>();

        Proxy with(FakeProxy usual) {
            answers.complete(usual);
            return this;
        }

        void send(TlObject message) throws FrameTooLargeException {
            opened.join().send(message);
        }

        @Override
        public void connected(Connection connection) {
            opened.complete(connection);
        }

        @Override
        public void message(Connection connection, Bytes bytes) {
            try {
                WorkerToProxy.Message message = TlReader.readWhole(bytes, WorkerToProxy::readMessage);
                if (message instanceof WorkerToProxy.QueryAnswerErrorEx) {
                    errors.add(message);
                    ends.add(message);
                } else if (message instanceof WorkerToProxy.QueryAnswerPartEx part && part.finalInfo() != null) {
                    ends.add(message);
                }
            } catch (TlException e) {
                throw new IllegalArgumentException(e);
            }
        }

        @Override
        public void query(Connection connection, Bytes query, Responder responder) {
            try {
                responder.answer((TlObject) answers.join().usual(TlReader.readWhole(query, WorkerToProxy::readQuery)));
            } catch (TlException e) {
                responder.fail(0, "does not parse");
            }
        }

        @Override
        public void closed(Connection connection, CloseReason reason) {
            // The test's end.
        }
    }
}
