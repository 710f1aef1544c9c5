package io.cocoon.worker;

import io.cocoon.payment.Nanoton;
import io.cocoon.payment.PayoutRule;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.wallet.WalletSender;
import io.cocoon.ton.wallet.WalletSigner;
import java.time.Duration;
import java.util.List;

/**
 * How a worker cashes in what proxies have signed: it deploys its contract at a proxy where there is none, and sends the newest
 * signed payment to it when that is worth it. The money goes to the worker's owner; the wallet only pays fees, and needs a little
 * more than 2 TON to work.
 *
 * <p>Promises, with a state folder ({@link WorkerRuntimeBuilder#state}): a token is paid once; a payout that was decided goes on
 * after a crash; nothing is sent that the proxy's contract could not pay when it was looked at (payments dossier, hazard H1). Not
 * promised: that this contract still has the money when the message arrives, because other workers and clients take theirs.
 *
 * <p>Workers of one owner have one contract together at each proxy, which counts for all of them. Each needs a wallet key and a
 * folder of its own, and whichever is first cashes in for all; a second message costs its fee and pays nothing.
 *
 * @param chain where contracts are read and messages sent; not closed by the worker
 * @param wallet the node's wallet: its key is used by this worker alone
 * @param rule when it is worth it
 * @param timing how often and how long
 * @param sending how the wallet sends
 */
public record WorkerPayouts(
        TonChain chain, WalletSigner wallet, PayoutRule rule, Timing timing, WalletSender.Settings sending) {

    /**
     * How often and how long.
     *
     * @param poll between two looks at the contracts
     * @param idleAfter a proxy that signed nothing more for so long counts as idle, if no query runs
     * @param patience of the chain's own time: a message that went out and changed nothing for so long has failed. Nothing is
     *     assumed about how fast blocks come
     * @param retryAfter a failure, doubled each time up to 64 times
     */
    public record Timing(Duration poll, Duration idleAfter, Duration patience, Duration retryAfter) {

        /** For a network of unknown speed; the poll is the reference's (payments dossier 9.2). */
        public static final Timing DEFAULT = new Timing(
                Duration.ofSeconds(10), Duration.ofMinutes(10), Duration.ofMinutes(10), Duration.ofMinutes(1));

        public Timing {
            for (Duration each : List.of(poll, idleAfter, patience, retryAfter)) {
                if (each.isNegative() || each.isZero()) {
                    throw new IllegalArgumentException("times are above zero, got " + each);
                }
            }
        }
    }

    /** Pays out through a wallet, by the reference's thresholds as they were meant: {@link PayoutRule#DEFAULT}. */
    public static WorkerPayouts through(TonChain chain, WalletSigner wallet) {
        return new WorkerPayouts(chain, wallet, PayoutRule.DEFAULT, Timing.DEFAULT, WalletSender.Settings.DEFAULT);
    }

    /** Returns the same with other thresholds. */
    public WorkerPayouts rule(PayoutRule other) {
        return new WorkerPayouts(chain, wallet, other, timing, sending);
    }

    /** Returns the same with other times. */
    public WorkerPayouts timing(Timing other) {
        return new WorkerPayouts(chain, wallet, rule, other, sending);
    }

    /** Returns the same with another way to send. */
    public WorkerPayouts sending(WalletSender.Settings other) {
        return new WorkerPayouts(chain, wallet, rule, timing, other);
    }

    /**
     * What came of {@link WorkerRuntime#payOutNow}.
     *
     * @param paid what contracts were seen to pay since
     * @param left what is signed and not paid: not worth its fees, or kept by a problem
     * @param problems what keeps the rest, for people; empty if nothing does
     */
    public record Result(Nanoton paid, Nanoton left, List<String> problems) {

        public Result {
            problems = List.copyOf(problems);
        }

        /** Prints it for people. */
        @Override
        public String toString() {
            if (paid.equals(Nanoton.ZERO) && problems.isEmpty()) {
                return left.equals(Nanoton.ZERO)
                        ? "nothing to pay out"
                        : "nothing to pay out: " + left + " are not worth their fees";
            }
            return paid + " paid out, " + left + " left"
                    + (problems.isEmpty() ? "" : ": " + String.join("; ", problems));
        }
    }
}
