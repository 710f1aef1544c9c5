package io.cocoon.proxy;

import static io.cocoon.proxy.ContractProxyWorld.CLIENT_OWNER;
import static io.cocoon.proxy.ContractProxyWorld.KEY;
import static io.cocoon.proxy.ContractProxyWorld.OWNER;
import static io.cocoon.proxy.ContractProxyWorld.TLS;
import static io.cocoon.proxy.ContractProxyWorld.WORKER_OWNER;
import static io.cocoon.proxy.ContractProxyWorld.bill;
import static io.cocoon.proxy.ContractProxyWorld.now;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.payment.Nanoton;
import io.cocoon.protocol.ClientParams;
import io.cocoon.protocol.ClientToProxy;
import io.cocoon.protocol.ConnectionAuth;
import io.cocoon.protocol.ProxyToClient;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlReader;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.contract.ToClient;
import io.cocoon.ton.contract.ToProxy;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.DialTarget;
import io.cocoon.transport.Responder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A proxy's contracts in a real TVM: it deploys, charges, pays, pays back, moves and closes, and every nanoton is found again. */
class ProxyContractTest {

    @TempDir
    Path folder;

    /** A client that does nothing by itself. */
    private static final class Quiet implements ConnectionHandler {
        @Override
        public void connected(Connection connection) {}

        @Override
        public void message(Connection connection, Bytes message) {}

        @Override
        public void query(Connection connection, Bytes query, Responder responder) {
            responder.fail(0, "no");
        }

        @Override
        public void closed(Connection connection, CloseReason reason) {}
    }

    private static ProxyStatus.Chain onChain(ProxyServer proxy) {
        return proxy.status().onChain().orElseThrow();
    }

    private static Ledger.Totals totals(ProxyServer proxy, Ledger.Side side, Address contract) {
        return proxy.core().settings().ledger().totals(side, contract);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void should_deploy_charge_pay_and_pay_back_to_the_nanoton(int generation) throws Exception {
        try (ContractProxyWorld world = new ContractProxyWorld(generation, folder);
                ProxyServer proxy = world.serving(world.proxy())) {
            Address contract = world.proxyContract();
            assertThat(onChain(proxy).savedSeqno()).isPositive();
            assertThat(world.paid(contract, OWNER)).isEmpty();
            Address client = world.deposit("10");
            Address worker = world.deployWorker();

            // Below 1 TON nobody is charged; above it everything that is committed.
            bill(proxy, client, worker, 40_000_000);
            world.until(() -> totals(proxy, Ledger.Side.CLIENT, client).signed() == 40_000_000);
            bill(proxy, client, worker, 20_000_000);
            world.until(() -> world.client(client).tokensUsed() == 60_000_000);
            assertThat(world.client(client).balance()).isEqualTo(Nanoton.ofTon("8.8"));
            assertThat(world.asked(worker)).isZero();

            // 120 million tokens earn 2.28 TON, which is above 2.
            bill(proxy, client, worker, 60_000_000);
            world.until(() -> world.worker(worker).tokensPaid() == 120_000_000);
            world.until(() -> world.client(client).tokensUsed() == 120_000_000);
            world.until(() -> !world.paid(contract, WORKER_OWNER).isEmpty());
            assertThat(world.paid(contract, WORKER_OWNER)).containsExactly(new Nanoton(19 * 120_000_000L));

            // The proxy's part is 0.12 TON, above 0.1: its owner gets it.
            world.until(() -> !world.paid(contract, OWNER).isEmpty());
            assertThat(world.paid(contract, OWNER)).containsExactly(new Nanoton(120_000_000));

            // The client wants its money back, after one more request.
            bill(proxy, client, worker, 1_000_000);
            world.send(client, "0.7", new ToClient.RequestRefund(world.nextQuery(), CLIENT_OWNER));
            world.until(() -> world.client(client).state() == ContractState.CLOSED);
            world.until(() -> world.paid(contract, CLIENT_OWNER).stream()
                            .mapToLong(Nanoton::value)
                            .sum()
                    == Nanoton.ofTon("10").value() - 20 * 121_000_000L);
            assertThat(world.asked(client)).as("two charges, one refund").isEqualTo(3);
            assertThat(world.asked(worker)).as("one payout").isEqualTo(1);
            assertThat(world.alarms).isEmpty();
        }
    }

    @Test
    void h6_should_believe_a_registration_only_from_the_client_contract_itself() throws Exception {
        try (ContractProxyWorld world = new ContractProxyWorld(4, folder);
                ProxyServer proxy = world.serving(world.proxy())) {
            Address contract = world.proxyContract();
            Address client = world.deposit("5");
            Connection connection = world.transport
                    .dial(DialTarget.direct("127.0.0.1", proxy.clientAddress().getPort(), TLS), new Quiet())
                    .join();
            ClientParams params = new ClientParams(3, CLIENT_OWNER.toText(true), true, 0, 4);
            ProxyToClient.ConnectedToProxy hello = TlReader.readWhole(
                    connection
                            .ask(new ClientToProxy.ConnectToProxy(params, 0), Duration.ofSeconds(30))
                            .join(),
                    ProxyToClient::readConnectedToProxy);
            assertThat(hello.clientScAddress()).isEqualTo(client.toText(true));
            long nonce = ((ConnectionAuth.Long) hello.auth()).nonce();
            CompletableFuture<Bytes> welcome =
                    connection.ask(new ClientToProxy.AuthorizeWithProxyLong(), Duration.ofSeconds(60));

            // A stranger says the same as the contract would, and three messages are none at all.
            for (Cell body : List.of(
                    registration(nonce).toCell(),
                    new CellBuilder().storeUint(0x65448ff4L, 32).build(),
                    new CellBuilder()
                            .storeUint(0x65448ff4L, 32)
                            .storeUint(1, 64)
                            .storeAddress(CLIENT_OWNER)
                            .storeBit(true)
                            .storeRef(Cell.EMPTY)
                            .storeRef(Cell.EMPTY)
                            .build(),
                    Cell.EMPTY)) {
                world.chain.deliver(contract, Nanoton.ofTon("0.2"), true, Optional.empty(), body);
            }
            Cell last = new ToProxy.SaveState(1, 1, Int256.ZERO).toCell();
            world.chain.deliver(contract, Nanoton.ofTon("0.2"), true, Optional.empty(), last);
            int saved = onChain(proxy).savedSeqno();
            world.until(() -> world.transactions(contract).stream()
                    .anyMatch(
                            transaction -> transaction.in().orElseThrow().body().equals(last)));
            bill(proxy, client, world.workerContract(), 1);
            world.until(() -> onChain(proxy).savedSeqno() > saved);
            assertThat(welcome).isNotDone();
            assertThat(proxy.core().isServing()).isTrue();

            world.send(client, "1", new ToClient.Register(world.nextQuery(), nonce, CLIENT_OWNER));
            assertThat(TlReader.readWhole(welcome.join(), ProxyToClient::readAuthorizationWithProxy))
                    .isInstanceOf(ProxyToClient.AuthorizationWithProxySuccess.class);
            connection.close("over");
        }
    }

    private static ToProxy.ClientRequest registration(long nonce) {
        return new ToProxy.ClientRequest(
                1,
                CLIENT_OWNER,
                ContractState.NORMAL,
                Nanoton.ofTon("5"),
                Nanoton.ofTon("2"),
                0,
                Int256.ZERO,
                Optional.of(new ToProxy.ClientPayload.Register(nonce)));
    }

    @Test
    void h1_should_hold_a_payout_back_while_the_contract_could_not_pay_it() throws Exception {
        try (ContractProxyWorld world = new ContractProxyWorld(4, folder);
                ProxyServer proxy = world.serving(world.proxy())) {
            Address worker = world.deployWorker();
            bill(proxy, world.clientContract(), worker, 200_000_000);
            world.until(() -> !world.alarms.isEmpty());
            assertThat(world.alarms).singleElement().asString().contains("3.8 TON", "it would be lost, so it waits");
            assertThat(world.asked(worker)).isZero();

            world.chain.fund(world.proxyContract(), Nanoton.ofTon("5"));
            world.until(() -> world.worker(worker).tokensPaid() == 200_000_000);
            world.until(() -> !world.paid(world.proxyContract(), WORKER_OWNER).isEmpty());
            assertThat(world.paid(world.proxyContract(), WORKER_OWNER)).containsExactly(Nanoton.ofTon("3.8"));
        }
    }

    @Test
    void should_charge_once_when_the_chain_is_behind_loses_messages_and_is_away() throws Exception {
        try (ContractProxyWorld world = new ContractProxyWorld(4, folder);
                ProxyServer proxy = world.serving(world.proxy())) {
            Address client = world.deposit("5");
            world.access.lag(4);
            bill(proxy, client, world.workerContract(), 60_000_000);
            world.until(() -> totals(proxy, Ledger.Side.CLIENT, client).signed() == 60_000_000);
            world.access.loseSends(true);
            pass(world, 5);
            world.access.down(true);
            pass(world, 5);
            world.access.loseSends(false);
            world.access.down(false);
            world.until(() -> world.client(client).tokensUsed() == 60_000_000);
            pass(world, 10);
            assertThat(world.asked(client)).isEqualTo(1);
            assertThat(world.client(client).balance()).isEqualTo(Nanoton.ofTon("3.8"));
        }
    }

    private static void pass(ContractProxyWorld world, int blocks) {
        int until = world.chain.head().seqno() + blocks;
        world.until(() -> world.chain.head().seqno() >= until);
    }

    @Test
    void h41_should_stop_when_a_contract_has_seen_more_than_was_ever_written_down() throws Exception {
        try (ContractProxyWorld world = new ContractProxyWorld(4, folder);
                ProxyServer proxy = world.serving(world.proxy())) {
            Address client = world.deposit("5");
            world.send(
                    client, "0.7", ToClient.Charge.sign(KEY, world.nextQuery(), 1000, client, world.wallet.address()));
            world.until(() -> !proxy.core().isServing());
            world.until(() -> proxy.status().mode().equals("DISABLED"));
            assertThat(world.asked(client)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4})
    void h49_should_empty_and_close_the_old_contract_when_the_parameters_change(int generation) throws Exception {
        try (ContractProxyWorld world = new ContractProxyWorld(generation, folder);
                ProxyServer proxy = world.serving(world.proxy())) {
            Address old = world.proxyContract();
            Address client = world.deposit("10");
            Address worker = world.deployWorker();
            bill(proxy, client, worker, 1_000_000);
            Ledger.Reservation running = proxy.core()
                    .settings()
                    .ledger()
                    .reserve(client, 3_000_000, Long.MAX_VALUE)
                    .orElseThrow();
            world.until(() -> totals(proxy, Ledger.Side.CLIENT, client).signed() == 1_000_000);

            world.changeParameters(25);
            Address next = world.proxyContract();
            world.until(() -> world.account(next).isActive());
            world.serving(proxy);
            // Nothing is paid back while a request of the old contract runs (H46).
            assertThat(world.client(client).state()).isEqualTo(ContractState.NORMAL);
            running.settle(worker, 2_000_000);

            world.until(() -> world.client(client).state() == ContractState.CLOSED);
            world.until(() -> world.worker(worker).state() == ContractState.CLOSED);
            world.until(() -> world.proxy(old).state() != ContractState.NORMAL);
            assertThat(world.paid(old, CLIENT_OWNER)).containsExactly(new Nanoton(10_000_000_000L - 20 * 3_000_000));
            assertThat(world.paid(old, WORKER_OWNER)).containsExactly(new Nanoton(19 * 3_000_000));
            if (generation == 3) {
                assertThat(world.proxy(old).state()).isEqualTo(ContractState.CLOSING);
                world.chain.skip(ContractProxyWorld.PROXY_DELAY.plusSeconds(2));
            }
            world.until(() -> world.proxy(old).state() == ContractState.CLOSED);
            world.until(() -> onChain(proxy).contracts().size() == 1);
            assertThat(onChain(proxy).contracts().get(0).address()).isEqualTo(next);
            assertThat(world.paid(old, OWNER)).as("the old contract's earnings").hasSize(1);
            assertThat(proxy.core().isServing()).isTrue();
            assertThat(world.asked(client)).isEqualTo(1);
            assertThat(world.asked(worker)).isEqualTo(1);
            assertThat(world.alarms).isEmpty();
        }
    }

    @Test
    void should_move_when_the_parameters_changed_while_it_was_stopped() throws Exception {
        try (ContractProxyWorld world = new ContractProxyWorld(4, folder)) {
            Address old = world.proxyContract();
            Address client;
            try (ProxyServer proxy = world.serving(world.proxy())) {
                client = world.deposit("10");
                bill(proxy, client, world.workerContract(), 1_000_000);
                world.until(() -> totals(proxy, Ledger.Side.CLIENT, client).signed() == 1_000_000);
                world.deployWorker();
            }
            world.changeParameters(25);
            try (ProxyServer proxy = world.serving(world.proxy())) {
                world.until(() -> world.client(client).state() == ContractState.CLOSED);
                world.until(() -> world.proxy(old).state() == ContractState.CLOSED);
                world.until(() -> onChain(proxy).contracts().size() == 1);
                assertThat(world.paid(old, CLIENT_OWNER)).containsExactly(new Nanoton(10_000_000_000L - 20_000_000));
                assertThat(world.paid(old, WORKER_OWNER)).containsExactly(new Nanoton(19_000_000));
            }
        }
    }

    @Test
    void should_close_for_good_when_the_operator_says_so_and_go_on_after_a_restart() throws Exception {
        try (ContractProxyWorld world = new ContractProxyWorld(3, folder)) {
            Address contract = world.proxyContract();
            Address client;
            Address worker = world.workerContract();
            List<ProxyStatus.Chain> progress = new CopyOnWriteArrayList<>();
            try (ProxyServer proxy = world.serving(world.proxy())) {
                client = world.deposit("10");
                world.deployWorker();
                bill(proxy, client, worker, 5_000_000);
                CompletionStage<Void> end = proxy.closeContract(Duration.ofSeconds(5), progress::add);
                world.until(() -> world.client(client).state() == ContractState.CLOSED);
                assertThat(end.toCompletableFuture()).isNotDone();
            }
            assertThat(progress).isNotEmpty();
            try (ProxyServer proxy = world.proxy()) {
                assertThat(proxy.status().mode()).isEqualTo("DISABLED");
                world.until(() -> world.proxy(contract).state() == ContractState.CLOSING);
                CompletionStage<Void> end = proxy.closeContract(Duration.ofSeconds(1), progress::add);
                world.chain.skip(ContractProxyWorld.PROXY_DELAY.plusSeconds(2));
                now(end);
                assertThat(world.proxy(contract).state()).isEqualTo(ContractState.CLOSED);
                assertThat(world.paid(contract, CLIENT_OWNER))
                        .containsExactly(new Nanoton(10_000_000_000L - 100_000_000));
                assertThat(world.paid(contract, WORKER_OWNER)).containsExactly(new Nanoton(95_000_000));
                assertThat(world.paid(contract, OWNER)).hasSize(1);
                assertThat(proxy.core().isServing()).isFalse();
                assertThat(world.asked(client)).isEqualTo(1);
                assertThat(world.asked(worker)).isEqualTo(1);
            }
        }
    }

    @Test
    void h8_should_not_serve_while_the_network_pays_workers_more_than_clients_pay() throws Exception {
        try (ContractProxyWorld world = new ContractProxyWorld(4, folder);
                ProxyServer proxy = world.serving(world.proxy())) {
            world.changeParameters(18);
            world.until(() -> proxy.status().mode().equals("DISABLED"));
            assertThat(onChain(proxy).problem().orElseThrow()).contains("more than clients pay");
            assertThatThrownBy(proxy::enable).isInstanceOf(IllegalStateException.class);

            world.changeParameters(19);
            world.serving(proxy);
            assertThat(world.alarms).hasSize(1);
        }
    }

    @Test
    void should_leave_service_when_somebody_else_closes_its_contract() throws Exception {
        try (ContractProxyWorld world = new ContractProxyWorld(3, folder);
                ProxyServer proxy = world.serving(world.proxy())) {
            Address contract = world.proxyContract();
            world.send(
                    contract,
                    "0.5",
                    ToProxy.CloseRequest.sign(KEY, world.nextQuery(), contract, world.wallet.address()));
            world.until(() -> proxy.status().mode().equals("DISABLED"));
            assertThat(onChain(proxy).problem().orElseThrow()).contains("closing");

            // The next parameters make a new contract, on which it serves again.
            world.changeParameters(25);
            world.serving(proxy);
            assertThat(onChain(proxy).problem()).isEmpty();
        }
    }
}
