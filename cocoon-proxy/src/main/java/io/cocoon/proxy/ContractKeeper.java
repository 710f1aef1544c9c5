package io.cocoon.proxy;

import io.cocoon.proxy.ContractBook.Contract;
import io.cocoon.proxy.ContractSchedule.Own;
import io.cocoon.proxy.Ledger.Side;
import io.cocoon.store.StateFolder;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.wallet.WalletSender;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A proxy's contracts on a chain: the one that serves, and those of earlier parameters that are being closed.
 *
 * <p>One monitor guards everything; it is taken before those of the ledger's protocol and book and of the wallet. Disk and
 * signatures are waited for under it, so event loops never take it; nothing of the ledger that waits is called under it.
 */
final class ContractKeeper implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ContractKeeper.class);

    /** A chain that does not answer for so long keeps a proxy from starting. */
    private static final Duration CATCH_UP = Duration.ofMinutes(2);

    /** The proxy, as its contracts see it. Called under the keeper's monitor. */
    interface Proxy {

        /** A client has shown on the chain that it is there. */
        void registered(Address owner, long nonce);

        /** Why the proxy must not serve on its contract; empty when it may again. */
        void unfit(Optional<String> why);
    }

    private final ProxyContracts settings;
    private final LedgerSource.Owner self;
    private final ScheduledExecutorService timer;
    private final StateFolder folder;
    private final ContractBookStore store;
    private final ContractAlarms alarms;
    private final ContractSaver saver = new ContractSaver(this);
    private final WalletSender sender;
    private final Map<Address, ContractCare> cares = new LinkedHashMap<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private ContractBook book;
    private @Nullable Ledger ledger;
    private @Nullable Proxy proxy;
    private @Nullable Consumer<ProxyStatus.Chain> progress;
    private ProxyStatus.@Nullable Chain lastProgress;
    private Optional<String> unfit = Optional.empty();
    private boolean isClosed;

    private ContractKeeper(
            ProxyContracts settings,
            LedgerSource.Owner self,
            Clock clock,
            ScheduledExecutorService timer,
            StateFolder folder)
            throws IOException {
        this.settings = settings;
        this.self = self;
        this.timer = timer;
        this.folder = folder;
        alarms = new ContractAlarms(settings.alarms(), clock, timer);
        store = new ContractBookStore(folder.state("contracts"));
        book = store.open(self);
        sender = WalletSender.open(
                settings.chain(),
                settings.wallet(),
                folder.state("wallet"),
                settings.sending(),
                clock,
                timer,
                alarms::raise);
        take(book.current());
        book.old().forEach(this::take);
    }

    /**
     * Opens the folder, and the ledger in it.
     *
     * @throws IOException if something in it cannot be read, or is another proxy's, or is open already
     */
    static ContractKeeper open(
            ProxyContracts settings, LedgerSource.Owner self, Clock clock, ScheduledExecutorService timer)
            throws IOException {
        StateFolder folder = StateFolder.open(settings.folder());
        ContractKeeper keeper = null;
        try {
            keeper = new ContractKeeper(settings, self, clock, timer, folder);
            keeper.openLedger();
            return keeper;
        } catch (IOException | RuntimeException e) {
            if (keeper == null) {
                folder.close();
            } else {
                keeper.close();
            }
            throw e;
        }
    }

    /** Opens the ledger, where the proxy is now; what changed while it was stopped is written down first. */
    private void openLedger() throws IOException {
        Address contract;
        synchronized (this) {
            if (!book.isCounting()) {
                move(self.chain().root(), Set.of(), Set.of());
            }
            contract = book.current().address();
        }
        // Waits for what the chain has, and that is told under the monitor, so this does not hold it.
        Ledger opened = DurableLedger.open(
                SqliteStore.open(settings.folder().resolve("ledger")),
                new LedgerIdentity(
                        book.current().root().root(), self.owner(), self.key().publicKey()),
                contract,
                self.key(),
                saver,
                new DurableLedger.Parts(self.secure(), CATCH_UP, LedgerSource.newWriter()));
        synchronized (this) {
            ledger = opened;
            if (book.isCounting()) {
                // Nothing was billed on the new contract yet, so whoever nobody claims belongs to the one before.
                save(book.counted(unclaimed(Side.CLIENT), unclaimed(Side.WORKER)));
            }
        }
    }

    /** Returns whom the ledger has billed on no old contract that is known. */
    private Set<Address> unclaimed(Side side) {
        Set<Address> billed = new HashSet<>(ledger().contracts(side));
        for (Contract old : book.old()) {
            billed.removeAll(side == Side.CLIENT ? old.clients() : old.workers());
        }
        return billed;
    }

    private ContractCare take(Contract contract) {
        ContractOrders orders = new ContractOrders(
                contract.root(),
                contract.address(),
                self.owner(),
                self.key(),
                settings.wallet().address());
        ContractCare care = new ContractCare(this, contract, orders);
        cares.put(contract.address(), care);
        return care;
    }

    @Nullable
    ContractCare care(Address contract) {
        return cares.get(contract);
    }

    ContractBook book() {
        return book;
    }

    /** Returns the one that serves, or is being closed for good. */
    ContractCare current() {
        ContractCare care = cares.get(book.current().address());
        if (care == null) {
            throw new IllegalStateException("nobody cares for " + book.current().address());
        }
        return care;
    }

    /** Begins. What was being closed goes on. */
    synchronized void start(Proxy serving) {
        proxy = serving;
        for (Contract contract : book.old()) {
            ContractCare care = cares.get(contract.address());
            if (care != null) {
                care.end();
                // The ledger may have begun already, further back.
                care.follow(contract.last(), contract.last());
            }
        }
        if (book.closing()) {
            current().end();
        }
    }

    Ledger ledger() {
        Ledger opened = ledger;
        if (opened == null) {
            throw new IllegalStateException("the ledger is not open yet");
        }
        return opened;
    }

    ProxyContracts settings() {
        return settings;
    }

    CocoonChain cocoon() {
        return self.chain();
    }

    ScheduledExecutorService timer() {
        return timer;
    }

    WalletSender sender() {
        return sender;
    }

    /** Returns whether the proxy has begun. */
    boolean isStarted() {
        return proxy != null && ledger != null;
    }

    /** Returns whether contracts may be charged and paid: the ledger is sure of its totals. */
    boolean isReady() {
        return isStarted() && ledger().isOpen();
    }

    /** Runs something under the monitor, unless this is closed. */
    void locked(Runnable action) {
        synchronized (this) {
            if (!isClosed) {
                action.run();
            }
        }
    }

    /** Reads a client's or worker's contract; {@code then} runs under the monitor. */
    void refresh(Address contract, Consumer<@Nullable Throwable> then) {
        self.chain().refresh(contract).whenComplete((done, error) -> {
            try {
                timer.execute(() -> locked(() -> then.accept(error)));
            } catch (RejectedExecutionException e) {
                LOG.debug("contract {} is looked at no more: the timer has ended", contract);
            }
        });
    }

    /** Returns the clients or workers of a proxy contract. */
    synchronized Set<Address> parties(Address contract, Side side) {
        Contract of = book.find(contract).orElse(null);
        if (of == null) {
            return Set.of();
        }
        Set<Address> all = new HashSet<>(side == Side.CLIENT ? of.clients() : of.workers());
        if (of.address().equals(book.current().address())) {
            all.addAll(unclaimed(side));
        }
        return all;
    }

    /** Writes down how far a contract was followed. */
    void remember(Address contract, TransactionId last, Set<Address> clients) {
        Contract of = book.find(contract).orElse(null);
        if (of == null || Long.compareUnsigned(last.lt(), of.last().lt()) <= 0) {
            return;
        }
        Set<Address> more = clients;
        if (of.clients().size() + clients.size() > ContractBook.MAX_CLIENTS) {
            alarm("proxy contract " + contract + " has more than " + ContractBook.MAX_CLIENTS
                    + " clients; those that come now and never use it are not paid back by the proxy when it closes");
            more = Set.of();
        }
        save(book.with(of.after(last, more)));
    }

    private void save(ContractBook next) {
        store.save(next);
        book = next;
    }

    /** One of the contracts was looked at. */
    void looked(ContractCare care, Own own) {
        if (care.address().equals(book.current().address())) {
            saver.looked(own);
            if (!book.closing()) {
                tellWhetherFit(care, own);
            }
        }
        if (care.isFinished()
                && book.old().stream().anyMatch(each -> each.address().equals(care.address()))) {
            LOG.info("proxy contract {} of earlier parameters is closed; everybody has what is his", care.address());
            save(book.without(care.address()));
            cares.remove(care.address());
            care.close();
        }
        tellProgress();
    }

    private void tellWhetherFit(ContractCare care, Own own) {
        Optional<String> why = Optional.empty();
        if (!care.pays()) {
            why = Optional.of("the network pays workers more than clients pay, and no contract can do that (H8)");
        } else if (own.state() != ContractState.NORMAL) {
            why = Optional.of("its contract " + care.address() + " is "
                    + (own.state() == ContractState.CLOSING ? "closing" : "closed")
                    + ", and the operator did not order that here; it serves again with the network's next parameters");
        }
        if (!why.equals(unfit)) {
            unfit = why;
            why.ifPresent(reason -> alarm("the proxy leaves service: " + reason));
            Proxy told = proxy;
            if (told != null) {
                told.unfit(why);
            }
        }
    }

    /**
     * The network has new parameters: another contract serves from now on, and the one before is emptied and closed after {@link
     * #quiet}. Not once the end was ordered.
     *
     * @param clients that may still be billed on the present contract
     * @param workers likewise
     * @return whether the contract is another one; then the ledger has to be told
     * @throws UncheckedIOException if that cannot be written down; nothing has changed
     */
    synchronized boolean move(RootState root, Set<Address> clients, Set<Address> workers) {
        if (book.closing() || self.contract(root).equals(book.current().address())) {
            return false;
        }
        Address before = book.current().address();
        Set<Address> allClients = new HashSet<>(clients);
        Set<Address> allWorkers = new HashSet<>(workers);
        if (ledger != null) {
            allClients.addAll(parties(before, Side.CLIENT));
            allWorkers.addAll(parties(before, Side.WORKER));
        }
        Contract fresh = Contract.fresh(root, self.contract(root));
        save(book.moved(book.current().owing(allClients, allWorkers), fresh, ledger == null));
        saver.leave();
        LOG.info("proxy contract {} follows {}, which is emptied and closed", fresh.address(), before);
        take(fresh);
        return true;
    }

    /** Nothing more will be billed on a contract that serves no more. */
    synchronized void quiet(Address contract) {
        ContractCare care = cares.get(contract);
        if (care != null && (book.closing() || !contract.equals(book.current().address()))) {
            care.end();
            care.lookSoon();
        }
    }

    synchronized Address currentContract() {
        return book.current().address();
    }

    synchronized boolean isEnding() {
        return book.closing();
    }

    /**
     * Orders the end, for good: written down before this returns.
     *
     * @param listener is told what has changed, by the timer
     * @return ends when all contracts are closed
     */
    synchronized CompletionStage<Void> orderEnd(Consumer<ProxyStatus.Chain> listener) {
        if (!book.closing()) {
            save(book.ending());
        }
        progress = listener;
        return ended.copy();
    }

    private void tellProgress() {
        Consumer<ProxyStatus.Chain> listener = progress;
        if (listener != null) {
            ProxyStatus.Chain now = status();
            if (!now.equals(lastProgress)) {
                lastProgress = now;
                timer.execute(() -> listener.accept(now));
            }
        }
        if (book.closing() && book.old().isEmpty() && current().isFinished()) {
            ended.complete(null);
        }
    }

    void registered(Address owner, long nonce) {
        Proxy told = proxy;
        if (told != null) {
            told.registered(owner, nonce);
        }
    }

    /** A save of state arrived at one of the contracts. */
    void saved(Address contract, StateSaver.SavedState saved) {
        locked(() -> saver.arrived(contract, saved));
    }

    void alarm(String text) {
        alarms.raise(text);
    }

    /** Returns what is going on. */
    synchronized ProxyStatus.Chain status() {
        List<ProxyStatus.Contract> contracts = new ArrayList<>();
        for (ContractCare care : cares.values()) {
            Own own = care.own();
            contracts.add(new ProxyStatus.Contract(
                    care.address(),
                    own == null
                            ? "UNKNOWN"
                            : own.isActive() ? own.state().name() : own.status().name(),
                    Optional.ofNullable(own).map(Own::account),
                    Optional.ofNullable(own).map(Own::earnings),
                    care.isEnding(),
                    ledger == null ? 0 : care.unsettled()));
        }
        WalletSender.Status wallet = sender.status();
        return new ProxyStatus.Chain(wallet, saver.arrived(), unfit.or(wallet::problem), contracts);
    }

    /** Stops looking and sending; everything is on the disk and goes on next time. The ledger is closed apart. */
    @Override
    public void close() {
        synchronized (this) {
            if (isClosed) {
                return;
            }
            isClosed = true;
            cares.values().forEach(ContractCare::close);
        }
        sender.close();
        folder.close();
    }
}
