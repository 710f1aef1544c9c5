package io.cocoon.testkit.chain;

import io.cocoon.client.Network;
import io.cocoon.client.Wallet;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.store.StateStore;
import io.cocoon.testkit.contracts.ContractCode;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.channel.ClientChannels;
import io.cocoon.ton.channel.Opening;
import io.cocoon.ton.contract.ContractAddresses;
import io.cocoon.ton.contract.ContractData;
import io.cocoon.ton.contract.MessageBody;
import io.cocoon.ton.contract.ToClient;
import io.cocoon.ton.contract.ToProxy;
import io.cocoon.ton.live.LiveCocoonChain;
import io.cocoon.ton.live.TonNetwork;
import io.cocoon.ton.wallet.CocoonWallet;
import io.cocoon.ton.wallet.WalletSender;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * One client and one proxy contract on a network of one generation, on a chain whose time stands still unless a test waits. The
 * proxy is only a key: a test signs with it, or does not.
 */
final class ChannelStage implements AutoCloseable {

    static final Duration CLIENT_DELAY = Duration.ofHours(1);
    static final Duration PROXY_DELAY = Duration.ofHours(5);
    static final Duration PATIENCE = Duration.ofHours(2);
    static final Nanoton STAKE = Nanoton.ofTon("1");
    private static final Duration POLL = Duration.ofMillis(10);
    private static final Address PROXY_OWNER = new Address(0, Int256.fromHex("a1".repeat(32)));

    final LocalChain chain;
    final LocalAccess access;
    final TonNetwork network;
    final Ed25519Key proxyKey;
    final CocoonWallet wallet;
    final Address owner;
    final Address proxy;
    final Address contract;
    final Map<String, StateStore> disk = new ConcurrentHashMap<>();
    volatile boolean diskIsFull;
    final List<String> alarms = new CopyOnWriteArrayList<>();
    final BlockingQueue<Opening> openings = new LinkedBlockingQueue<>();
    /** What the owner says against each opening. */
    volatile Optional<String> veto = Optional.empty();

    private final ScheduledExecutorService timer = new ScheduledThreadPoolExecutor(1);
    private final int seed;
    private final int structVersion;
    private ClientChannels channels;
    private long query = 1;

    ChannelStage(LocalChain chain, TonNetwork network, LocalAccess access, int seed) throws IOException {
        this.chain = chain;
        this.access = access;
        this.network = network;
        this.seed = seed;
        this.structVersion = root().params().structVersion();
        proxyKey = key(seed);
        Cell walletCode = ContractCode.of(structVersion).wallet();
        owner = CocoonWallet.withCode(key(seed + 1), LocalChain.MINT, walletCode)
                .address();
        wallet = CocoonWallet.withCode(key(seed + 2), owner, walletCode);
        proxy = ContractAddresses.proxy(root(), PROXY_OWNER, proxyKey.publicKey());
        contract = ContractAddresses.client(root(), wallet.address(), proxy, proxyKey.publicKey());
        chain.fund(wallet.address(), Nanoton.ofTon("50"));
        chain.deliver(
                proxy,
                Nanoton.ofTon("0.3"),
                false,
                Optional.of(ContractAddresses.proxyInit(root(), PROXY_OWNER, proxyKey.publicKey())),
                Cell.EMPTY);
        chain.nextBlock();
        channels = open("10", Optional.empty());
    }

    /** The owner's own wallet comes to be. */
    void ownerDeploys() {
        Ed25519Key key = key(seed + 1);
        Cell data = new ContractData.Wallet(0, 0, key.publicKey(), false, LocalChain.MINT).toCell();
        Cell code = ContractCode.of(structVersion).wallet();
        chain.deliver(owner, Nanoton.ofTon("0.3"), false, Optional.of(StateInit.cell(code, data)), Cell.EMPTY);
        chain.nextBlock();
    }

    private static Ed25519Key key(int seed) {
        return Ed25519Key.fromSeed(Int256.fromHex("%064x".formatted(seed)));
    }

    static LocalRoot.Terms terms() {
        LocalRoot.Terms usual = LocalRoot.Terms.DEFAULT;
        return new LocalRoot.Terms(usual.prices(), PROXY_DELAY, CLIENT_DELAY, STAKE, STAKE);
    }

    static TonNetwork network(LocalChain chain, LocalAccess access, int structVersion) throws ChainException {
        LocalRoot root = LocalRoot.deploy(chain, ContractCode.of(structVersion), terms());
        chain.nextBlock();
        return TonNetwork.over(
                access,
                root.address(),
                new LiveCocoonChain.Settings(Duration.ofMillis(50), Duration.ofMillis(50), Duration.ofHours(1)),
                clock(chain));
    }

    RootState root() {
        return network.cocoon().root();
    }

    /** Tells the chain's time. */
    static Clock clock(LocalChain chain) {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return chain.head().time();
            }
        };
    }

    /** What a client needs besides its settings. */
    Network forClients() {
        return Network.of(network.cocoon(), access);
    }

    Wallet forClientsToPay() {
        return Wallet.of(wallet);
    }

    private StateStore onDisk(StateStore store) {
        return new StateStore() {
            @Override
            public Optional<Bytes> load() throws IOException {
                return store.load();
            }

            @Override
            public void save(Bytes value) throws IOException {
                if (diskIsFull) {
                    throw new IOException("no space left on device");
                }
                store.save(value);
            }
        };
    }

    private ClientChannels open(String limit, Optional<Nanoton> maxAtRisk) throws IOException {
        return ClientChannels.open(
                access,
                this::root,
                wallet,
                name -> onDisk(disk.computeIfAbsent(name, any -> StateStore.inMemory())),
                Optional.empty(),
                new ClientChannels.Settings(
                        Optional.empty(),
                        Nanoton.ofTon(limit),
                        maxAtRisk,
                        PATIENCE,
                        Duration.ofSeconds(10),
                        POLL,
                        new WalletSender.Settings(
                                POLL, Duration.ofMinutes(10), Duration.ofSeconds(20), Duration.ofSeconds(10))),
                clock(chain),
                new SecureRandom(),
                timer,
                alarms::add,
                opening -> {
                    openings.add(opening);
                    veto.ifPresent(text -> {
                        throw new IllegalStateException(text);
                    });
                });
    }

    ClientChannels channels() {
        return channels;
    }

    /** The process dies and comes back with the same disk. */
    void restart() throws IOException {
        restart("10", Optional.empty());
    }

    void restart(String limit, Optional<Nanoton> maxAtRisk) throws IOException {
        channels.close();
        channels = open(limit, maxAtRisk);
    }

    /** Opens the channel with one stake and registers. */
    ChannelStage opened() throws IOException {
        enter(4711);
        until(() -> balance().equals(STAKE));
        until(() -> channels.all().get(0).underWay().isEmpty());
        return this;
    }

    void enter(long nonce) throws IOException {
        now(channels.enter(root(), proxy, proxyKey.publicKey()));
        channels.register(contract, nonce);
    }

    // ---- the chain

    /** Lets blocks pass until something is so. */
    void until(BooleanSupplier condition) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within 60 s; channels " + channels.all() + ", wallet " + channels.wallet()
                        + ", alarms " + alarms);
            }
            chain.nextBlock();
            CompletableFuture.runAsync(() -> {}, CompletableFuture.delayedExecutor(5, TimeUnit.MILLISECONDS))
                    .join();
        }
    }

    /** Lets blocks pass until something has ended, and returns its result. */
    <T> T result(CompletionStage<T> stage) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        until(future::isDone);
        return future.join();
    }

    private <T> T now(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    AccountState account(Address address) {
        return now(access.account(address));
    }

    List<Transaction> transactions(Address address) {
        AccountState account = account(address);
        return account.last().equals(TransactionId.NONE)
                ? List.of()
                : now(access.transactions(address, TransactionId.NONE, account.last(), 1000));
    }

    Optional<ContractData.Client> client() {
        return account(contract).data().map(data -> {
            try {
                return ContractData.Client.read(data);
            } catch (CellException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    Nanoton balance() {
        return client().map(each -> each.state().balance()).orElse(Nanoton.ZERO);
    }

    /** What the proxy contract paid to the wallet. */
    Nanoton payouts() {
        return transactions(wallet.address()).stream()
                .flatMap(each -> each.in().stream())
                .filter(each -> each.source().filter(proxy::equals).isPresent())
                .filter(each -> MessageBody.operation(each.body()) == 0xc59a7cd3L)
                .map(each -> each.value())
                .reduce(Nanoton.ZERO, Nanoton::plus);
    }

    /** What the client contract told the proxy contract. */
    List<ToProxy.ClientRequest> heard() {
        return transactions(proxy).stream()
                .flatMap(each -> each.in().stream())
                .filter(each -> each.source().filter(contract::equals).isPresent())
                .map(each -> {
                    try {
                        return (ToProxy.ClientRequest) ToProxy.read(each.body());
                    } catch (CellException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .toList();
    }

    // ---- the proxy, with its key

    void proxyStakes(Nanoton amount) {
        toProxy(amount.plus(Nanoton.ofTon("0.7")), new ToProxy.IncreaseStake(++query, amount, LocalChain.MINT));
    }

    void proxyCharges(long tokens) {
        toClient(ToClient.Charge.sign(proxyKey, ++query, tokens, contract, LocalChain.MINT));
    }

    void proxyGrants(long tokens) {
        toClient(ToClient.GrantRefund.sign(proxyKey, ++query, tokens, contract, LocalChain.MINT));
    }

    void proxyBeginsToClose() {
        toProxy(Nanoton.ofTon("0.7"), ToProxy.CloseRequest.sign(proxyKey, ++query, proxy, LocalChain.MINT));
    }

    void proxyCloses() {
        toProxy(Nanoton.ofTon("0.7"), ToProxy.CloseComplete.sign(proxyKey, ++query, proxy, LocalChain.MINT));
    }

    private void toProxy(Nanoton value, MessageBody body) {
        chain.deliver(proxy, value, true, Optional.empty(), body.toCell());
        chain.nextBlock();
    }

    private void toClient(MessageBody body) {
        chain.deliver(contract, Nanoton.ofTon("0.7"), true, Optional.empty(), body.toCell());
    }

    @Override
    public void close() {
        channels.close();
        timer.shutdownNow();
    }
}
