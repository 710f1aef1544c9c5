package io.cocoon.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.cocoon.FakeChain;
import io.cocoon.FakeConnection;
import io.cocoon.TestTls;
import io.cocoon.payment.SignedPayments;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tee.RaTls;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Transport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A proxy that ends and begins again on the same files; its peers come back over real sockets with what they know. */
class RestartTest {

    private static final RaTls TLS = TestTls.create();
    private static final Duration LONG = Duration.ofSeconds(30);

    private final Transport transport = Transport.builder().eventLoopThreads(2).build();
    private final FakeTonChain chain = FakeTonChain.of(FakeTonConfig.defaults(), FakeChain.ROOT, false);
    private final SocketPeers peers = new SocketPeers(transport, TLS);
    private int queries;

    @TempDir
    Path folder;

    private ProxyServer proxy(Path ledger) {
        return ProxyServer.builder()
                .chain(chain)
                .key(TestProxy.KEY)
                .owner(TestProxy.OWNER)
                .withoutHashChecks()
                .transport(transport)
                .listenForWorkers(loopback(), ListenMode.direct(TLS, 0))
                .listenForClients(loopback(), ListenMode.direct(TLS, 0))
                .limits(ProxyLimits.DEFAULT.toBuilder()
                        .ledger(Duration.ofMillis(20), Duration.ofMillis(20))
                        .build())
                .ledger(ledger)
                .build()
                .start();
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    @AfterEach
    void close() {
        transport.close();
        chain.close();
    }

    /** Asks so often, one after the other; returns what the client was told last. */
    private ProxyToClient.ClientRequestPayment ask(SocketPeers.Client client, LinkedBlockingQueue<Bytes> got, int times)
            throws Exception {
        for (int i = 0; i < times; i++) {
            client.connection().send(TestProxy.query(TestHashes.of("query " + queries++)));
            await().atMost(LONG).until(() -> got.size() == 2);
            got.take();
            if (i < times - 1) {
                got.take();
            }
        }
        return (ProxyToClient.ClientRequestPayment) TlReader.readWhole(got.take(), ProxyToClient::readMessage);
    }

    private static long signed(ProxyServer server, SocketPeers.Client client) throws Exception {
        ProxyToClient.PaymentStatus status = TlReader.readWhole(
                SocketPeers.ask(client.connection(), new ClientToProxy.UpdatePaymentStatus()),
                ProxyToClient::readPaymentStatus);
        return SignedPayments.check(
                ((SignedPayment.Signed) status.signedPayment()).data(),
                SignedPayments.Kind.CLIENT_CHARGE,
                server.core().network().clientContract(TestProxy.owner("c")),
                TestProxy.KEY.publicKey());
    }

    @Test
    void should_go_on_with_the_same_totals() throws Exception {
        LinkedBlockingQueue<Bytes> got = new LinkedBlockingQueue<>();
        try (ProxyServer server = proxy(folder)) {
            peers.worker(server, "w", 5);
            SocketPeers.Client client = peers.client(server, "c", (from, message) -> got.add(message));
            ProxyToClient.ClientRequestPayment owed = ask(client, got, 3);
            assertThat(owed.dbTokens()).isEqualTo(6);
            assertThat(owed.maxTokens()).isEqualTo(6);
            await().atMost(LONG).until(() -> signed(server, client) == 6);
        }
        try (ProxyServer server = proxy(folder)) {
            SocketPeers.Worker worker =
                    peers.worker(server, "w", 5, new WorkerToProxy.CompareBalanceWithProxy(6, 6, 6));
            assertThat(worker.compared().errorCode()).isZero();
            assertThat(worker.compared().maxTokens()).isEqualTo(6);
            SocketPeers.Client client = peers.client(server, "c", (from, message) -> got.add(message));
            assertThat(client.welcome().tokensCommittedToDb()).isEqualTo(6);
            assertThat(client.welcome().maxTokens()).isEqualTo(6);
            assertThat(signed(server, client)).isEqualTo(6);
            assertThat(ask(client, got, 1).maxTokens()).isEqualTo(8);
        }
    }

    @Test
    void should_know_after_a_crash_whatever_its_peers_were_told() throws Exception {
        LinkedBlockingQueue<Bytes> got = new LinkedBlockingQueue<>();
        Path crashed = folder.resolve("crashed");
        try (ProxyServer server = proxy(folder.resolve("running"))) {
            peers.worker(server, "w", 5);
            SocketPeers.Client client = peers.client(server, "c", (from, message) -> got.add(message));
            assertThat(ask(client, got, 5).maxTokens()).isEqualTo(10);
            // What is in the files the moment after the client has heard of it is what a crash would leave.
            copy(folder.resolve("running"), crashed);
        }
        try (ProxyServer server = proxy(crashed)) {
            SocketPeers.Client client = peers.client(server, "c", (from, message) -> {});
            assertThat(client.welcome().maxTokens()).isEqualTo(10);
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    @Test
    void should_not_start_twice_on_the_same_files() {
        try (ProxyServer server = proxy(folder)) {
            assertThat(server.status().mode()).isEqualTo("SERVING");
            assertThatThrownBy(() -> proxy(folder))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("is open in this process");
        }
        proxy(folder).close();
    }

    @Test
    void should_not_serve_a_chain_from_memory_or_from_files_that_no_chain_orders() {
        FakeChain real = new FakeChain(false, true);
        ProxyServerBuilder builder = ProxyServer.builder()
                .chain(real)
                .key(TestProxy.KEY)
                .owner(TestProxy.OWNER)
                .withoutHashChecks();
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("needs a ledger that survives the process");
        assertThatThrownBy(() -> builder.ledger(folder).build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ledger(folder, saver)");
    }

    @Test
    void should_serve_a_chain_with_files_and_refuse_older_ones() throws Exception {
        ProxyServerBuilder builder = ProxyServer.builder()
                .chain(new FakeChain(false, true))
                .key(TestProxy.KEY)
                .owner(TestProxy.OWNER)
                .withoutHashChecks();
        Path chainFile = folder.resolve("chain");
        Path current = folder.resolve("current");
        Path older = folder.resolve("older");
        builder.ledger(current, new LedgerChild.ChainFile(chainFile)).build().close();
        copy(current, older);
        builder.ledger(current, new LedgerChild.ChainFile(chainFile)).build().close();
        assertThatThrownBy(() -> builder.ledger(older, new LedgerChild.ChainFile(chainFile))
                        .build())
                .isInstanceOf(LedgerStoppedException.class)
                .hasMessageContaining("older than what the chain saw")
                .hasMessageContaining("Restore the newest database");
        try (ProxyServer server =
                builder.ledger(current, new LedgerChild.ChainFile(chainFile)).build()) {
            assertThat(server.status().mode()).isEqualTo("SERVING");
        }
    }

    /** A chain that has shown nothing yet. */
    private static final class SlowChain implements StateSaver {
        private Consumer<SavedState> listener = saved -> {};
        private @Nullable SavedState sent;

        @Override
        public Address wallet() {
            return TestProxy.OWNER;
        }

        @Override
        public CompletionStage<Void> follow(Address contract, TransactionId after, Consumer<SavedState> seen) {
            listener = seen;
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void save(Address contract, int seqno, Int256 session) {
            sent = new SavedState(wallet(), seqno, session, new TransactionId(seqno, Int256.ZERO));
        }

        void show() {
            listener.accept(TestProxy.there(sent));
        }
    }

    @Test
    void should_take_nobody_before_the_chain_has_seen_its_start_and_leave_service_when_another_proxy_has_its_key() {
        SlowChain slow = new SlowChain();
        try (TestProxy proxy = TestProxy.with(builder -> builder.ledger(folder, slow))) {
            assertThat(proxy.server.status().mode()).isEqualTo("WAITING");
            assertThat(proxy.dialAsClient().isClosed()).isTrue();
            slow.show();
            assertThat(proxy.server.status().mode()).isEqualTo("SERVING");
            FakeConnection client = proxy.client(4);
            slow.save(TestProxy.OWNER, 2, TestHashes.of("another session"));
            slow.show();
            assertThat(proxy.dialAsClient().isClosed()).isTrue();
            proxy.time.advance(Duration.ofSeconds(2));
            assertThat(proxy.server.status().mode()).isEqualTo("DISABLED");
            assertThat(client.isClosed()).isTrue();
        }
    }
}
