package io.cocoon.ton.wallet;

import io.cocoon.payment.Nanoton;
import io.cocoon.store.StateStore;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends what is ordered through one wallet, each order once, across crashes, lost messages, expired messages, failed actions and
 * a chain that is away for a while ({@link Outbox} says why).
 *
 * <p>Promises: an order that {@link #send} has accepted is on the disk; it is sent until a transaction of the wallet shows that
 * it went out. Not promised: that its destination did what it was asked to; look at the destination. After a crash accepted
 * orders go on by themselves, but their stages are gone with the process.
 *
 * <p>Thread-safe. Looks at the chain from time to time on the given timer; disk and chain are never waited for on it longer than
 * a write takes. {@link #close} ends the looking and leaves what is under way on the disk.
 */
public final class WalletSender implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WalletSender.class);
    private static final int PAGE = 64;
    private static final Duration ALARM_AGAIN = Duration.ofMinutes(10);

    /**
     * How often and how long.
     *
     * @param poll between two looks at the wallet
     * @param validity of a signed message; it is signed anew when the chain's clock is past it
     * @param resendAfter how long to wait before the same message is sent again
     * @param backOff after a failed action phase, doubled each time up to 64 times
     */
    public record Settings(Duration poll, Duration validity, Duration resendAfter, Duration backOff) {

        /** For a network of unknown speed. */
        public static final Settings DEFAULT = new Settings(
                Duration.ofSeconds(5), Duration.ofMinutes(10), Duration.ofSeconds(30), Duration.ofSeconds(10));

        private Outbox.Timing timing() {
            return new Outbox.Timing(validity, resendAfter, backOff);
        }
    }

    /**
     * How a wallet is doing.
     *
     * @param address the wallet's
     * @param balance at the last look; empty before the first
     * @param seqno of its next message, at the last look; empty before the first
     * @param waiting orders that are not yet seen to have gone out
     * @param signed how many signed messages may still be taken by the chain
     * @param problem what keeps them, for people; empty if nothing is known to
     */
    public record Status(
            Address address,
            Optional<Nanoton> balance,
            OptionalInt seqno,
            int waiting,
            int signed,
            Optional<String> problem) {}

    private final TonChain chain;
    private final WalletSigner signer;
    private final StateStore store;
    private final Settings settings;
    private final Clock clock;
    private final Executor executor;
    private final Consumer<String> alarms;
    private final ScheduledFuture<?> timer;

    private final Map<Int256, CompletableFuture<TransactionId>> stages = new HashMap<>();
    private Outbox outbox;
    private @Nullable Nanoton balance;
    private OptionalInt seqno = OptionalInt.empty();
    private @Nullable String problem;
    private String alarm = "";
    private Instant alarmed = Instant.EPOCH;
    private boolean looking;
    private boolean closed;

    private WalletSender(
            TonChain chain,
            WalletSigner signer,
            StateStore store,
            Settings settings,
            Clock clock,
            ScheduledExecutorService timer,
            Consumer<String> alarms,
            Outbox outbox) {
        this.chain = chain;
        this.signer = signer;
        this.store = store;
        this.settings = settings;
        this.clock = clock;
        this.executor = timer;
        this.alarms = alarms;
        this.outbox = outbox;
        long period = settings.poll().toMillis();
        this.timer = timer.scheduleWithFixedDelay(this::look, 0, period, TimeUnit.MILLISECONDS);
    }

    /**
     * Opens the outbox of a wallet and goes on with what it holds.
     *
     * @param store holds this wallet's outbox and nothing else
     * @param timer runs everything; not shut down here
     * @param alarms is told what an operator has to do something about, from the timer's threads
     * @throws IOException if the outbox cannot be read, or is another wallet's
     */
    public static WalletSender open(
            TonChain chain,
            WalletSigner signer,
            StateStore store,
            Settings settings,
            Clock clock,
            ScheduledExecutorService timer,
            Consumer<String> alarms)
            throws IOException {
        Optional<Bytes> saved = store.load();
        Outbox outbox = Outbox.EMPTY;
        if (saved.isPresent()) {
            try {
                outbox = OutboxCodec.read(signer.address(), saved.get());
            } catch (TlException e) {
                throw new IOException(
                        "the outbox of wallet " + signer.address() + " cannot be read: " + e.getMessage(), e);
            }
        }
        return new WalletSender(chain, signer, store, settings, clock, timer, alarms, outbox);
    }

    /** Returns the wallet's address. */
    public Address address() {
        return signer.address();
    }

    /** Returns how it is doing. */
    public synchronized Status status() {
        return new Status(
                signer.address(),
                Optional.ofNullable(balance),
                seqno,
                outbox.waiting().size(),
                outbox.flights().size(),
                Optional.ofNullable(problem));
    }

    /**
     * Accepts an order. When this returns, the order is on the disk. May wait for the disk. The same order may be given any
     * number of times, also after a crash: it goes out once.
     *
     * @return ends with the wallet's transaction that sent it; fails with {@link ChainException} only when this is closed
     *     first, and even then the order goes on when the outbox is opened again. Cancelling it does not cancel the order
     * @throws IOException if the order could not be written down; then it is not accepted
     * @throws IllegalStateException if this is closed or too many orders wait
     */
    public CompletionStage<TransactionId> send(Order order) throws IOException {
        CompletableFuture<TransactionId> stage;
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("the sender of wallet " + signer.address() + " is closed");
            }
            Optional<TransactionId> before = outbox.sentBy(order.id());
            if (before.isPresent()) {
                return CompletableFuture.completedStage(before.get());
            }
            Outbox longer = outbox.with(order);
            if (longer != outbox) {
                store.save(OutboxCodec.write(signer.address(), longer));
                outbox = longer;
            }
            stage = stages.computeIfAbsent(order.id(), id -> new CompletableFuture<>());
        }
        soon();
        return stage.copy();
    }

    private void soon() {
        try {
            executor.execute(this::look);
        } catch (RejectedExecutionException e) {
            LOG.debug("wallet {} looks at the chain no more: its timer has ended", signer.address());
        }
    }

    /** Looks at the wallet once, unless a look is under way or there is no reason to. */
    private void look() {
        TransactionId seen;
        synchronized (this) {
            if (looking || closed) {
                return;
            }
            looking = true;
            seen = outbox.seen().orElse(null);
        }
        chain.account(signer.address())
                .thenCompose(account -> seen == null
                        ? CompletableFuture.completedStage(new Outbox.Look(account, List.of()))
                        : since(account, seen, new ArrayList<>()))
                .whenCompleteAsync(this::looked, executor);
    }

    private CompletionStage<Outbox.Look> since(AccountState account, TransactionId seen, List<Transaction> sofar) {
        if (Long.compareUnsigned(account.last().lt(), seen.lt()) <= 0) {
            return CompletableFuture.completedStage(new Outbox.Look(account, sofar));
        }
        return chain.transactions(signer.address(), seen, account.last(), PAGE).thenCompose(page -> {
            sofar.addAll(page);
            return page.isEmpty()
                    ? CompletableFuture.completedStage(new Outbox.Look(account, sofar))
                    : since(account, page.get(page.size() - 1).id(), sofar);
        });
    }

    private void looked(Outbox.@Nullable Look look, @Nullable Throwable error) {
        List<Outbox.Effect> effects = List.of();
        synchronized (this) {
            looking = false;
            if (closed) {
                return;
            }
            if (look == null) {
                LOG.debug("wallet {} could not be looked at: {}", signer.address(), message(error));
                problem = "the chain does not answer: " + message(error);
                return;
            }
            problem = null;
            balance = look.account().balance();
            try {
                seqno = OptionalInt.of(signer.seqno(look.account()));
                Outbox.Step step = outbox.after(look, clock.instant(), signer, settings.timing());
                if (!step.next().equals(outbox)) {
                    store.save(OutboxCodec.write(signer.address(), step.next()));
                    outbox = step.next();
                }
                effects = step.effects();
            } catch (CellException | IOException | RuntimeException e) {
                // Nothing was sent that is not on the disk, and nothing is done now. The next look tries again.
                effects = List.of(
                        new Outbox.Effect.Alarm("wallet " + signer.address() + " sends nothing: " + e.getMessage()));
            }
        }
        effects.forEach(this::carryOut);
    }

    private void carryOut(Outbox.Effect effect) {
        if (effect instanceof Outbox.Effect.Send send) {
            chain.send(send.message()).whenComplete((sent, error) -> {
                if (error != null) {
                    // Sent again after a while; whether it arrived is seen in the transactions only.
                    LOG.debug("a message of wallet {} was not taken: {}", signer.address(), message(error));
                }
            });
        } else if (effect instanceof Outbox.Effect.Done done) {
            CompletableFuture<TransactionId> stage;
            synchronized (this) {
                stage = stages.remove(done.order());
            }
            if (stage != null) {
                stage.complete(done.by());
            }
        } else if (effect instanceof Outbox.Effect.Alarm raised) {
            tell(raised.text());
        }
    }

    private void tell(String text) {
        Instant now = clock.instant();
        boolean again;
        synchronized (this) {
            again = !text.equals(alarm) || !now.isBefore(alarmed.plus(ALARM_AGAIN));
            problem = text;
            if (again) {
                alarm = text;
                alarmed = now;
            }
        }
        if (again) {
            LOG.warn("{}", text);
            alarms.accept(text);
        }
    }

    private static String message(@Nullable Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        return cause == null ? "no reason given" : String.valueOf(cause.getMessage());
    }

    @Override
    public void close() {
        List<CompletableFuture<TransactionId>> open;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            open = new ArrayList<>(stages.values());
            stages.clear();
        }
        timer.cancel(false);
        ChainException end = new ChainException(
                ChainException.Reason.CLOSED,
                "the sender of wallet " + signer.address()
                        + " was closed; its orders are on the disk and go on next time");
        open.forEach(stage -> stage.completeExceptionally(end));
    }
}
