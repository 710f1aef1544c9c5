package io.cocoon.client;

import io.cocoon.client.receipt.Receipt;
import io.cocoon.payment.PaymentException;
import io.cocoon.payment.SignedPayments;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.channel.ClientChannels;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The account at one proxy: one client contract and its three running totals. Outlives connections, so that a proxy can not
 * go back by reconnecting.
 *
 * <p>Thread-safe. Signatures are checked on the executor, one at a time and always the newest: a payment states a total, so
 * one that has been overtaken need not be checked.
 */
final class ProxyAccount {

    private static final Logger LOG = LoggerFactory.getLogger(ProxyAccount.class);

    private final String proxy;
    private final Address proxyContract;
    private final Address clientContract;
    private final Int256 proxyKey;
    private final Clock clock;
    private final Executor executor;
    private final Consumer<Dispute> disputes;
    private final @Nullable ClientChannels channels;

    private long charged;
    private long durable;
    private long signed;
    private Optional<Receipt.Payment> signedPayment = Optional.empty();
    private final List<Runnable> whenChecked = new ArrayList<>();
    private Bytes newest = Bytes.empty();
    private @Nullable Bytes waiting;
    private boolean checking;

    ProxyAccount(
            String proxy,
            Address proxyContract,
            Address clientContract,
            Int256 proxyKey,
            Clock clock,
            Executor executor,
            Consumer<Dispute> disputes,
            @Nullable ClientChannels channels) {
        this.proxy = proxy;
        this.proxyContract = proxyContract;
        this.clientContract = clientContract;
        this.proxyKey = proxyKey;
        this.clock = clock;
        this.executor = executor;
        this.disputes = disputes;
        this.channels = channels;
    }

    String proxy() {
        return proxy;
    }

    Address proxyContract() {
        return proxyContract;
    }

    Address clientContract() {
        return clientContract;
    }

    Int256 proxyKey() {
        return proxyKey;
    }

    synchronized Bill.Totals totals() {
        return new Bill.Totals(charged, durable, signed);
    }

    /** Returns the payment with the highest total that was checked. */
    synchronized Optional<Receipt.Payment> signedPayment() {
        return signedPayment;
    }

    /** Runs this when no payment waits for its check any more: at once, or on the thread that checks. */
    void whenChecked(Runnable next) {
        synchronized (this) {
            if (checking) {
                whenChecked.add(next);
                return;
            }
        }
        next.run();
    }

    private void checked() {
        List<Runnable> next;
        synchronized (this) {
            next = List.copyOf(whenChecked);
            whenChecked.clear();
        }
        next.forEach(Runnable::run);
    }

    /** Writes down what is wrong. The caller reports it, without holding a lock. */
    Dispute dispute(String claim, Bytes evidence) {
        return new Dispute(clock.instant(), proxy, proxyContract, clientContract, claim, evidence);
    }

    /** The proxy stated its totals. They never go back, and what is durable is never above what was charged. */
    synchronized Optional<Dispute> totals(long statedCharged, long statedDurable, Bytes message) {
        if (statedCharged < charged || statedDurable < durable) {
            return Optional.of(dispute(
                    "totals went back: charged %d after %d, durable %d after %d"
                            .formatted(statedCharged, charged, statedDurable, durable),
                    message));
        }
        if (statedDurable > statedCharged) {
            return Optional.of(dispute(
                    "%d tokens are durable but only %d were charged".formatted(statedDurable, statedCharged), message));
        }
        charged = statedCharged;
        durable = statedDurable;
        if (channels != null) {
            channels.used(clientContract, charged);
        }
        return Optional.empty();
    }

    /** Takes a signed payment for a check that happens later. One that was seen before is not checked again. */
    void payment(SignedPayment payment) {
        if (!(payment instanceof SignedPayment.Signed made)) {
            return;
        }
        synchronized (this) {
            if (made.data().equals(newest)) {
                return;
            }
            newest = made.data();
            waiting = newest;
            if (checking) {
                return;
            }
            checking = true;
        }
        try {
            executor.execute(this::checkNewest);
        } catch (RejectedExecutionException e) {
            synchronized (this) {
                checking = false;
            }
            LOG.debug("a signed payment of {} is not checked: the client is closing", proxy);
            checked();
        }
    }

    private void checkNewest() {
        while (true) {
            @Nullable Bytes payment;
            synchronized (this) {
                payment = waiting;
                waiting = null;
                checking = payment != null;
            }
            if (payment == null) {
                checked();
                return;
            }
            check(payment);
        }
    }

    private void check(Bytes payment) {
        long tokens;
        try {
            tokens = SignedPayments.check(payment, SignedPayments.Kind.CLIENT_CHARGE, clientContract, proxyKey);
        } catch (PaymentException e) {
            disputes.accept(dispute("a payment that does not verify: " + e.getMessage(), payment));
            return;
        }
        boolean known;
        synchronized (this) {
            known = tokens <= charged;
            if (known && (tokens > signed || signedPayment.isEmpty())) {
                signed = Math.max(signed, tokens);
                signedPayment = Optional.of(new Receipt.Payment(tokens, payment));
            }
        }
        if (known) {
            if (channels != null) {
                channels.paid(clientContract, tokens, payment);
            }
            return;
        }
        disputes.accept(dispute("a payment for more tokens (" + tokens + ") than were charged", payment));
    }
}
