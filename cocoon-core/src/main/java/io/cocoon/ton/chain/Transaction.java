package io.cocoon.ton.chain;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * One transaction of an account: what came in, what became of it, what went out.
 *
 * @param account whose, in the basic workchain unless it says otherwise
 * @param id its logical time and hash
 * @param previous the one before it; {@link TransactionId#NONE} if it is the first
 * @param time of its block, in whole seconds
 * @param in the message that caused it; empty for ticks and tocks
 * @param out what it sent, in order
 * @param outcome what became of it
 * @param fees all that it cost the account, in nanotons
 */
public record Transaction(
        Address account,
        TransactionId id,
        TransactionId previous,
        Instant time,
        Optional<Message> in,
        List<Message> out,
        Outcome outcome,
        Nanoton fees) {

    public Transaction {
        out = List.copyOf(out);
    }

    /**
     * What became of a transaction. A message that arrives and is seen in the list may still have done nothing.
     *
     * @param aborted nothing of it remains but the fees
     * @param computed whether the code ran at all; without gas it does not, and 1-nanoton notifications end so
     * @param exitCode of the code; 0 and 1 are success; 0 if it did not run
     * @param actionResult of what the code wanted to send; 0 is success, 37 is "not enough"; 0 if it did not come to that
     * @param bounced whether the value went back to the sender
     */
    public record Outcome(boolean aborted, boolean computed, int exitCode, int actionResult, boolean bounced) {

        /** Returns whether the code ran to its end and all that it wanted to send was sent. */
        public boolean succeeded() {
            return !aborted && computed && (exitCode == 0 || exitCode == 1) && actionResult == 0;
        }
    }
}
