package io.cocoon.worker;

import io.cocoon.payment.PaymentException;
import io.cocoon.protocol.ProxyToWorker;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.WorkerToProxy;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.transport.Connection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a proxy says about money over one connection. Confined to its event loop, but for {@link #stated} and {@link #disputed}. */
final class SessionPayments {

    private static final Logger LOG = LoggerFactory.getLogger(SessionPayments.class);
    private static final int MAX_UNPAID_BILLS = 10_000;

    private final WorkerCore core;
    private final BiConsumer<Connection, String> refuse;
    /** What this worker has stated and the proxy has not yet credited; the oldest go first if a proxy never credits. */
    private final Map<Int256, Long> unpaid = Collections.synchronizedMap(new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Int256, Long> eldest) {
            return size() > MAX_UNPAID_BILLS;
        }
    });

    private volatile long disputed;
    private boolean left;
    private Runnable stopPoll = () -> {};

    /** @param refuse ends the connection, because of a proxy that is not in order */
    SessionPayments(WorkerCore core, BiConsumer<Connection, String> refuse) {
        this.core = core;
        this.refuse = refuse;
    }

    /** Returns how many bills differed from what this worker had counted. */
    long disputed() {
        return disputed;
    }

    /** Remembers what an answer states as its bill. From any thread. */
    void stated(RunningQuery last) {
        unpaid.put(last.requestId(), last.billed().totalTokensUsed());
    }

    /** Begins to ask for the payment status now and then. */
    void begin(Connection at, ProxyAccount account) {
        WorkerLimits limits = core.limits();
        stopPoll = core.later(
                core.between(limits.paymentPollMin(), limits.paymentPollMax()),
                () -> at.eventLoop().execute(() -> poll(at, account)));
    }

    /**
     * Leaves the totals to another connection to the same proxy, or to the next handshake. Two connections may tell totals in another
     * order than the proxy did, so that they seem to go back: only one of them counts.
     */
    void leave() {
        left = true;
        stopPoll.run();
    }

    /** Takes over a payment that came along, if it is good. */
    void keep(ProxyAccount account, SignedPayment payment) {
        if (!left) {
            account.offer(payment);
        }
    }

    /** Takes over what the proxy credits for an answer. */
    void take(Connection at, ProxyAccount account, ProxyToWorker.WorkerRequestPayment payment) {
        if (!left) {
            try {
                account.advance(payment.signedPayment(), payment.dbTokens(), payment.maxTokens());
            } catch (PaymentException e) {
                refuse.accept(at, "the payment after a query is not in order: " + withEvidence(core, at, e));
                return;
            }
        }
        Long counted = unpaid.remove(payment.requestId());
        if (counted != null && counted != payment.requestTokens()) {
            disputed = disputed + 1;
            LOG.warn(
                    "the proxy at {} credits {} tokens for a query for which this worker counted {}",
                    at.remoteAddress(),
                    payment.requestTokens(),
                    counted);
        }
    }

    /**
     * Writes what the proxy has signed into the log, so that somebody can prove it later; an operator is told of a proxy that has
     * forgotten what it signed. Returns what is wrong.
     */
    static String withEvidence(WorkerCore core, Connection at, PaymentException wrong) {
        if (!wrong.proof().isEmpty()) {
            core.alarm("proxy %s with image %s: %s. Evidence: signed before %s, signed now %s"
                    .formatted(
                            at.remoteAddress(),
                            at.peer().imageHash().toHex(),
                            wrong.getMessage(),
                            wrong.proof().toHex(),
                            wrong.evidence().toHex()));
        } else if (!wrong.evidence().isEmpty()) {
            LOG.warn(
                    "the proxy at {} with image {}: {}; it had signed {}",
                    at.remoteAddress(),
                    at.peer().imageHash().toHex(),
                    wrong.getMessage(),
                    wrong.evidence().toHex());
        }
        return String.valueOf(wrong.getMessage());
    }

    private void poll(Connection at, ProxyAccount account) {
        if (left) {
            return;
        }
        at.ask(new WorkerToProxy.UpdatePaymentStatus(), core.limits().paymentAnswer())
                .whenComplete((answer, failure) -> {
                    if (left) {
                        return;
                    }
                    if (failure != null) {
                        LOG.debug("the proxy did not tell the payment status: {}", failure.toString());
                    } else if (!isInOrder(at, account, answer)) {
                        return;
                    }
                    begin(at, account);
                });
    }

    private boolean isInOrder(Connection at, ProxyAccount account, Bytes answer) {
        try {
            var status = TlReader.readWhole(answer, ProxyToWorker::readPaymentStatus);
            if (status.signedPayment() instanceof SignedPayment.Signed) {
                account.advance(status.signedPayment(), status.dbTokens(), status.maxTokens());
            }
            return true;
        } catch (TlException e) {
            refuse.accept(at, "the payment status does not parse: " + e.getMessage());
        } catch (PaymentException e) {
            refuse.accept(at, "the payment status is not in order: " + withEvidence(core, at, e));
        }
        return false;
    }
}
