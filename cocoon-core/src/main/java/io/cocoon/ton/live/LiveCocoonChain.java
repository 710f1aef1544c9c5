package io.cocoon.ton.live;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.CocoonChain;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.chain.WorkerContractState;
import io.cocoon.ton.contract.RootStateCodec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cocoon's contracts on a chain: the root contract is read again and again, client and worker contracts when they are asked for
 * and from then on.
 *
 * <p>States are read from the accounts themselves, never taken from messages: whoever sends a notification can not make this
 * believe anything (payments dossier H6). A root state that cannot be read leaves the old one in place, loudly (H25); a lower
 * version is ignored (dossier 2.2). An account is followed for {@link Settings#forgetAfter} since it was last asked for.
 *
 * <p>Thread-safe. Runs on the given timer and the chain's threads; {@link #close} stops the reading and closes neither.
 */
public final class LiveCocoonChain implements CocoonChain {

    /** The most contracts that are followed; one more that is asked for is read once and not again. */
    public static final int MAX_FOLLOWED = 100_000;

    private static final Logger LOG = LoggerFactory.getLogger(LiveCocoonChain.class);

    /**
     * How often.
     *
     * @param rootPoll between two looks at the root contract
     * @param contractPoll between two looks at each other contract
     * @param forgetAfter a contract that nobody asked for so long is followed no more
     */
    public record Settings(Duration rootPoll, Duration contractPoll, Duration forgetAfter) {

        /** As the reference polls, at the lower end of its ranges (dossier 9.2). */
        public static final Settings DEFAULT =
                new Settings(Duration.ofSeconds(30), Duration.ofSeconds(5), Duration.ofHours(1));
    }

    private final TonChain chain;
    private final Address rootAddress;
    private final Settings settings;
    private final Clock clock;
    private final ScheduledExecutorService timer;
    private final Map<Address, Followed> followed = new ConcurrentHashMap<>();
    private final List<Consumer<RootState>> listeners = new CopyOnWriteArrayList<>();
    private final List<ScheduledFuture<?>> tasks = new CopyOnWriteArrayList<>();
    private final Object rootMonitor = new Object();
    /** Logical time of a state that could not be read and was complained of. */
    private long unreadable = -1;

    private volatile RootState root;
    private volatile Instant rootSeenAt;
    private volatile boolean closed;

    private LiveCocoonChain(
            TonChain chain,
            Address rootAddress,
            Settings settings,
            Clock clock,
            ScheduledExecutorService timer,
            RootState root,
            Instant rootSeenAt) {
        this.chain = chain;
        this.rootAddress = rootAddress;
        this.settings = settings;
        this.clock = clock;
        this.timer = timer;
        this.root = root;
        this.rootSeenAt = rootSeenAt;
    }

    /**
     * Reads the root contract once and follows it from then on.
     *
     * @param timer runs the polling; not shut down here
     * @return fails with {@link ChainException} if the chain cannot be read, or {@code root} is no root contract
     */
    public static CompletionStage<LiveCocoonChain> open(
            TonChain chain, Address root, Settings settings, Clock clock, ScheduledExecutorService timer) {
        return chain.account(root).thenCompose(account -> {
            try {
                LiveCocoonChain live = new LiveCocoonChain(
                        chain,
                        root,
                        settings,
                        clock,
                        timer,
                        read(account),
                        account.at().time());
                live.start();
                return CompletableFuture.completedStage(live);
            } catch (CellException e) {
                return CompletableFuture.failedStage(new ChainException(
                        ChainException.Reason.WRONG_ANSWER,
                        "account " + root + " is " + account.status() + " and no root contract that is known here: "
                                + e.getMessage() + "; check the address and the network",
                        e));
            }
        });
    }

    private static RootState read(AccountState account) throws CellException {
        Cell data = account.data().orElseThrow(() -> new CellException("it has no data"));
        return RootStateCodec.read(account.address(), data);
    }

    private void start() {
        every(settings.rootPoll(), this::pollRoot);
        every(settings.contractPoll(), this::pollContracts);
    }

    private void every(Duration period, Runnable task) {
        long millis = period.toMillis();
        tasks.add(timer.scheduleWithFixedDelay(task, millis, millis, TimeUnit.MILLISECONDS));
    }

    private void pollRoot() {
        chain.account(rootAddress).whenComplete((account, error) -> {
            if (account == null) {
                LOG.warn("the root contract could not be read, its state of {} stays: {}", rootSeenAt, message(error));
            } else if (!closed) {
                rootRead(account);
            }
        });
    }

    private void rootRead(AccountState account) {
        RootState newer;
        synchronized (rootMonitor) {
            RootState read;
            try {
                read = read(account);
            } catch (CellException e) {
                if (account.last().lt() == unreadable) {
                    return;
                }
                unreadable = account.last().lt();
                LOG.error(
                        "the root contract has a state that this version cannot read, the one of {} stays: {}. A newer"
                                + " version of this library may be needed",
                        rootSeenAt,
                        e.getMessage());
                return;
            }
            int order = Integer.compareUnsigned(read.version(), root.version());
            if (order < 0) {
                return;
            }
            if (account.at().time().isAfter(rootSeenAt)) {
                rootSeenAt = account.at().time();
            }
            if (order == 0) {
                return;
            }
            root = read;
            newer = read;
        }
        for (Consumer<RootState> listener : listeners) {
            try {
                listener.accept(newer);
            } catch (RuntimeException e) {
                LOG.warn("a listener failed on version {} of the root contract", newer.version(), e);
            }
        }
    }

    private void pollContracts() {
        Instant old = clock.instant().minus(settings.forgetAfter());
        followed.values().removeIf(each -> each.askedAt.isBefore(old));
        followed.values().forEach(this::read);
    }

    private CompletableFuture<Void> read(Followed contract) {
        CompletableFuture<Void> running = new CompletableFuture<>();
        CompletableFuture<Void> first = contract.reading.compareAndExchange(null, running);
        if (first != null) {
            return first;
        }
        chain.account(contract.address).whenComplete((account, error) -> {
            contract.reading.set(null);
            if (account == null) {
                running.completeExceptionally(cause(error));
                return;
            }
            contract.take(account);
            running.complete(null);
        });
        return running;
    }

    private Followed follow(Address address) {
        Followed known = followed.get(address);
        if (known == null) {
            Followed fresh = new Followed(address, clock.instant());
            known = followed.size() >= MAX_FOLLOWED ? fresh : followed.computeIfAbsent(address, key -> fresh);
            if (known == fresh) {
                read(fresh);
            }
        }
        known.askedAt = clock.instant();
        return known;
    }

    @Override
    public String describe() {
        return "root contract " + rootAddress.toText(isTestnet()) + " through " + chain.describe();
    }

    @Override
    public boolean isTestnet() {
        return chain.isTestnet();
    }

    @Override
    public boolean isSimulated() {
        return false;
    }

    @Override
    public RootState root() {
        return root;
    }

    @Override
    public Instant rootSeenAt() {
        return rootSeenAt;
    }

    @Override
    public Runnable onRootChange(Consumer<RootState> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public ClientContractState client(Address contract) {
        return follow(contract).client;
    }

    @Override
    public WorkerContractState worker(Address contract) {
        return follow(contract).worker;
    }

    @Override
    public CompletionStage<Void> refresh(Address contract) {
        // A read that has begun may be older than what the caller knows to have happened, so one more follows it.
        Followed of = follow(contract);
        CompletableFuture<Void> running = of.reading.get();
        return running == null
                ? read(of).copy()
                : running.handle((done, error) -> done).thenCompose(done -> read(of));
    }

    @Override
    public void close() {
        closed = true;
        tasks.forEach(task -> task.cancel(false));
        followed.clear();
        listeners.clear();
    }

    private static String message(@Nullable Throwable error) {
        return error == null ? "no reason given" : String.valueOf(cause(error).getMessage());
    }

    private static Throwable cause(@Nullable Throwable error) {
        Throwable cause = error instanceof CompletionException ? error.getCause() : error;
        return cause == null ? new IllegalStateException("a stage ended with nothing") : cause;
    }
}
