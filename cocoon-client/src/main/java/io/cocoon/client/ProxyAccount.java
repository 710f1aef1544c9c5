package io.cocoon.client;

import io.cocoon.payment.PaymentException;
import io.cocoon.payment.SignedPayments;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.channel.ClientChannels;
import java.time.Clock;
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
        }
    }

    private void checkNewest() {
        while (true) {
            Bytes payment;
            synchronized (this) {
                if (waiting == null) {
                    checking = false;
                    return;
                }
                payment = waiting;
                waiting = null;
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
            if (known) {
                signed = Math.max(signed, tokens);
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
