package io.cocoon.testkit;

import io.cocoon.client.ChannelSettings;
import io.cocoon.client.ClientBuilder;
import io.cocoon.client.Network;
import io.cocoon.client.Wallet;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.proxy.ProxyContracts;
import io.cocoon.proxy.ProxyLimits;
import io.cocoon.proxy.ProxyServerBuilder;
import io.cocoon.testkit.chain.LocalAccess;
import io.cocoon.testkit.chain.LocalChain;
import io.cocoon.testkit.chain.LocalRoot;
import io.cocoon.testkit.chain.Narrator;
import io.cocoon.testkit.contracts.ContractCode;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.live.LiveCocoonChain;
import io.cocoon.ton.live.TonNetwork;
import io.cocoon.ton.wallet.CocoonWallet;
import io.cocoon.ton.wallet.WalletSender;
import io.cocoon.worker.WorkerLimits;
import io.cocoon.worker.WorkerPayouts;
import io.cocoon.worker.WorkerRuntimeBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A local chain that makes blocks by itself, the root contract on it, and a folder for what the roles write down. */
final class OnLocalChain implements NetworkChain {

    private static final Logger LOG = LoggerFactory.getLogger(OnLocalChain.class);
    private static final Duration FORGET = Duration.ofHours(1);
    private static final Duration IDLE = Duration.ofMinutes(5);
    /** So many blocks without an effect, and a message has failed. */
    private static final int PATIENCE_BLOCKS = 50;

    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final Nanoton WALLET = Nanoton.ofTon("50");
    private static final Nanoton DEPOSIT = Nanoton.ofTon("5");
    private static final Nanoton DEPOSITS = Nanoton.ofTon("40");

    private final LocalChain chain;
    private final LocalRoot root;
    private final LocalAccess access;
    private final TonNetwork network;
    private final Optional<Narrator> narrator;
    /** How often roles look at the chain. */
    private final Duration poll;
    /** By the chain's clock. */
    private final Duration patience;

    private final Path folder;
    private final AtomicInteger folders = new AtomicInteger();

    private OnLocalChain(
            LocalChain chain,
            LocalRoot root,
            LocalAccess access,
            TonNetwork network,
            Optional<Narrator> narrator,
            Duration poll,
            Duration patience,
            Path folder) {
        this.chain = chain;
        this.root = root;
        this.access = access;
        this.network = network;
        this.narrator = narrator;
        this.poll = poll;
        this.patience = patience;
        this.folder = folder;
    }

    /**
     * Starts a chain that makes blocks by itself, and whose newest state is looked at twice in the time of a block.
     *
     * @param realInterval how long the interval of a block takes
     */
    static OnLocalChain start(
            long seed,
            Duration blockInterval,
            Duration realInterval,
            ContractCode code,
            LocalRoot.Terms terms,
            Optional<Narrator> narrator) {
        LocalChain chain = LocalChain.start(
                seed, blockInterval, Instant.ofEpochSecond(Instant.now().getEpochSecond()));
        narrator.ifPresent(chain::narrator);
        try {
            LocalRoot root = LocalRoot.deploy(chain, code, terms);
            chain.nextBlock();
            chain.run(realInterval);
            Duration poll = realInterval.dividedBy(2);
            LocalAccess access = chain.access();
            TonNetwork network = TonNetwork.over(
                    access, root.address(), new LiveCocoonChain.Settings(poll, poll, FORGET), Clock.systemUTC());
            return new OnLocalChain(
                    chain,
                    root,
                    access,
                    network,
                    narrator,
                    poll,
                    blockInterval.multipliedBy(PATIENCE_BLOCKS),
                    Files.createTempDirectory("cocoon-test-network"));
        } catch (ChainException e) {
            chain.close();
            throw new IllegalStateException("the local chain did not start: " + e.getMessage(), e);
        } catch (IOException e) {
            chain.close();
            throw new UncheckedIOException("no folder for what the roles write down", e);
        } catch (RuntimeException e) {
            chain.close();
            throw e;
        }
    }

    LocalChain chain() {
        return chain;
    }

    LocalAccess access() {
        return access;
    }

    /** Returns a new wallet with money, which its first message deploys. */
    private CocoonWallet wallet(String whose, Address owner, SecureRandom random) {
        CocoonWallet wallet = CocoonWallet.withCode(
                Ed25519Key.generate(random), owner, root.code().wallet());
        narrator.ifPresent(told -> told.name(wallet.address(), whose + "'s wallet"));
        chain.fund(wallet.address(), WALLET);
        chain.nextBlock();
        return wallet;
    }

    /** Gives a proxy its contracts; what it signs it saves on the chain some blocks later. */
    void keepContracts(ProxyServerBuilder proxy, Address owner, SecureRandom random) {
        narrator.ifPresent(told -> told.name(owner, "owner of proxy and worker"));
        Duration save = poll.multipliedBy(4);
        ProxyContracts contracts = ProxyContracts.of(access, wallet("proxy", owner, random), newFolder("proxy"))
                .withTiming(new ProxyContracts.Timing(poll, patience), sending());
        proxy.contracts(contracts)
                .limits(ProxyLimits.DEFAULT.toBuilder().ledger(poll, save).build());
    }

    /** Lets a worker be paid. */
    void pay(WorkerRuntimeBuilder worker, Address owner, SecureRandom random) {
        worker.state(newFolder("worker"))
                .payouts(WorkerPayouts.through(access, wallet("worker", owner, random))
                        .timing(new WorkerPayouts.Timing(poll, IDLE, patience, RETRY))
                        .sending(sending()))
                .limits(WorkerLimits.DEFAULT.withPaymentPoll(poll.multipliedBy(2), poll.multipliedBy(4)));
    }

    /** Gives a client a wallet of its own, and leave to open channels. */
    void fund(ClientBuilder client, SecureRandom random) {
        byte[] owner = new byte[Int256.BYTES];
        random.nextBytes(owner);
        client.network(Network.of(network.cocoon(), access))
                .wallet(Wallet.of(wallet("client", new Address(0, Int256.of(owner)), random)))
                .channels(channelSettings());
    }

    /** Returns the settings that {@link #fund} uses, with a folder of their own. */
    ChannelSettings channelSettings() {
        Nanoton stake = cocoon().root().params().minClientStake();
        return ChannelSettings.in(newFolder("client"), DEPOSITS)
                .firstDeposit(stake.compareTo(DEPOSIT) > 0 ? stake : DEPOSIT)
                .poll(poll);
    }

    private WalletSender.Settings sending() {
        WalletSender.Settings usual = WalletSender.Settings.DEFAULT;
        return new WalletSender.Settings(poll, usual.validity(), usual.resendAfter(), RETRY);
    }

    private Path newFolder(String role) {
        return folder.resolve(role + "-" + folders.incrementAndGet());
    }

    @Override
    public CocoonChain cocoon() {
        return network.cocoon();
    }

    @Override
    public void register(HostPort forWorkers, HostPort forClients) {
        root.registerProxy(forWorkers, forClients);
    }

    @Override
    public void keyManager(RootState.KeyManager manager) {
        root.keyManager(manager);
    }

    @Override
    public CompletionStage<Void> publish(RootState.NetworkKey key) {
        root.addNetworkKey(key);
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void changePrices(Nanoton perToken, Nanoton workerFeePerToken) {
        root.changePrice(perToken, workerFeePerToken);
    }

    @Override
    public void close() {
        network.close();
        chain.close();
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path left, @org.jspecify.annotations.Nullable IOException e)
                        throws IOException {
                    Files.delete(left);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            LOG.warn("folder {} could not be removed: {}", folder, e.toString());
        }
    }
}
