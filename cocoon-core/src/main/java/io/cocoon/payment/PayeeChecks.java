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
     * Takes over {@code proxy.workerRequestPayment} or a payment status: the payment must be there and valid, no total goes
     * back, and {@code signed <= db <= max}. On an exception the connection ends: the proxy has lost work that it owes, or
     * states what cannot be.
     *
     * @throws PaymentException with the proxy's payment as evidence
     */
    public PaymentTotals require(PaymentTotals known, SignedPayment payment, long db, long max)
            throws PaymentException {
        SignedPayment.Signed signed = due(payment);
        return known.advance(tokens(known, signed.data()), db, max, signed.data());
    }

    /**
     * Takes over the result of the handshake's balance comparison: as {@link #require}, but a {@code max} below the known
     * one is a question and not an end. The known one stays; {@link PaymentTotals#writtenOffTo} gives it up.
     *
     * @throws PaymentException with the proxy's payment as evidence
     */
    public PaymentTotals compare(PaymentTotals known, SignedPayment payment, long db, long max)
            throws PaymentException {
        SignedPayment.Signed signed = due(payment);
        long tokens = tokens(known, signed.data());
        PaymentTotals told = known.writtenOffTo(max).advance(tokens, db, max, signed.data());
        return new PaymentTotals(told.signed(), told.db(), Math.max(max, known.max()), told.newest());
    }

    /** Takes over the payment inside a query if it is valid and newer; anything else changes nothing. */
    public PaymentTotals acceptFromQuery(PaymentTotals known, SignedPayment payment) {
        if (!(payment instanceof SignedPayment.Signed signed)) {
            return known;
        }
        long tokens;
        try {
            tokens = tokens(known, signed.data());
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

    private static SignedPayment.Signed due(SignedPayment payment) throws PaymentException {
        if (payment instanceof SignedPayment.Signed signed) {
            return signed;
        }
        throw new PaymentException("a signed payment is missing where one is due");
    }

    /** A proxy repeats one payment until it signs the next, after half a minute; a signature is checked once. */
    private long tokens(PaymentTotals known, Bytes payment) throws PaymentException {
        return payment.equals(known.newest())
                ? known.signed()
                : SignedPayments.check(payment, SignedPayments.Kind.WORKER_PAYOUT, contract, proxyKey);
    }
}
