package io.cocoon.payment;

import io.cocoon.protocol.SignedPayment;
import io.cocoon.protocol.TokensUsed;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;

/**
 * What a client checks on every bill of a proxy. Immutable and thread-safe.
 *
 * <p>The reference client trusts its proxy; these checks need nothing but what the proxy sends. A lie gives a {@link
 * PaymentException} with the numbers.
 *
 * @param contract the client's contract at this proxy
 * @param proxyKey the proxy's machine key
 * @param prices the network's prices
 * @param tokensBefore adjusted tokens that were used before the spending limit began to count
 * @param spendingLimit the most that may be spent from then on
 */
public record PayerChecks(Address contract, Int256 proxyKey, Prices prices, long tokensBefore, Nanoton spendingLimit) {

    /**
     * Checks one answer's bill against what the model server counted: no part is negative, the total is the sum, and the
     * total is not above what the counts and the coefficient give.
     *
     * @param coefficient the most that was agreed for this query, 1000 stands for 1.0
     */
    public void checkBill(TokensUsed bill, TokenUsage counted, long coefficient) throws PaymentException {
        checkBill(bill);
        long expected = TokenPricing.adjustChecked(counted, coefficient, prices).totalTokensUsed();
        if (bill.totalTokensUsed() > expected) {
            throw new PaymentException("billed " + bill.totalTokensUsed() + " adjusted tokens, but " + counted
                    + " at coefficient " + coefficient + " makes " + expected);
        }
    }

    /** Checks a bill in itself: no part is negative and the total is the sum. */
    public void checkBill(TokensUsed bill) throws PaymentException {
        long[] parts = {
            bill.promptTokensUsed(), bill.cachedTokensUsed(), bill.completionTokensUsed(), bill.reasoningTokensUsed()
        };
        long sum = 0;
        for (long part : parts) {
            if (part < 0 || part > Long.MAX_VALUE - sum) {
                throw new PaymentException("a part of a bill is negative or too large: " + bill);
            }
            sum += part;
        }
        if (sum != bill.totalTokensUsed()) {
            throw new PaymentException(
                    "a bill states a total of " + bill.totalTokensUsed() + ", its parts make " + sum);
        }
    }

    /**
     * Takes over what the proxy states, after checking the signature, that no total goes back, that signed <= db <= max,
     * and the spending limit.
     *
     * @param payment may be empty: then the newest known one stays
     */
    public PaymentTotals accept(PaymentTotals known, SignedPayment payment, long db, long max) throws PaymentException {
        PaymentTotals next;
        if (payment instanceof SignedPayment.Signed signed) {
            long tokens = SignedPayments.check(signed.data(), SignedPayments.Kind.CLIENT_CHARGE, contract, proxyKey);
            next = known.advance(tokens, db, max, signed.data());
        } else {
            next = known.advance(known.signed(), db, max, known.newest());
        }
        checkLimit(next.max());
        return next;
    }

    private void checkLimit(long max) throws PaymentException {
        Nanoton spent;
        try {
            spent = prices.perToken().times(Math.max(0, Math.subtractExact(max, tokensBefore)));
        } catch (ArithmeticException e) {
            throw new PaymentException("the bill of " + max + " tokens does not fit 64 bits of nanoton", e);
        }
        if (spent.compareTo(spendingLimit) > 0) {
            throw new PaymentException("the proxy states " + (max - tokensBefore) + " tokens, that is " + spent
                    + ", above the spending limit of " + spendingLimit);
        }
    }
}
