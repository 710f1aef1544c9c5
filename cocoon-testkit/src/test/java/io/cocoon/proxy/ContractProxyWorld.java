package io.cocoon.proxy;

import static org.awaitility.Awaitility.await;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.payment.Prices;
import io.cocoon.tee.AcceptUnattestedPeers;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.RaTls;
import io.cocoon.testkit.chain.LocalAccess;
import io.cocoon.testkit.chain.LocalChain;
import io.cocoon.testkit.contracts.ContractCode;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellBuilder;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.chain.WorkerContractState;
import io.cocoon.ton.contract.ContractAddresses;
import io.cocoon.ton.contract.ContractData;
import io.cocoon.ton.contract.MessageBody;
import io.cocoon.ton.contract.ParamsCell;
import io.cocoon.ton.contract.ToClient;
import io.cocoon.ton.contract.ToRoot;
import io.cocoon.ton.live.LiveCocoonChain;
import io.cocoon.ton.wallet.CocoonWallet;
import io.cocoon.ton.wallet.WalletSender;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Transport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A proxy with real contracts on a chain in this JVM. The test plays the owners: of the network, of the client, of the worker. */
final class ContractProxyWorld implements AutoCloseable {

    static final Ed25519Key KEY = Ed25519Key.fromSeed(Int256.fromHex("01".repeat(32)));
    static final Address OWNER = new Address(0, Int256.fromHex("a1".repeat(32)));
    static final Address WORKER_OWNER = new Address(0, Int256.fromHex("a2".repeat(32)));

    /** The client's owner is the one who makes money, so that the test can send in its name. */
    static final Address CLIENT_OWNER = LocalChain.MINT;

    static final Duration PROXY_DELAY = Duration.ofMinutes(2);
    static final RaTls TLS = RaTls.builder()
            .identity(CertificateIdentity.unattested(Clock.systemUTC(), new SecureRandom()))
            .policy(AcceptUnattestedPeers.because("a test of contracts, not of evidence"))
            .build();

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final long EXCESSES = 0x2565934cL;
    private static final long PAYOUT = 0xc59a7cd3L;

    final LocalChain chain = LocalChain.start(
            7, Duration.ofMillis(200), Instant.ofEpochSecond(Instant.now().getEpochSecond()));
    final LocalAccess access = chain.access();

    /** How the test sees the chain, whatever the proxy's access suffers from. */
    private final LocalAccess reader = chain.access();

    final Transport transport = Transport.builder().eventLoopThreads(1).build();
    final List<String> alarms = new CopyOnWriteArrayList<>();
    final CocoonWallet wallet;
    final LiveCocoonChain live;
    private final ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(1);
    private final ContractCode code;
    private final Path folder;
    private long query;

    ContractProxyWorld(int generation, Path folder) throws CellException {
        this.folder = folder;
        code = ContractCode.of(generation);
        wallet = CocoonWallet.withCode(Ed25519Key.fromSeed(Int256.fromHex("02".repeat(32))), OWNER, code.wallet());
        Cell data = rootData();
        Address root = StateInit.address(code.root(), data);
        chain.deliver(root, Nanoton.ofTon("1"), false, Optional.of(StateInit.cell(code.root(), data)), Cell.EMPTY);
        chain.fund(wallet.address(), Nanoton.ofTon("100"));
        chain.nextBlock();
        // Twice as fast as its own clock says.
        chain.run(Duration.ofMillis(100));
        live = now(LiveCocoonChain.open(
                access,
                root,
                new LiveCocoonChain.Settings(Duration.ofMillis(100), Duration.ofMillis(200), Duration.ofHours(1)),
                Clock.systemUTC(),
                timer));
    }

    private Cell rootData() throws CellException {
        RootState.Params params = new RootState.Params(
                code.structVersion(),
                1,
                7,
                true,
                new Prices(new Nanoton(20), new Nanoton(19), 10_000, 10_000, 10_000, 10_000),
                PROXY_DELAY,
                Duration.ofSeconds(60),
                Nanoton.ofTon("1"),
                Nanoton.ofTon("2"),
                BagOfCells.write(code.proxy()),
                BagOfCells.write(code.worker()),
                BagOfCells.write(code.client()));
        Cell lists = new CellBuilder()
                .storeBit(false)
                .storeBit(false)
                .storeUint(0, 32)
                .storeBit(false)
                .storeBit(false)
                .build();
        CellBuilder root = new CellBuilder()
                .storeAddress(LocalChain.MINT)
                .storeUint(1, 32)
                .storeRef(lists)
                .storeRef(ParamsCell.write(params, ParamsCell.MASK_ROOT));
        if (code.structVersion() >= 4) {
            root.storeRef(new CellBuilder()
                    .storeBit(false)
                    .storeInt256(Int256.ZERO)
                    .storeInt256(Int256.ZERO)
                    .storeUint(0, 8)
                    .build());
        }
        return root.build();
    }

    /** Makes the proxy, or the same one again after it was closed. */
    ProxyServer proxy() {
        ProxyContracts contracts = ProxyContracts.of(access, wallet, folder)
                .withAmounts(new ProxyContracts.Amounts(Nanoton.ofTon("1"), Nanoton.ofTon("2"), Nanoton.ofTon("0.1")))
                .withTiming(
                        new ProxyContracts.Timing(Duration.ofMillis(100), Duration.ofSeconds(40)),
                        new WalletSender.Settings(
                                Duration.ofMillis(50),
                                Duration.ofMinutes(5),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(1)))
                .withAlarms(alarms::add);
        ProxyLimits limits = ProxyLimits.DEFAULT.toBuilder()
                .ledger(Duration.ofMillis(50), Duration.ofMillis(100))
                .cancelGrace(Duration.ofMillis(200))
                .build();
        return ProxyServer.builder()
                .chain(live)
                .key(KEY)
                .owner(OWNER)
                .withoutHashChecks()
                .limits(limits)
                .contracts(contracts)
                .transport(transport)
                .listenForClients(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), ListenMode.direct(TLS, 0))
                .build()
                .start();
    }

    static <T> T now(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    void until(Callable<Boolean> what) {
        await().atMost(SOON).pollInterval(Duration.ofMillis(20)).until(what);
    }

    /** Waits until the chain has confirmed the proxy's start. */
    ProxyServer serving(ProxyServer proxy) {
        until(() -> proxy.core().isServing());
        return proxy;
    }

    Address proxyContract() {
        return ContractAddresses.proxy(live.root(), OWNER, KEY.publicKey());
    }

    Address clientContract() {
        return ContractAddresses.client(live.root(), CLIENT_OWNER, proxyContract(), KEY.publicKey());
    }

    Address workerContract() {
        return ContractAddresses.worker(live.root(), WORKER_OWNER, proxyContract(), KEY.publicKey());
    }

    void send(Address to, String ton, MessageBody body) {
        chain.deliver(to, Nanoton.ofTon(ton), true, Optional.empty(), body.toCell());
    }

    long nextQuery() {
        return ++query;
    }

    /** The client opens its contract and pays in. */
    Address deposit(String ton) {
        Address contract = clientContract();
        chain.deliver(
                contract,
                Nanoton.ofTon("0.8"),
                false,
                Optional.of(ContractAddresses.clientInit(live.root(), CLIENT_OWNER, proxyContract(), KEY.publicKey())),
                Cell.EMPTY);
        Nanoton amount = Nanoton.ofTon(ton);
        chain.deliver(
                contract,
                amount.plus(Nanoton.ofTon("0.7")),
                true,
                Optional.empty(),
                new ToClient.TopUp(nextQuery(), amount, CLIENT_OWNER).toCell());
        until(() -> client(contract).balance().equals(amount));
        return contract;
    }

    Address deployWorker() {
        Address contract = workerContract();
        chain.deliver(
                contract,
                Nanoton.ofTon("0.3"),
                false,
                Optional.of(ContractAddresses.workerInit(live.root(), WORKER_OWNER, proxyContract(), KEY.publicKey())),
                Cell.EMPTY);
        until(() -> account(contract).isActive());
        return contract;
    }

    /** A request has run and has cost so much. */
    static void bill(ProxyServer proxy, Address client, Address worker, long tokens) {
        proxy.core()
                .settings()
                .ledger()
                .reserve(client, tokens, Long.MAX_VALUE)
                .orElseThrow()
                .settle(worker, tokens);
    }

    /** The network's owner changes the price; everything gets a new address. */
    void changeParameters(long price) {
        Address before = proxyContract();
        send(live.root().root(), "0.5", new ToRoot.ChangePrice(nextQuery(), new Nanoton(price), new Nanoton(19)));
        until(() -> !proxyContract().equals(before));
    }

    AccountState account(Address address) {
        return now(reader.account(address));
    }

    ClientContractState client(Address contract) throws Exception {
        Optional<Cell> data = account(contract).data();
        return data.isEmpty()
                ? ClientContractState.UNKNOWN
                : ContractData.Client.read(data.get()).state();
    }

    WorkerContractState worker(Address contract) throws Exception {
        Optional<Cell> data = account(contract).data();
        return data.isEmpty()
                ? WorkerContractState.UNKNOWN
                : ContractData.Worker.read(data.get()).state();
    }

    ContractData.Proxy proxy(Address contract) throws Exception {
        return ContractData.Proxy.read(account(contract).data().orElseThrow());
    }

    List<Transaction> transactions(Address address) {
        return now(reader.transactions(
                address, TransactionId.NONE, account(address).last(), 10_000));
    }

    /** What a proxy contract has paid to somebody, each payment by itself. */
    List<Nanoton> paid(Address contract, Address to) {
        return transactions(contract).stream()
                .flatMap(transaction -> transaction.out().stream())
                .filter(message -> message.destination().filter(to::equals).isPresent()
                        && MessageBody.operation(message.body()) == PAYOUT)
                .map(Message::value)
                .toList();
    }

    /** How many messages with value the proxy's wallet has sent to somebody. */
    long asked(Address to) {
        return transactions(wallet.address()).stream()
                .flatMap(transaction -> transaction.out().stream())
                .filter(message -> message.destination().filter(to::equals).isPresent()
                        && message.value().value() > 1
                        && MessageBody.operation(message.body()) != EXCESSES)
                .count();
    }

    @Override
    public void close() {
        transport.close();
        live.close();
        timer.shutdownNow();
        chain.close();
    }
}
