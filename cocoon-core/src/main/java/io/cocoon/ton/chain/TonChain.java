package io.cocoon.ton.chain;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Access to the TON blockchain: where it is, an account, an account's transactions, and a way to send.
 *
 * <p>Promises: a state or a transaction belongs to one fork only, and what {@link #transactions} returns is complete: every
 * transaction of the account after the given one, none left out. Whether that is proven or a server's word is what
 * {@link #isProven} says. Not promised: that the answer is the newest; {@link Head#time} says how old it is. Nothing is
 * promised about the time between blocks, which may be 0.2 or 30 seconds.
 *
 * <p>Thread-safe. No method blocks; a stage fails with {@link ChainException} and with nothing else. A stage may run its
 * dependants on a thread of the implementation, which they must not block.
 */
public interface TonChain extends AutoCloseable {

    /** Returns a line for people: what this is, and whom one has to trust. */
    String describe();

    /** Returns whether addresses carry the test network's flag. */
    boolean isTestnet();

    /** Returns whether answers are checked from a trusted block on. If not, a server is taken at its word. */
    boolean isProven();

    /** Returns the newest block of the masterchain that this access knows of. Never goes back. */
    CompletionStage<Head> head();

    /**
     * Reads an account at a recent block.
     *
     * @return an account that never existed is {@link AccountState.Status#NONE}, not a failure
     */
    CompletionStage<AccountState> account(Address address);

    /**
     * Returns the transactions of an account after a known one, the oldest first, aborted ones included.
     *
     * @param after the last one that the caller knows; {@link TransactionId#NONE} for all that ever were
     * @param upTo the newest one to return, as an {@link AccountState} said
     * @param limit the most to return, 1 or more: if there are more, the oldest of them, so that the next call goes on
     *     from there
     * @return complete and in order; empty if {@code after} is {@code upTo}. Fails with {@link
     *     ChainException.Reason#HISTORY_MISSING} if nobody who was asked has all of them
     */
    CompletionStage<List<Transaction>> transactions(
            Address address, TransactionId after, TransactionId upTo, int limit);

    /**
     * Hands an external message to the network. Success says that somebody took it, nothing more: whether it was carried
     * out is seen in the transactions of its destination only. Sending the same message again is harmless.
     */
    CompletionStage<Void> send(Cell externalMessage);

    /** Ends connections and polling, fails what is under way; leaves no thread. */
    @Override
    void close();
}
