package io.cocoon.payment;

import io.cocoon.tl.Bytes;

/**
 * What one side knows of its running account with a proxy, in adjusted tokens since the contract began: always {@code
 * signed <= db <= max} (wire dossier, section 7). Immutable.
 *
 * @param signed stated by the newest signed payment
 * @param db written to the proxy's database
 * @param max everything finished, in the proxy's memory
 * @param newest the newest signed payment; empty if there is none yet
 */
public record PaymentTotals(long signed, long db, long max, Bytes newest) {

    /** Nothing known yet. */
    public static final PaymentTotals START = new PaymentTotals(0, 0, 0, Bytes.empty());

    public PaymentTotals {
        if (signed < 0 || signed > db || db > max) {
            throw new IllegalArgumentException(
                    "wanted 0 <= signed <= db <= max, got " + signed + ", " + db + ", " + max);
        }
    }

    /**
     * Gives up what the proxy had only in its memory when it ended. What it signed or wrote down is never given up. Without
     * this a worker could not return to a proxy that was restarted (hazard H11).
     *
     * @param proxyMax the total that the proxy knows of now
     */
    public PaymentTotals writtenOffTo(long proxyMax) {
        return new PaymentTotals(signed, db, Math.min(max, Math.max(proxyMax, db)), newest);
    }

    /** Moves on, or says which number went back or is out of order. */
    PaymentTotals advance(long newSigned, long newDb, long newMax, Bytes payment) throws PaymentException {
        if (newSigned < signed || newDb < signed) {
            throw new PaymentException(
                    ("totals never go back, this proxy was rolled back: known were signed %d, which its payment"
                                    + " proves, db %d, max %d; the proxy states %d, %d, %d")
                            .formatted(signed, db, max, newSigned, newDb, newMax),
                    payment,
                    newest);
        }
        if (newDb < db || newMax < max) {
            throw new PaymentException(
                    "totals never go back: known were signed %d, db %d, max %d; the proxy states %d, %d, %d"
                            .formatted(signed, db, max, newSigned, newDb, newMax),
                    payment);
        }
        if (newSigned > newDb || newDb > newMax) {
            throw new PaymentException(
                    "totals must be signed <= db <= max, the proxy states %d, %d, %d"
                            .formatted(newSigned, newDb, newMax),
                    payment);
        }
        boolean newer = newSigned > signed || newest.isEmpty();
        return new PaymentTotals(newSigned, newDb, newMax, newer ? payment : newest);
    }
}
