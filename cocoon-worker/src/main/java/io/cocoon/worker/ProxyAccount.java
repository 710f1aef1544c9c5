package io.cocoon.worker;

import io.cocoon.payment.PayeeChecks;
import io.cocoon.payment.PaymentException;
import io.cocoon.payment.PaymentTotals;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.ton.cell.Address;

/**
 * What this worker knows about its earnings at one proxy: {@link PaymentTotals} that only {@link PayeeChecks} change, and how far
 * they are cashed in. Outlives connections, and the process if {@link ProxyAccounts} has a store.
 *
 * <p>Thread-safe.
 */
final class ProxyAccount {

    private final PayeeChecks checks;
    /** Called without the lock. */
    private final Runnable changed;

    private ProxyRecord record;

    ProxyAccount(ProxyRecord record, Runnable changed) {
        this.checks = new PayeeChecks(record.terms().contract(), record.terms().proxyKey());
        this.changed = changed;
        this.record = record;
    }

    /** Makes a new value of the totals, or says why not. */
    private interface Change {
        PaymentTotals of(PaymentTotals known) throws PaymentException;
    }

    /** Returns all of it at one moment. */
    synchronized ProxyRecord view() {
        return record;
    }

    PaymentTotals totals() {
        return view().totals();
    }

    Payout payout() {
        return view().payout();
    }

    ProxyTerms terms() {
        return view().terms();
    }

    Address contract() {
        return checks.contract();
    }

    /** Keeps the payment that came with a query if it is valid and newer. */
    void offer(SignedPayment offered) {
        synchronized (this) {
            PaymentTotals next = checks.acceptFromQuery(record.totals(), offered);
            if (next.equals(record.totals())) {
                return;
            }
            record = with(next);
        }
        changed.run();
    }

    /** Takes a payment that is due and the two other totals. On an exception nothing has changed but the evidence. */
    void advance(SignedPayment offered, long db, long max) throws PaymentException {
        change(known -> checks.require(known, offered, db, max));
    }

    /**
     * The comparison of the handshake (wire dossier 5.4, step 4): as {@link #advance}, but a lower total is a question,
     * not an end.
     *
     * @return whether the proxy's total is at least the known one
     */
    boolean compare(SignedPayment offered, long db, long max) throws PaymentException {
        PaymentTotals before = change(known -> checks.compare(known, offered, db, max));
        return max >= before.max();
    }

    /** Returns the totals before the change. */
    private PaymentTotals change(Change change) throws PaymentException {
        PaymentTotals before;
        try {
            synchronized (this) {
                before = record.totals();
                PaymentTotals next = change.of(before);
                if (next.equals(before)) {
                    return before;
                }
                record = with(next);
            }
        } catch (PaymentException e) {
            if (!e.proof().isEmpty()) {
                keepContradiction(e);
            }
            throw e;
        }
        changed.run();
        return before;
    }

    private void keepContradiction(PaymentException e) {
        synchronized (this) {
            if (!record.contradiction().isEmpty()) {
                return;
            }
            record = new ProxyRecord(
                    record.terms(), record.totals(), record.writtenOff(), e.evidence(), record.payout());
        }
        changed.run();
    }

    /**
     * Accepts that the proxy remembers less (hazard H11).
     *
     * @return tokens given up
     */
    long writeOff(long proxyMax) {
        long lost;
        synchronized (this) {
            PaymentTotals less = record.totals().writtenOffTo(proxyMax);
            lost = record.totals().max() - less.max();
            if (lost == 0) {
                return 0;
            }
            record = new ProxyRecord(
                    record.terms(), less, record.writtenOff() + lost, record.contradiction(), record.payout());
        }
        changed.run();
        return lost;
    }

    /** Takes how far it is cashed in; the caller sees to the disk. By one thread at a time. */
    synchronized void payout(Payout next) {
        record = new ProxyRecord(record.terms(), record.totals(), record.writtenOff(), record.contradiction(), next);
    }

    private ProxyRecord with(PaymentTotals totals) {
        return new ProxyRecord(record.terms(), totals, record.writtenOff(), record.contradiction(), record.payout());
    }
}
