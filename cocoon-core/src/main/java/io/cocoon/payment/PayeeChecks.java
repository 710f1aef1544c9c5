package io.cocoon.payment;

import io.cocoon.protocol.SignedPayment;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;

/**
 * What a worker checks on a proxy's payments (wire dossier 5.4, step 4, and section 7). Immutable and thread-safe.
 *
 * @param contract the worker's contract at this proxy
 * @param proxyKey the proxy's machine key
 */
public record PayeeChecks(Address contract, Int256 proxyKey) {

    /**
     * Takes over {@code proxy.workerRequestPayment} or a balance comparison: the payment must be there and valid, and no
     * total goes back. On an exception the connection ends: the proxy has lost work that it owes.
     */
    public PaymentTotals require(PaymentTotals known, SignedPayment payment, long db, long max)
            throws PaymentException {
        if (!(payment instanceof SignedPayment.Signed signed)) {
            throw new PaymentException("the proxy sent no signed payment where one is due");
        }
        return known.advance(check(signed.data()), db, max, signed.data());
    }

    /**
     * Takes over the result of the handshake's balance comparison.
     *
     * @param errorCode 0 means that the proxy knows all that the worker knows
     */
    public PaymentTotals compare(PaymentTotals known, SignedPayment payment, long db, long max, int errorCode)
            throws PaymentException {
        if (errorCode != 0) {
            throw new PaymentException("the proxy says with code " + errorCode + " that it knows less than max "
                    + known.max() + ": it states db " + db + ", max " + max);
        }
        return require(known, payment, db, max);
    }

    /** Takes over the payment inside a query if it is valid and newer; anything else changes nothing. */
    public PaymentTotals acceptFromQuery(PaymentTotals known, SignedPayment payment) {
        if (!(payment instanceof SignedPayment.Signed signed)) {
            return known;
        }
        long tokens;
        try {
            tokens = check(signed.data());
        } catch (PaymentException e) {
            return known; // the query counts, not the payment that rides along; the one that is due is checked
        }
        if (tokens < known.signed()
                || (tokens == known.signed() && !known.newest().isEmpty())) {
            return known;
        }
        long db = Math.max(known.db(), tokens);
        return new PaymentTotals(tokens, db, Math.max(known.max(), db), signed.data());
    }

    private long check(Bytes payment) throws PaymentException {
        return SignedPayments.check(payment, SignedPayments.Kind.WORKER_PAYOUT, contract, proxyKey);
    }
}
