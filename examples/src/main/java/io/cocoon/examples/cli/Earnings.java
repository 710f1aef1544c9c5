package io.cocoon.examples.cli;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.PayoutRule;
import io.cocoon.payment.Prices;
import io.cocoon.payment.TokenPricing;
import io.cocoon.payment.TokenUsage;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;

/**
 * What a worker could earn: a sum of stated assumptions, no promise. Payments dossier 12.1: a client pays adjusted tokens times the
 * price, the worker gets them times its fee, the proxy keeps the difference.
 *
 * @param prices the root contract's
 * @param coefficient the worker's price factor, 1000 stands for 1.0
 * @param usage tokens of one typical request
 * @param secondsPerRequest of the whole machine: with several requests at once, the time of a batch divided by its size
 * @param utilisation share of the time that there is work, 0 to 1
 */
record Earnings(Prices prices, int coefficient, TokenUsage usage, double secondsPerRequest, double utilisation) {

    private static final long DAY = Duration.ofDays(1).toSeconds();

    Earnings {
        if (!(secondsPerRequest > 0) || !(utilisation >= 0 && utilisation <= 1)) {
            throw new IllegalArgumentException("a request takes more than 0 s and utilisation is 0 to 1, got "
                    + secondsPerRequest + " s and " + utilisation);
        }
    }

    /** Returns adjusted tokens of one request. */
    long adjusted() {
        return TokenPricing.adjust(usage, coefficient, prices).totalTokensUsed();
    }

    /** Returns how many requests a day has. */
    double requestsPerDay() {
        return DAY * utilisation / secondsPerRequest;
    }

    /** Returns what clients pay a day. */
    Nanoton paidByClients() {
        return perDay(prices.perToken());
    }

    /** Returns what of that is the worker's, before fees of messages. */
    Nanoton ofWorker() {
        return perDay(prices.workerFeePerToken());
    }

    /** Returns what of that is the proxy's. */
    Nanoton ofProxy() {
        return paidByClients().minus(ofWorker());
    }

    /** Returns the fees of payouts a day: one each time that 10 TON have come together, at the most that one costs. */
    Nanoton payoutFees() {
        BigDecimal payouts = BigDecimal.valueOf(ofWorker().value())
                .divide(BigDecimal.valueOf(PayoutRule.DEFAULT.whileBusy().value()), 9, RoundingMode.UP);
        return nanoton(
                payouts.multiply(BigDecimal.valueOf(PayoutRule.DEFAULT.fees().value())));
    }

    /** Returns what is left a day. */
    Nanoton net() {
        return ofWorker().minus(payoutFees());
    }

    private Nanoton perDay(Nanoton perToken) {
        return nanoton(BigDecimal.valueOf(perToken.value())
                .multiply(BigDecimal.valueOf(adjusted()))
                .multiply(BigDecimal.valueOf(requestsPerDay())));
    }

    private static Nanoton nanoton(BigDecimal value) {
        return new Nanoton(value.setScale(0, RoundingMode.DOWN).longValueExact());
    }
}
