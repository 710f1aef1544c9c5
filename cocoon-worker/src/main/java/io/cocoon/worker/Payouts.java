package io.cocoon.worker;

import io.cocoon.payment.PaymentTotals;
import io.cocoon.payment.PayoutRule;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.wallet.Order;
import io.cocoon.ton.wallet.WalletSender;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs {@link Payout} for every account: looks at the contracts one after the other, writes the next state, then does what it says.
 * All state is confined to the given thread but for what {@link #problem} tells.
 */
final class Payouts {

    private static final Logger LOG = LoggerFactory.getLogger(Payouts.class);
    private static final int PAGE = 64;

    private final WorkerPayouts settings;
    private final ProxyAccounts accounts;
    private final WalletSender sender;
    private final ScheduledExecutorService thread;
    private final Clock clock;
    private final Supplier<RootState> root;
    private final IntSupplier activeQueries;
    private final Consumer<String> alarms;
    private final Payout.Settings rules;

    private final Set<Int256> placed = new HashSet<>();
    private final Map<Address, Growth> growth = new HashMap<>();
    private final List<PayOutNow> asked = new ArrayList<>();
    private boolean looking;
    private boolean again;
    private volatile boolean closed;
    private volatile String chainProblem = "";

    /** When a proxy last signed more. */
    private record Growth(long signed, Instant at) {}

    Payouts(
            WorkerPayouts settings,
            ProxyAccounts accounts,
            WalletSender sender,
            ScheduledExecutorService thread,
            Clock clock,
            Supplier<RootState> root,
            IntSupplier activeQueries,
            Consumer<String> alarms) {
        this.settings = settings;
        this.accounts = accounts;
        this.sender = sender;
        this.thread = thread;
        this.clock = clock;
        this.root = root;
        this.activeQueries = activeQueries;
        this.alarms = alarms;
        this.rules = new Payout.Settings(
                settings.rule(),
                sender.address(),
                settings.timing().patience(),
                settings.timing().retryAfter());
    }

    void start() {
        long poll = settings.timing().poll().toMillis();
        thread.scheduleWithFixedDelay(this::round, 0, Math.max(1, poll), TimeUnit.MILLISECONDS);
    }

    /** Returns what keeps all payouts; empty if nothing does. */
    String problem() {
        return chainProblem.isEmpty() ? sender.status().problem().orElse("") : chainProblem;
    }

    WalletSender.Status wallet() {
        return sender.status();
    }

    /** Cashes in all that is worth more than its fees. */
    CompletableFuture<WorkerPayouts.Result> payOutNow() {
        CompletableFuture<WorkerPayouts.Result> done = new CompletableFuture<>();
        try {
            thread.execute(() -> {
                PayOutNow now = new PayOutNow(accounts.all(), done);
                if (!now.isDone()) {
                    asked.add(now);
                    round();
                }
            });
        } catch (RejectedExecutionException e) {
            done.completeExceptionally(closing());
        }
        return done;
    }

    private static IllegalStateException closing() {
        return new IllegalStateException(
                "the worker is closed; payouts under way are on the disk, if it has one, and go on next time");
    }

    // Looking.

    /** Looks at every account once, unless that is under way: then once more after it. */
    private void round() {
        if (closed) {
            return;
        }
        if (looking) {
            again = true;
            return;
        }
        looking = true;
        again = false;
        next(new ArrayDeque<>(accounts.all()));
    }

    private void next(Deque<ProxyAccount> left) {
        ProxyAccount account = left.poll();
        if (account == null || closed) {
            looking = false;
            if (again) {
                round();
            }
            return;
        }
        look(account)
                .whenCompleteAsync(
                        (seen, error) -> {
                            if (closed) {
                                return;
                            }
                            if (seen == null) {
                                complain(account, error);
                            } else {
                                chainProblem = "";
                                tryStep(account, seen);
                            }
                            next(left);
                        },
                        thread)
                .exceptionally(error -> {
                    LOG.debug("closing; no more looks: {}", error.toString());
                    return null;
                });
    }

    private void complain(ProxyAccount account, @Nullable Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        chainProblem = "the chain does not tell about worker contract " + account.contract() + ": " + cause;
        LOG.debug("{}", chainProblem);
    }

    /** What the chain says. */
    private record Seen(AccountState worker, AccountState proxy, List<Transaction> transactions) {}

    private CompletionStage<Seen> look(ProxyAccount account) {
        TonChain chain = settings.chain();
        Address contract = account.contract();
        return chain.account(account.terms().proxyContract())
                .thenCompose(proxy -> chain.account(contract)
                        .thenCompose(worker -> since(account, worker)
                                .thenApply(transactions -> new Seen(worker, proxy, transactions))));
    }

    private CompletionStage<List<Transaction>> since(ProxyAccount account, AccountState worker) {
        Optional<TransactionId> seen = account.payout().seen();
        if (seen.isEmpty()
                || Long.compareUnsigned(worker.last().lt(), seen.get().lt()) <= 0) {
            return CompletableFuture.completedStage(List.of());
        }
        return settings.chain()
                .transactions(account.contract(), seen.get(), worker.last(), PAGE)
                .exceptionallyCompose(error -> {
                    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
                    // Why something failed stays unknown then; that it did is seen from the contract's state.
                    return cause instanceof ChainException missing
                                    && missing.reason() == ChainException.Reason.HISTORY_MISSING
                            ? CompletableFuture.completedStage(List.of())
                            : CompletableFuture.failedStage(error);
                });
    }

    // One step.

    private void tryStep(ProxyAccount account, Seen seen) {
        try {
            step(account, seen);
        } catch (RuntimeException e) {
            LOG.error("a defect in the payout at worker contract {}", account.contract(), e);
            alarms.accept("a defect on this side keeps the payout at worker contract " + account.contract() + ": " + e);
        }
    }

    private void step(ProxyAccount account, Seen seen) {
        ProxyTerms terms = account.terms();
        PaymentTotals known = account.totals();
        Payout before = account.payout();
        Payout.Step step;
        try {
            PayoutLook look = new PayoutLook(
                    PayoutLook.Worker.of(seen.worker()),
                    PayoutLook.Proxy.of(seen.proxy()),
                    seen.transactions(),
                    known,
                    occasion(account, known.signed()),
                    root.get().params().version() > terms.paramsVersion());
            step = before.after(look, terms, clock.instant(), rules);
        } catch (CellException e) {
            complain(account, e);
            return;
        }
        boolean forget = step.effects().stream().anyMatch(Payout.Effect.Forget.class::isInstance);
        if (!keep(account, step.next(), forget)) {
            return;
        }
        step.effects().forEach(effect -> carryOut(account, effect));
        step.next().unsent(terms, rules.wallet()).ifPresent(order -> place(account, order));
        if (step.standing() != Payout.Standing.UNKNOWN) {
            boolean settled = step.standing() == Payout.Standing.SETTLED;
            asked.forEach(each -> each.looked(account, step.next(), settled));
            asked.removeIf(PayOutNow::isDone);
        }
    }

    private PayoutRule.Occasion occasion(ProxyAccount account, long signed) {
        Growth last = growth.get(account.contract());
        Instant now = clock.instant();
        if (last == null || last.signed() != signed) {
            last = new Growth(signed, now);
            growth.put(account.contract(), last);
        }
        if (asked.stream().anyMatch(each -> each.waitsFor(account))) {
            return PayoutRule.Occasion.LEAVING;
        }
        boolean quiet = !now.isBefore(last.at().plus(settings.timing().idleAfter()));
        return quiet && activeQueries.getAsInt() == 0 ? PayoutRule.Occasion.IDLE : PayoutRule.Occasion.BUSY;
    }

    /** Writes the next state. If that fails nothing of the step has happened, and the next look tries again. */
    private boolean keep(ProxyAccount account, Payout next, boolean forget) {
        Payout before = account.payout();
        if (next.equals(before) && !forget) {
            return true;
        }
        account.payout(next);
        if (forget) {
            accounts.forget(account);
            growth.remove(account.contract());
        }
        accounts.changed();
        try {
            accounts.save();
            return true;
        } catch (IOException e) {
            account.payout(before);
            if (forget) {
                accounts.keep(account);
            }
            alarms.accept("nothing is paid out at worker contract " + account.contract()
                    + ", because what is done cannot be written down: " + e + "; look at the disk");
            return false;
        }
    }

    private void carryOut(ProxyAccount account, Payout.Effect effect) {
        if (effect instanceof Payout.Effect.Alarm alarm) {
            alarms.accept(alarm.text());
        } else if (effect instanceof Payout.Effect.Place place) {
            place(account, place.order());
        } else {
            LOG.info("worker contract {} has nothing more to pay and is forgotten", account.contract());
        }
    }

    /** Gives an order to the wallet, once in this process. That it was given before a crash does no harm. */
    private void place(ProxyAccount account, Order order) {
        if (!placed.add(order.id())) {
            return;
        }
        try {
            sender.send(order)
                    .whenCompleteAsync(
                            (by, error) -> {
                                placed.remove(order.id());
                                if (by != null && !closed) {
                                    keep(account, account.payout().sent(order.id(), account.terms()), false);
                                    round();
                                }
                            },
                            thread)
                    .exceptionally(error -> {
                        LOG.debug(
                                "closing; order {} goes on next time",
                                order.id().toHex());
                        return null;
                    });
        } catch (IOException | IllegalStateException e) {
            placed.remove(order.id());
            alarms.accept("the wallet took no order for worker contract " + account.contract() + ": " + e.getMessage());
        }
    }

    /** Ends; what is under way is on the disk. */
    void close() {
        closed = true;
        sender.close();
        try {
            thread.execute(() -> {
                asked.forEach(each -> each.fail(closing()));
                asked.clear();
            });
        } catch (RejectedExecutionException e) {
            LOG.debug("closed before");
        }
    }
}
