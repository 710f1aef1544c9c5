package io.cocoon.testkit.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.store.StateStore;
import io.cocoon.testkit.contracts.ContractCode;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.contract.ContractAddresses;
import io.cocoon.ton.contract.MessageBody;
import io.cocoon.ton.contract.ToClient;
import io.cocoon.ton.contract.ToProxy;
import io.cocoon.ton.contract.ToRoot;
import io.cocoon.ton.contract.ToWorker;
import io.cocoon.ton.live.AccountFollower;
import io.cocoon.ton.live.LiveCocoonChain;
import io.cocoon.ton.wallet.CocoonWallet;
import io.cocoon.ton.wallet.Order;
import io.cocoon.ton.wallet.WalletSender;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Our wallets, messages and readers against our contracts in a real TVM: money goes round and every nanoton is found again. */
class MoneyCycleTest {

    private static final Duration SOON = Duration.ofSeconds(90);
    private static final Nanoton DEPOSIT = Nanoton.ofTon("5");
    private static final Int256 SECRET_HASH = Int256.fromHex("5e".repeat(32));
    private static final ContractCode CODE = ContractCode.current();
    private static final Ed25519Key PROXY_KEY = Ed25519Key.fromSeed(Int256.fromHex("01".repeat(32)));
    private static final Address PROXY_OWNER = new Address(0, Int256.fromHex("a1".repeat(32)));
    private static final Address WORKER_OWNER = new Address(0, Int256.fromHex("a2".repeat(32)));
    private static final Address CLIENT_OWNER = new Address(0, Int256.fromHex("a3".repeat(32)));

    private final LocalChain chain = LocalChain.start(
            11, Duration.ofMillis(200), Instant.ofEpochSecond(Instant.now().getEpochSecond()));
    private final LocalAccess access = chain.access();
    private final ScheduledExecutorService timer = new ScheduledThreadPoolExecutor(2);
    private final List<WalletSender> senders = new ArrayList<>();
    private long query;
    private LocalRoot registry;
    private LiveCocoonChain live;

    @BeforeEach
    void begin() throws Exception {
        registry = LocalRoot.deploy(chain, CODE, LocalRoot.Terms.DEFAULT);
        chain.nextBlock();
        chain.runInRealTime();
        live = now(LiveCocoonChain.open(
                access,
                registry.address(),
                new LiveCocoonChain.Settings(Duration.ofMillis(100), Duration.ofMillis(100), Duration.ofHours(1)),
                Clock.systemUTC(),
                timer));
    }

    @AfterEach
    void end() throws InterruptedException {
        live.close();
        senders.forEach(WalletSender::close);
        timer.shutdownNow();
        assertThat(timer.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
        chain.close();
    }

    private static <T> T now(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(90, TimeUnit.SECONDS).join();
    }

    private WalletSender wallet(int seed, Address owner) throws Exception {
        CocoonWallet wallet = CocoonWallet.withCode(
                Ed25519Key.fromSeed(Int256.fromHex("%064x".formatted(seed))), owner, CODE.wallet());
        chain.fund(wallet.address(), Nanoton.ofTon("50"));
        WalletSender sender = WalletSender.open(
                access,
                wallet,
                StateStore.inMemory(),
                new WalletSender.Settings(
                        Duration.ofMillis(50), Duration.ofMinutes(5), Duration.ofSeconds(2), Duration.ofSeconds(1)),
                Clock.systemUTC(),
                timer,
                text -> {});
        senders.add(sender);
        return sender;
    }

    private Order order(Address to, String ton, Optional<Cell> init, MessageBody body) {
        return order(to, Nanoton.ofTon(ton), init, Optional.of(body.toCell()));
    }

    private Order order(Address to, Nanoton value, Optional<Cell> init, Optional<Cell> body) {
        return new Order(Int256.fromHex("%064x".formatted(++query)), to, value, init, body);
    }

    private List<Transaction> transactions(Address address) {
        AccountState account = now(access.account(address));
        return now(access.transactions(address, TransactionId.NONE, account.last(), 100));
    }

    /** What the network paid out to an address. */
    private List<Nanoton> payouts(Address address) {
        return transactions(address).stream()
                .flatMap(transaction -> transaction.in().stream())
                .filter(message -> MessageBody.operation(message.body()) == 0xc59a7cd3L)
                .map(Message::value)
                .toList();
    }

    @Test
    void should_read_what_the_owner_changes_in_the_root_contract() {
        Int256 image = Int256.fromHex("1a".repeat(32));
        registry.send(new ToRoot.AddHash(1, ToRoot.HashList.PROXIES, image));
        registry.send(new ToRoot.AddHash(2, ToRoot.HashList.WORKERS, image));
        registry.registerProxy(new HostPort("127.0.0.1", 5222), new HostPort("127.0.0.1", 8888));
        registry.changePrice(new Nanoton(40), new Nanoton(30));
        RootState.KeyManager manager = new RootState.KeyManager(image, Int256.ZERO, new HostPort("127.0.0.1", 7777));
        registry.keyManager(manager);
        RootState.NetworkKey key = new RootState.NetworkKey(image, 1, Instant.ofEpochSecond(2_000_000_000));
        registry.addNetworkKey(key);
        await().atMost(SOON).until(() -> live.root().version() == 7);

        assertThat(live.root().proxyHashes()).containsExactly(image);
        assertThat(live.root().workerHashes()).containsExactly(image);
        assertThat(live.root().proxies()).singleElement().satisfies(proxy -> {
            assertThat(proxy.seqno()).isEqualTo(1);
            assertThat(proxy.clientAddress().port()).isEqualTo(8888);
        });
        assertThat(live.root().params().prices().perToken()).isEqualTo(new Nanoton(40));
        assertThat(live.root().params().version()).isEqualTo(2);
        assertThat(live.root().keyManager()).contains(manager);
        assertThat(live.root().networkKeys()).containsExactly(key);
        registry.send(new ToRoot.Reset(5));
        await().atMost(SOON).until(() -> live.root().proxyHashes().isEmpty());
    }

    @Test
    void should_deposit_charge_pay_out_and_pay_back_to_the_nanoton() throws Exception {
        RootState root = live.root();
        WalletSender proxy = wallet(1, PROXY_OWNER);
        WalletSender client = wallet(2, CLIENT_OWNER);
        WalletSender worker = wallet(3, WORKER_OWNER);
        Address proxyContract = ContractAddresses.proxy(root, PROXY_OWNER, PROXY_KEY.publicKey());
        Address clientContract = ContractAddresses.client(root, client.address(), proxyContract, PROXY_KEY.publicKey());
        Address workerContract = ContractAddresses.worker(root, WORKER_OWNER, proxyContract, PROXY_KEY.publicKey());
        List<ToProxy> heard = new CopyOnWriteArrayList<>();
        try (AccountFollower follower = follow(proxyContract, clientContract, heard)) {
            now(proxy.send(order(
                    proxyContract,
                    Nanoton.ofTon("0.3"),
                    Optional.of(ContractAddresses.proxyInit(root, PROXY_OWNER, PROXY_KEY.publicKey())),
                    Optional.empty())));

            // The client opens its channel: three messages in one, in order.
            client.send(order(
                    clientContract,
                    Nanoton.ofTon("0.8"),
                    Optional.of(
                            ContractAddresses.clientInit(root, client.address(), proxyContract, PROXY_KEY.publicKey())),
                    Optional.empty()));
            client.send(order(
                    clientContract,
                    Nanoton.ofTon("0.7").plus(DEPOSIT),
                    Optional.empty(),
                    Optional.of(new ToClient.ChangeSecretAndTopUp(++query, DEPOSIT, SECRET_HASH, client.address())
                            .toCell())));
            now(client.send(order(
                    clientContract, "1", Optional.empty(), new ToClient.Register(++query, 4711, client.address()))));
            await().atMost(SOON)
                    .until(() -> live.client(clientContract).balance().equals(DEPOSIT));
            assertThat(live.client(clientContract).secretHash()).isEqualTo(SECRET_HASH);
            await().atMost(SOON)
                    .until(() -> heard.stream()
                            .anyMatch(message -> message instanceof ToProxy.ClientRequest request
                                    && request.payload()
                                            .filter(new ToProxy.ClientPayload.Register(4711)::equals)
                                            .isPresent()));

            // The proxy charges 10 million tokens, the worker cashes them in.
            long tokens = 10_000_000;
            now(proxy.send(order(
                    clientContract,
                    "0.7",
                    Optional.empty(),
                    ToClient.Charge.sign(PROXY_KEY, ++query, tokens, clientContract, proxy.address()))));
            await().atMost(SOON).until(() -> live.client(clientContract).tokensUsed() == tokens);
            assertThat(live.client(clientContract).balance()).isEqualTo(DEPOSIT.minus(new Nanoton(20 * tokens)));
            worker.send(order(
                    workerContract,
                    Nanoton.ofTon("0.3"),
                    Optional.of(ContractAddresses.workerInit(root, WORKER_OWNER, proxyContract, PROXY_KEY.publicKey())),
                    Optional.empty()));
            now(worker.send(order(
                    workerContract,
                    "0.5",
                    Optional.empty(),
                    ToWorker.Payout.sign(PROXY_KEY, ++query, tokens, workerContract, worker.address()))));
            await().atMost(SOON).until(() -> live.worker(workerContract).tokensPaid() == tokens);
            await().atMost(SOON).until(() -> !payouts(WORKER_OWNER).isEmpty());
            assertThat(payouts(WORKER_OWNER)).containsExactly(new Nanoton(19 * tokens));

            // The client closes; the proxy grants the rest back, after one more million tokens.
            now(client.send(order(
                    clientContract, "0.7", Optional.empty(), new ToClient.RequestRefund(++query, client.address()))));
            await().atMost(SOON).until(() -> live.client(clientContract).state() == ContractState.CLOSING);
            long last = tokens + 1_000_000;
            now(proxy.send(order(
                    clientContract,
                    "0.7",
                    Optional.empty(),
                    ToClient.GrantRefund.sign(PROXY_KEY, ++query, last, clientContract, proxy.address()))));
            await().atMost(SOON).until(() -> live.client(clientContract).state() == ContractState.CLOSED);
            await().atMost(SOON)
                    .until(() -> payouts(client.address()).stream()
                                    .mapToLong(Nanoton::value)
                                    .sum()
                            == DEPOSIT.minus(new Nanoton(20 * last)).value());

            // What nobody has got is the proxy's: its part of the paid tokens, and the tokens that the worker has not
            // cashed in.
            now(proxy.send(order(
                    proxyContract, "0.7", Optional.empty(), new ToProxy.PayoutRequest(++query, proxy.address()))));
            await().atMost(SOON).until(() -> !payouts(PROXY_OWNER).isEmpty());
            assertThat(payouts(PROXY_OWNER)).containsExactly(new Nanoton(tokens));
            assertThat(follower).isNotNull();
        }
    }

    /** Collects what the client contract says to the proxy contract. */
    private AccountFollower follow(Address proxyContract, Address clientContract, List<ToProxy> heard) {
        return AccountFollower.start(
                access,
                proxyContract,
                TransactionId.NONE,
                Duration.ofMillis(100),
                timer,
                new AccountFollower.Listener() {
                    @Override
                    public void transactions(List<Transaction> next) {
                        for (Transaction transaction : next) {
                            transaction
                                    .in()
                                    .filter(message -> message.source()
                                            .filter(clientContract::equals)
                                            .isPresent())
                                    .ifPresent(message -> read(message.body(), heard));
                        }
                    }

                    @Override
                    public void caughtUp(AccountState account) {}
                });
    }

    private static void read(Cell body, List<ToProxy> heard) {
        try {
            heard.add(ToProxy.read(body));
        } catch (CellException e) {
            throw new IllegalStateException("our own contract sent what we cannot read", e);
        }
    }
}
