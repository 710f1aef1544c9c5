package io.cocoon.worker;

import java.time.Duration;

/**
 * Times and bounds of a worker. The defaults are those of the reference where it has one (wire dossier, appendix B).
 *
 * @param handshakeStep how long a proxy may take for one step of the handshake
 * @param paymentPollMin a proxy is asked for the payment status after this time at the earliest
 * @param paymentPollMax and after this time at the latest; in between by chance
 * @param paymentAnswer how long a proxy may take to answer that
 * @param probeMin the engine is asked whether it is available after this time at the earliest
 * @param probeMax and after this time at the latest
 * @param backoffMin pause before a connection is tried again, the first time
 * @param backoffMax the longest such pause
 * @param changeProxyAfter a proxy from the root contract that is not ready for so long is replaced by another
 * @param longestQuery a query's deadline is cut to this
 * @param maxPartBytes a larger piece of an answer is sent in several messages (hazard H14); below the frame limit
 * @param oldPriceFor after a higher coefficient was announced, queries with the old one are accepted for this time
 */
public record WorkerLimits(
        Duration handshakeStep,
        Duration paymentPollMin,
        Duration paymentPollMax,
        Duration paymentAnswer,
        Duration probeMin,
        Duration probeMax,
        Duration backoffMin,
        Duration backoffMax,
        Duration changeProxyAfter,
        Duration longestQuery,
        int maxPartBytes,
        Duration oldPriceFor) {

    /** The defaults. */
    public static final WorkerLimits DEFAULT = new WorkerLimits(
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofSeconds(60),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30),
            Duration.ofSeconds(300),
            Duration.ofHours(24),
            (1 << 24) - (1 << 12),
            Duration.ofSeconds(30));

    public WorkerLimits {
        range("handshakeStep", handshakeStep, handshakeStep);
        range("paymentPoll", paymentPollMin, paymentPollMax);
        range("paymentAnswer", paymentAnswer, paymentAnswer);
        range("probe", probeMin, probeMax);
        range("backoff", backoffMin, backoffMax);
        range("changeProxyAfter", changeProxyAfter, changeProxyAfter);
        range("longestQuery", longestQuery, longestQuery);
        range("oldPriceFor", oldPriceFor, oldPriceFor);
        if (maxPartBytes < 1 || maxPartBytes > (1 << 24) - 1024) {
            throw new IllegalArgumentException(
                    "maxPartBytes is 1 to " + ((1 << 24) - 1024) + ", so that a frame holds it, got " + maxPartBytes);
        }
    }

    /** Returns these with other times between two questions for the payment status. */
    public WorkerLimits withPaymentPoll(Duration least, Duration most) {
        return new WorkerLimits(
                handshakeStep,
                least,
                most,
                paymentAnswer,
                probeMin,
                probeMax,
                backoffMin,
                backoffMax,
                changeProxyAfter,
                longestQuery,
                maxPartBytes,
                oldPriceFor);
    }

    private static void range(String name, Duration from, Duration to) {
        if (from.isNegative() || from.isZero() || to.compareTo(from) < 0) {
            throw new IllegalArgumentException(name + " has to be positive and ordered, got " + from + " to " + to);
        }
    }
}
