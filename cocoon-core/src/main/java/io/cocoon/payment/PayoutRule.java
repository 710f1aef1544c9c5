package io.cocoon.payment;

/**
 * When a worker cashes in its newest signed payment. A pure function of numbers; immutable and thread-safe.
 *
 * <p>The reference compares token counts with constants that were meant as nanotons, and takes itself for idle at all times
 * (hazard H19). Here the value decides: tokens that are signed but not yet paid, times the worker's fee. The thresholds are
 * the reference's as they were meant (TON dossier 9.5): 10 TON while it works, 0.2 TON when it is idle, and when it leaves
 * whatever is worth more than sending costs.
 *
 * @param whileBusy the least value for a worker that goes on earning
 * @param whenIdle the least value for one that has nothing to do
 * @param fees what cashing in costs at most, all in all; not the value to attach, of which most comes back. Typical are
 *     0.005 to 0.012 TON (TON dossier, section 6)
 */
public record PayoutRule(Nanoton whileBusy, Nanoton whenIdle, Nanoton fees) {

    /** 10 TON, 0.2 TON, and fees of 0.02 TON, nearly twice the dearest that was seen. */
    public static final PayoutRule DEFAULT =
            new PayoutRule(Nanoton.ofTon("10"), Nanoton.ofTon("0.2"), Nanoton.ofTon("0.02"));

    /** What a proxy's contract must hold above what it pays, so that it does not run out of gas in between. */
    private static final Nanoton PROXY_RESERVE = Nanoton.ofTon("0.05");

    /** What the worker is about to do. */
    public enum Occasion {
        /** It answers queries, so the total grows on. */
        BUSY,
        /** It has no query and expects none soon. */
        IDLE,
        /** It will not earn with this contract any more: it ends, or the contract's parameters are outdated. */
        LEAVING
    }

    /** What to do now. */
    public enum Choice {
        /** Send the newest signed payment to the worker contract. */
        CASH_IN,
        /** It is not worth it yet; ask again later. */
        WAIT,
        /** It is worth it, but the proxy's contract would fail to pay, and what it fails to pay is lost. An operator should know. */
        HOLD_BACK,
        /** There is nothing more to be had from this contract. */
        GIVE_UP
    }

    /**
     * A choice with its reason.
     *
     * @param choice what to do
     * @param value what cashing in would bring, before fees; {@link Long#MAX_VALUE} nanoton if it does not fit
     * @param reason for people, with the numbers
     */
    public record Decision(Choice choice, Nanoton value, String reason) {}

    /**
     * Checks the thresholds.
     *
     * @throws IllegalArgumentException if they are not {@code 0 <= fees <= whenIdle <= whileBusy}
     */
    public PayoutRule {
        if (fees.compareTo(Nanoton.ZERO) < 0 || whenIdle.compareTo(fees) < 0 || whileBusy.compareTo(whenIdle) < 0) {
            throw new IllegalArgumentException(
                    "wanted 0 <= fees <= whenIdle <= whileBusy, got " + fees + ", " + whenIdle + ", " + whileBusy);
        }
    }

    /**
     * Decides.
     *
     * @param signedTokens what the newest signed payment states, 0 or more
     * @param settledTokens the higher of what the chain has paid for and what was already sent to it, 0 or more
     * @param closed whether the worker contract is closed
     * @param prices the network's; with a fee above the price the proxy's contract cannot pay (TON dossier, hazard H8)
     * @param proxyFunds what the proxy's contract holds. It has to cover the value and 0.05 TON: a payment that it cannot make is
     *     lost for good, because the worker's contract counts it all the same (TON dossier, hazard H1)
     * @param occasion what the worker is about to do
     * @throws IllegalArgumentException if a number of tokens is negative
     */
    public Decision decide(
            long signedTokens,
            long settledTokens,
            boolean closed,
            Prices prices,
            Nanoton proxyFunds,
            Occasion occasion) {
        if (signedTokens < 0 || settledTokens < 0) {
            throw new IllegalArgumentException(
                    "tokens are 0 or more: signed " + signedTokens + ", settled " + settledTokens);
        }
        Nanoton value = value(Math.max(0, signedTokens - settledTokens), prices.workerFeePerToken());
        if (closed) {
            return new Decision(Choice.GIVE_UP, value, "the worker contract is closed");
        }
        if (value.compareTo(fees) <= 0 || value.compareTo(least(occasion)) < 0) {
            return new Decision(
                    occasion == Occasion.LEAVING ? Choice.GIVE_UP : Choice.WAIT,
                    value,
                    "%s are signed and not paid; worth it are %s when %s, and more than the fees of %s"
                            .formatted(value, least(occasion), occasion, fees));
        }
        if (prices.workerFeePerToken().compareTo(prices.perToken()) > 0) {
            return new Decision(
                    Choice.HOLD_BACK,
                    value,
                    "the worker's fee of %s is above the price of %s, so the proxy's contract would fail to pay"
                            .formatted(prices.workerFeePerToken(), prices.perToken()));
        }
        if (proxyFunds.minus(PROXY_RESERVE).compareTo(value) < 0) {
            return new Decision(
                    Choice.HOLD_BACK,
                    value,
                    "the proxy's contract holds %s and needs %s and %s to pay; what it cannot pay now would be lost"
                            .formatted(proxyFunds, value, PROXY_RESERVE));
        }
        return new Decision(Choice.CASH_IN, value, "%s are signed and not paid".formatted(value));
    }

    private Nanoton least(Occasion occasion) {
        return switch (occasion) {
            case BUSY -> whileBusy;
            case IDLE -> whenIdle;
            case LEAVING -> fees;
        };
    }

    private static Nanoton value(long tokens, Nanoton fee) {
        long each = Math.max(0, fee.value());
        return Math.multiplyHigh(tokens, each) != 0 || tokens * each < 0
                ? new Nanoton(Long.MAX_VALUE)
                : new Nanoton(tokens * each);
    }
}
