package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cocoon.FakeChain;
import io.cocoon.TestTls;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.tee.RaTls;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The proxy over real sockets, with real contracts' addresses and payments, on a network without a chain. */
class SocketTest {

    private static final RaTls TLS = TestTls.create();

    private final Transport transport = Transport.builder().eventLoopThreads(2).build();
    private final FakeTonChain chain = FakeTonChain.of(config(), FakeChain.ROOT, false);
    private final ProxyServer server = ProxyServer.builder()
            .chain(chain)
            .key(TestProxy.KEY)
            .owner(TestProxy.OWNER)
            .withoutHashChecks()
            .transport(transport)
            .listenForWorkers(loopback(), ListenMode.direct(TLS, 0))
            .listenForClients(loopback(), ListenMode.direct(TLS, 0))
            .build()
            .start();
    private final SocketPeers peers = new SocketPeers(transport, TLS);

    private static FakeTonConfig config() {
        return FakeTonConfig.defaults();
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    @AfterEach
    void close() {
        server.close();
        transport.close();
        chain.close();
    }

    @Test
    void should_serve_a_query_over_sockets_with_a_payment_that_verifies() throws Exception {
        peers.worker(server, "w", 5);
        LinkedBlockingQueue<Bytes> got = new LinkedBlockingQueue<>();
        Connection client =
                peers.client(server, "c", (from, message) -> got.add(message)).connection();
        client.send(TestProxy.query(TestHashes.of("1")));
        await().atMost(Duration.ofSeconds(30)).until(() -> got.size() == 2);
        assertThat(got.poll().intLeAt(0)).isEqualTo(ProxyToClient.QueryAnswerEx.ID);
        ProxyToClient.ClientRequestPayment payment =
                (ProxyToClient.ClientRequestPayment) TlReader.readWhole(got.poll(), ProxyToClient::readMessage);
        assertThat(payment.requestTokens()).isEqualTo(2);
        Address contract = server.core().network().clientContract(TestProxy.owner("c"));
        assertThat(io.cocoon.payment.SignedPayments.check(
                        ((io.cocoon.protocol.SignedPayment.Signed) payment.signedPayment()).data(),
                        io.cocoon.payment.SignedPayments.Kind.CLIENT_CHARGE,
                        contract,
                        TestProxy.KEY.publicKey()))
                .isZero();
    }

    @Test
    void should_refuse_and_close_over_sockets() {
        Connection client = peers.dial(server.clientAddress(), (from, message) -> {});
        assertThat(client.ask(new ClientToProxy.AuthorizeWithProxyLong(), Duration.ofSeconds(5)))
                .failsWithin(Duration.ofSeconds(5));
        assertThat(client.closed()).succeedsWithin(Duration.ofSeconds(5));
    }

    @Test
    void should_carry_thousands_of_queries_and_leave_nothing_behind() throws Exception {
        for (int i = 0; i < 4; i++) {
            peers.worker(server, "w" + i, 200);
        }
        int queries = 5_000;
        AtomicInteger answers = new AtomicInteger();
        AtomicInteger errors = new AtomicInteger();
        Semaphore window = new Semaphore(256);
        Connection[] clients = new Connection[4];
        for (int i = 0; i < clients.length; i++) {
            clients[i] = peers.client(server, "c" + i, (from, message) -> {
                        int id = message.intLeAt(0);
                        if (id == ProxyToClient.QueryAnswerEx.ID || id == ProxyToClient.QueryAnswerErrorEx.ID) {
                            (id == ProxyToClient.QueryAnswerEx.ID ? answers : errors).incrementAndGet();
                            window.release();
                        }
                    })
                    .connection();
        }
        long start = System.nanoTime();
        byte[] id = new byte[32];
        for (int i = 0; i < queries; i++) {
            window.acquire();
            java.nio.ByteBuffer.wrap(id).putInt(i);
            clients[i % clients.length].send(TestProxy.query(Int256.of(id)));
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> answers.get() + errors.get() == queries);
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                "%d queries over sockets, all peers in this JVM: %.0f/s, %d errors%n",
                queries, queries / seconds, errors.get());
        assertThat(errors.get()).isZero();
        await().atMost(Duration.ofSeconds(30)).until(() -> server.core().runningQueries() == 0);
        assertThat(server.status().totals().billedTokens()).isEqualTo(2L * queries);
        assertThat(server.core().heldBytes()).isZero();
        for (int i = 0; i < 4; i++) {
            assertThat(server.core()
                            .settings()
                            .ledger()
                            .reserved(server.core().network().clientContract(TestProxy.owner("c" + i))))
                    .isZero();
        }
        assertThat(server.status().workers()).allMatch(worker -> worker.running() == 0);
    }
}
