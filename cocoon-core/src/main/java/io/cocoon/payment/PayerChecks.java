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
        checkBill(bill, counted, coefficient, prices);
    }

    /**
     * Checks one answer's bill against what the model server counted, without a contract: no part is negative, the total is
     * the sum, and neither a part nor the total is above what the counts and the coefficient give. The worker's own
     * coefficient is not told to clients, so the highest that the request allowed is taken.
     *
     * @param coefficient the most that was agreed for this query, 1000 stands for 1.0
     * @throws PaymentException with the numbers, if the bill is too high or not consistent
     */
    public static void checkBill(TokensUsed bill, TokenUsage counted, long coefficient, Prices prices)
            throws PaymentException {
        checkBill(bill);
        TokensUsed most = TokenPricing.adjustChecked(counted, coefficient, prices);
        if (bill.totalTokensUsed() > most.totalTokensUsed()
                || bill.promptTokensUsed() > most.promptTokensUsed()
                || bill.cachedTokensUsed() > most.cachedTokensUsed()
                || bill.completionTokensUsed() > most.completionTokensUsed()
                || bill.reasoningTokensUsed() > most.reasoningTokensUsed()) {
            throw new PaymentException("billed " + bill.totalTokensUsed() + " adjusted tokens (" + bill + "), but "
                    + counted + " at coefficient " + coefficient + " makes " + most.totalTokensUsed() + " (" + most
                    + ")");
        }
    }

    /**
     * Returns the most that a request may cost: every byte a token of the prompt, every token of the answer used. A product
     * that does not fit 64 bits gives a quarter of the largest amount, so that sums of a few still fit.
     *
     * @param coefficient the highest that the request allows, 1000 stands for 1.0
     */
    public static Nanoton worstCase(long queryBytes, int maxTokens, int coefficient, Prices prices) {
        long prompt = TokenPricing.adjust(
                queryBytes, coefficient, Math.max(prices.promptMultiplier(), prices.cachedMultiplier()));
        long completion = TokenPricing.adjust(
                maxTokens, coefficient, Math.max(prices.completionMultiplier(), prices.reasoningMultiplier()));
        try {
            return prices.perToken().times(Math.addExact(prompt, completion));
        } catch (ArithmeticException e) {
            return new Nanoton(Long.MAX_VALUE >>> 2);
        }
    }

    /** Checks a bill in itself: no part is negative and the total is the sum. */
    public static void checkBill(TokensUsed bill) throws PaymentException {
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
     * Takes over what the proxy states, after checking the signature, that no total goes back, that {@code signed <= db <= max},
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
