package io.cocoon.worker;

import io.cocoon.payment.PaymentTotals;
import io.cocoon.tl.Bytes;

/**
 * All that a worker keeps of its earnings at one proxy. Immutable.
 *
 * @param terms what it rests on
 * @param totals what the proxy has signed and stated
 * @param writtenOff adjusted tokens given up over all reconnections (hazard H11)
 * @param contradiction what the proxy signed after it had forgotten {@code totals.newest()}: together they prove a rollback; empty
 *     if it never did
 * @param payout how far it is cashed in
 */
record ProxyRecord(ProxyTerms terms, PaymentTotals totals, long writtenOff, Bytes contradiction, Payout payout) {

    /** A proxy of which nothing is known yet. */
    static ProxyRecord of(ProxyTerms terms) {
        return new ProxyRecord(terms, PaymentTotals.START, 0, Bytes.empty(), Payout.START);
    }

    /** Returns whether it can be made again from the proxy's next handshake. */
    boolean isEmpty() {
        return totals.equals(PaymentTotals.START)
                && writtenOff == 0
                && contradiction.isEmpty()
                && payout.equals(Payout.START);
    }
}
