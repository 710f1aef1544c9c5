package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.store.StateStore;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.StateInit;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.Message;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.channel.ClientChannels;
import io.cocoon.ton.contract.ContractData;
import io.cocoon.ton.wallet.Order;
import io.cocoon.ton.wallet.WalletSender;
import io.cocoon.ton.wallet.WalletSigner;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/**
 * Takes everything back from all client contracts that a wallet ever deployed, from its key and the chain alone: without the
 * client's folder, its secret or the proxies' help.
 *
 * <p>May be stopped and begun again at any time, also by another process: it looks at the chain and goes on; asking twice changes
 * nothing. No client and no other program may use the key meanwhile. Thread-safe; {@link #close} ends its thread.
 */
public final class ChannelRecovery implements AutoCloseable {

    private static final int PAGE = 64;
    private static final Duration BACK_OFF = Duration.ofSeconds(30);
    private static final Nanoton LEFT_FOR_FEES = Nanoton.ofTon("0.1");

    /**
     * How.
     *
     * @param patience how long after its unlock time a refund waits for a proxy that could grant more than force would give
     * @param poll between two looks at each contract and at the wallet
     * @param clock of messages' validity
     * @param onAlarm is told what the owner should know or do
     */
    public record Settings(Duration patience, Duration poll, Clock clock, Consumer<String> onAlarm) {

        /** Patience of two days, a look each five seconds, alarms to the log only. */
        public static final Settings DEFAULT =
                new Settings(Duration.ofDays(2), Duration.ofSeconds(5), Clock.systemUTC(), text -> {});
    }

    private final TonChain access;
    private final Network network;
    private final WalletSigner signer;
    private final Settings settings;
    private final List<Runnable> closing = new ArrayList<>();
    private final ScheduledExecutorService timer;

    private ChannelRecovery(TonChain access, Network network, WalletSigner signer, Settings settings) {
        this.access = access;
        this.network = network;
        this.signer = signer;
        this.settings = settings;
        this.timer = OwnThreads.money(closing);
    }

    /**
     * Begins; asks for nothing yet.
     *
     * @throws CocoonException.Configuration if the network has no access to its chain, or the wallet no key
     */
    public static ChannelRecovery open(Network network, Wallet wallet, Settings settings) {
        TonChain access = network.access()
                .orElseThrow(() -> new CocoonException.Configuration(
                        "the network (" + network + ") has no access to a chain", "use Network.of(cocoon, access)"));
        WalletSigner signer = wallet.signer()
                .orElseThrow(() -> new CocoonException.Configuration(
                        "of wallet " + wallet + " only the address is known",
                        "use Wallet.ofNodeKey(…) with the key and the owner that the client had"));
        return new ChannelRecovery(access, network, signer, settings);
    }

    /**
     * Reads the wallet's whole history and every contract that it deployed. Asks for nothing.
     *
     * @return fails with {@link io.cocoon.ton.chain.ChainException} if the chain cannot be read, or nobody has all of the history
     */
    public CompletableFuture<List<RecoverableChannel>> scan() {
        return inits().thenCompose(this::read).toCompletableFuture();
    }

    /**
     * Asks for everything, waits, forces what is not granted, and ends when all contracts are closed. That takes as long as the
     * network's delay for clients and the patience, unless the proxies help.
     *
     * @return what became of each; fails as {@link #scan}, or with {@link io.cocoon.ton.channel.ChannelException} when this is closed first
     */
    public CompletableFuture<List<ChannelResult>> run() {
        return inits().thenCompose(inits -> read(inits).thenCompose(found -> takeBack(inits, found)))
                .toCompletableFuture();
    }

    /**
     * Sends everything that the wallet has, but 0.1 TON, to an address, such as its owner's.
     *
     * @param to in any text form
     * @return ends with how much was sent; fails with {@link CocoonException.Balance} if the wallet has too little to work: then
     *     only the owner's wallet can empty it, with a message of the single letter {@code w}; with {@link
     *     CocoonException.Configuration} if there is no contract at that address, which would send everything back
     */
    public CompletableFuture<Nanoton> sweep(String to) {
        Address owner = Address.parse(to);
        return access.account(owner)
                .thenCompose(target -> access.account(signer.address()).thenCompose(account -> sweep(target, account)))
                .toCompletableFuture();
    }

    private CompletionStage<Nanoton> sweep(AccountState target, AccountState account) {
        if (target.status() != AccountState.Status.ACTIVE) {
            return CompletableFuture.failedStage(new CocoonException.Configuration(
                    "there is no contract at " + target.address() + " (" + target.status()
                            + "): what is sent there would come back",
                    "check the address; a new wallet comes to be with the first message that it sends"));
        }
        if (account.balance().compareTo(signer.leastBalance()) < 0) {
            return CompletableFuture.failedStage(new CocoonException.Balance(
                    "wallet " + signer.address() + " has " + account.balance() + " and works from "
                            + signer.leastBalance() + " on",
                    "let its owner send it a message with the text w, or send it some TON first",
                    CocoonException.NO_CODE));
        }
        Nanoton value = account.balance().minus(LEFT_FOR_FEES);
        try {
            WalletSender sender = WalletSender.open(
                    access, signer, StateStore.inMemory(), sending(), settings.clock(), timer, settings.onAlarm());
            Order all = new Order(Int256.ZERO, target.address(), value, Optional.empty(), Optional.empty());
            return sender.send(all).thenApply(by -> value).whenComplete((sent, error) -> sender.close());
        } catch (IOException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    private WalletSender.Settings sending() {
        WalletSender.Settings usual = WalletSender.Settings.DEFAULT;
        return new WalletSender.Settings(settings.poll(), usual.validity(), usual.resendAfter(), usual.backOff());
    }

    // ---- what the wallet deployed

    private CompletionStage<Map<Address, StateInit>> inits() {
        return access.account(signer.address())
                .thenCompose(account -> inits(account, TransactionId.NONE, new LinkedHashMap<>()));
    }

    private CompletionStage<Map<Address, StateInit>> inits(
            AccountState wallet, TransactionId after, Map<Address, StateInit> sofar) {
        if (Long.compareUnsigned(wallet.last().lt(), after.lt()) <= 0) {
            return CompletableFuture.completedStage(sofar);
        }
        return access.transactions(signer.address(), after, wallet.last(), PAGE).thenCompose(page -> {
            page.stream().flatMap(transaction -> transaction.out().stream()).forEach(out -> collect(out, sofar));
            return page.isEmpty()
                    ? CompletableFuture.completedStage(sofar)
                    : inits(wallet, page.get(page.size() - 1).id(), sofar);
        });
    }

    /** What is no client contract of this wallet is left alone. */
    private void collect(Message out, Map<Address, StateInit> found) {
        Optional<Cell> init = out.init();
        if (init.isEmpty()) {
            return;
        }
        try {
            StateInit state = StateInit.read(init.get());
            if (state.data().isPresent()
                    && out.destination().filter(state.address()::equals).isPresent()
                    && ContractData.Client.read(state.data().get()).owner().equals(signer.address())) {
                found.put(state.address(), state);
            }
        } catch (CellException e) {
            // Another kind of contract.
        }
    }

    private CompletionStage<List<RecoverableChannel>> read(Map<Address, StateInit> inits) {
        CompletionStage<List<RecoverableChannel>> all = CompletableFuture.completedStage(new ArrayList<>());
        for (StateInit init : inits.values()) {
            all = all.thenCompose(sofar -> access.account(init.address()).thenApply(account -> {
                sofar.add(read(init, account));
                return sofar;
            }));
        }
        return all.thenApply(List::copyOf);
    }

    private static RecoverableChannel read(StateInit init, AccountState account) {
        try {
            ContractData.Client origin =
                    ContractData.Client.read(init.data().orElseThrow(() -> new CellException("no data")));
            Optional<ContractData.Client> now = account.data().isPresent()
                    ? Optional.of(ContractData.Client.read(account.data().get()))
                    : Optional.empty();
            return new RecoverableChannel(init.address(), origin.proxy(), now);
        } catch (CellException e) {
            throw new CompletionException(new CocoonException.Protocol(
                    "client contract " + init.address() + " has data that no client contract has: " + e.getMessage(),
                    "a newer version of this library may be needed",
                    e));
        }
    }

    // ---- taking it back

    private CompletionStage<List<ChannelResult>> takeBack(
            Map<Address, StateInit> inits, List<RecoverableChannel> found) {
        List<RecoverableChannel> open =
                found.stream().filter(RecoverableChannel::isOpen).toList();
        if (open.isEmpty()) {
            return CompletableFuture.completedStage(List.of());
        }
        try {
            ClientChannels channels = ClientChannels.open(
                    access,
                    network.chain()::root,
                    signer,
                    name -> StateStore.inMemory(),
                    Optional.empty(),
                    new ClientChannels.Settings(
                            Optional.empty(),
                            Nanoton.ZERO,
                            Optional.empty(),
                            settings.patience(),
                            BACK_OFF,
                            settings.poll(),
                            sending()),
                    settings.clock(),
                    new SecureRandom(),
                    timer,
                    settings.onAlarm(),
                    opening -> {});
            synchronized (closing) {
                closing.add(0, channels::close);
            }
            CompletionStage<List<ChannelResult>> all = CompletableFuture.completedStage(new ArrayList<>());
            for (RecoverableChannel each : open) {
                CompletionStage<ClientChannels.Result> back =
                        channels.takeBack(Objects.requireNonNull(inits.get(each.contract())));
                all = all.thenCombine(back, (sofar, result) -> {
                    sofar.add(new ChannelResult(result.contract(), result.amount(), result.what()));
                    return sofar;
                });
            }
            return all.thenApply(List::copyOf).whenComplete((done, error) -> channels.close());
        } catch (IOException | CellException e) {
            return CompletableFuture.failedStage(e);
        }
    }

    /** Ends the looking; what was asked for goes on on the chain, and a new run goes on from there. */
    @Override
    public void close() {
        List<Runnable> all;
        synchronized (closing) {
            all = List.copyOf(closing);
            closing.clear();
        }
        all.forEach(Runnable::run);
    }
}
