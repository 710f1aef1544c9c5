package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.PayerChecks;
import io.cocoon.payment.PaymentException;
import io.cocoon.payment.Prices;
import io.cocoon.payment.TokenUsage;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Bytes;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The money of one query: what it may cost, what the answer stated, what the proxy charged.
 *
 * <p>Thread-safe. The reservation in the spending guard is given back exactly once.
 */
final class Settlement {

    private static final TokensUsed NOTHING = new TokensUsed(0, 0, 0, 0, 0);

    private final ProxyAccount account;
    private final SpendingGuard guard;
    private final Prices prices;
    private final int maxCoefficient;
    private final Nanoton worstCase;
    private final CompletableFuture<Boolean> done = new CompletableFuture<>();

    private boolean settled;
    private Nanoton counted = Nanoton.ZERO;
    private boolean charged;
    private long chargedTokens;
    private Bytes chargeMessage = Bytes.empty();
    private @Nullable TokensUsed stated;
    private @Nullable TokenUsage usage;
    private Optional<Dispute> dispute = Optional.empty();

    Settlement(ProxyAccount account, SpendingGuard guard, Prices prices, int maxCoefficient, Nanoton worstCase) {
        this.account = account;
        this.guard = guard;
        this.prices = prices;
        this.maxCoefficient = maxCoefficient;
        this.worstCase = worstCase;
    }

    /** The answer ended and stated its tokens. Returns a dispute if they can not be right. */
    synchronized Optional<Dispute> stated(TokensUsed used, Bytes message) {
        stated = used;
        try {
            PayerChecks.checkBill(used);
        } catch (PaymentException e) {
            return disputed("the answer's token counts do not add up: " + e.getMessage(), message);
        }
        return charged ? compare() : Optional.empty();
    }

    /** The proxy said what it charged. Returns a dispute if it is not what the answer stated. */
    synchronized Optional<Dispute> charged(long tokens, Bytes message) {
        if (charged) {
            settle(new Nanoton(counted.value()).plus(price(Math.max(tokens, 0))));
            return disputed(
                    "a second charge of " + tokens + " tokens for one request, after " + chargedTokens, message);
        }
        charged = true;
        chargedTokens = tokens;
        chargeMessage = message;
        Optional<Dispute> result = tokens < 0
                ? disputed("a negative charge of " + tokens + " tokens", message)
                : stated == null ? Optional.empty() : compare();
        settle(price(Math.max(tokens, 0)));
        done.complete(true);
        return result;
    }

    private Optional<Dispute> compare() {
        TokensUsed used = java.util.Objects.requireNonNull(stated);
        return used.totalTokensUsed() == chargedTokens
                ? Optional.empty()
                : disputed(
                        "the answer stated " + used.totalTokensUsed() + " adjusted tokens, the ledger was charged "
                                + chargedTokens,
                        chargeMessage);
    }

    /** The reader knows what the answer itself counted. Returns a dispute if no allowed price leads to what was stated. */
    synchronized Optional<Dispute> usage(TokenUsage counts) {
        usage = counts;
        if (stated == null || dispute.isPresent()) {
            return Optional.empty();
        }
        try {
            PayerChecks.checkBill(stated, counts, maxCoefficient, prices);
            return Optional.empty();
        } catch (PaymentException e) {
            return disputed(String.valueOf(e.getMessage()), chargeMessage);
        }
    }

    private Optional<Dispute> disputed(String claim, Bytes evidence) {
        Dispute made = account.dispute(claim, evidence);
        dispute = Optional.of(made);
        return dispute;
    }

    /** Nothing was sent, or the proxy refused before any work: nothing is charged. */
    synchronized void nothingCharged() {
        settle(Nanoton.ZERO);
        done.complete(true);
    }

    /** No word of the proxy will come any more. What the answer stated counts as spent, else the worst case. */
    synchronized void giveUp() {
        if (settled) {
            return;
        }
        settle(stated == null ? worstCase : price(Math.max(0, stated.totalTokensUsed())));
        done.complete(false);
    }

    private void settle(Nanoton amount) {
        if (settled) {
            guard.correct(amount.minus(counted));
        } else {
            settled = true;
            guard.settle(worstCase, amount);
        }
        counted = amount;
    }

    synchronized boolean isSettled() {
        return settled;
    }

    /** Runs this when the proxy's word has come or is given up, at once if it has; must not block. */
    void whenFinal(Runnable action) {
        done.thenRun(action);
    }

    /** Waits a bounded time for the proxy's word; returns whether it came. Keeps an interrupt for the caller. */
    boolean await(long nanos) {
        try {
            return done.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Returns the bill as far as it is known now. */
    synchronized Bill bill() {
        TokensUsed adjusted;
        if (stated != null) {
            adjusted = stated;
        } else {
            adjusted = charged ? new TokensUsed(0, 0, 0, 0, chargedTokens) : NOTHING;
        }
        Bill.Status status;
        if (dispute.isPresent()) {
            status = Bill.Status.DISPUTED;
        } else if (charged || (settled && stated == null && done.getNow(false))) {
            status = Bill.Status.CONFIRMED;
        } else {
            status = stated != null ? Bill.Status.STATED : Bill.Status.OPEN;
        }
        long tokens = charged ? chargedTokens : adjusted.totalTokensUsed();
        return new Bill(
                account.proxy(),
                account.clientContract(),
                Optional.ofNullable(usage),
                adjusted,
                prices.perToken(),
                price(Math.max(0, tokens)),
                status,
                account.totals(),
                dispute);
    }

    private Nanoton price(long tokens) {
        try {
            return prices.perToken().times(tokens);
        } catch (ArithmeticException e) {
            return new Nanoton(Long.MAX_VALUE);
        }
    }
}
