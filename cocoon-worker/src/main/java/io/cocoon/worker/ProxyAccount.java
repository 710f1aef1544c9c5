package io.cocoon.worker;

import io.cocoon.payment.PayeeChecks;
import io.cocoon.payment.PaymentException;
import io.cocoon.payment.PaymentTotals;
import io.cocoon.protocol.SignedPayment;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;

/**
 * What this worker knows about its earnings at one proxy: {@link PaymentTotals} that only {@link PayeeChecks} change.
 * Outlives connections, not the process (wire dossier, section 7).
 *
 * <p>Thread-safe.
 */
final class ProxyAccount {

    private final PayeeChecks checks;
    private PaymentTotals known = PaymentTotals.START;
    private long writtenOff;

    ProxyAccount(Address contract, Int256 proxyKey) {
        checks = new PayeeChecks(contract, proxyKey);
    }

    /** One consistent view. {@code writtenOff} is what was given up over all reconnections, in adjusted tokens. */
    record View(PaymentTotals totals, long writtenOff) {}

    synchronized View view() {
        return new View(known, writtenOff);
    }

    synchronized PaymentTotals totals() {
        return known;
    }

    Address contract() {
        return checks.contract();
    }

    Int256 proxyKey() {
        return checks.proxyKey();
    }

    /** Keeps the payment that came with a query if it is valid and newer. */
    synchronized void offer(SignedPayment offered) {
        known = checks.acceptFromQuery(known, offered);
    }

    /** Takes a payment that is due and the two other totals. On an exception nothing has changed. */
    synchronized void advance(SignedPayment offered, long db, long max) throws PaymentException {
        known = checks.require(known, offered, db, max);
    }

    /**
     * The comparison of the handshake (wire dossier 5.4, step 4): as {@link #advance}, but a lower total is a question,
     * not an end.
     *
     * @return whether the proxy's total is at least the known one
     */
    synchronized boolean compare(SignedPayment offered, long db, long max) throws PaymentException {
        boolean enough = max >= known.max();
        known = checks.compare(known, offered, db, max);
        return enough;
    }

    /**
     * Accepts that the proxy remembers less (hazard H11).
     *
     * @return tokens given up
     */
    synchronized long writeOff(long proxyMax) {
        PaymentTotals less = known.writtenOffTo(proxyMax);
        long lost = known.max() - less.max();
        known = less;
        writtenOff += lost;
        return lost;
    }
}
