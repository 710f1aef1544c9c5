package io.cocoon.proxy;

import io.cocoon.ton.cell.Address;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * What clients owe and workers earn, in adjusted tokens, by contract.
 *
 * <p>Promises: for each contract {@code 0 ≤ signed ≤ db ≤ max} always holds and none of the three ever falls; a
 * reservation ends exactly once, however often and from however many threads it is ended; what is charged to clients is at
 * every time what was credited to workers. Not promised: that totals survive the process; that depends on the
 * implementation.
 *
 * <p>Accounts are named by the contract, not by its owner: a query that ends after the network's parameters changed is
 * settled with the contract under which it began (payments dossier H46). Thread-safe; everything but {@link #close}
 * runs on event loops too, and does not wait for a disk.
 */
public interface Ledger extends AutoCloseable {

    /** Which kind of contract an account belongs to. */
    enum Side {
        /** Pays. */
        CLIENT,
        /** Earns. */
        WORKER
    }

    /**
     * The running totals of one contract (wire dossier, section 7).
     *
     * @param signed may be signed: what was committed on the chain
     * @param db written down
     * @param max everything that has finished
     */
    record Totals(long signed, long db, long max) {

        /** Nothing yet. */
        public static final Totals ZERO = new Totals(0, 0, 0);

        public Totals {
            if (signed < 0 || signed > db || db > max) {
                throw new IllegalArgumentException(
                        "totals must satisfy 0 <= signed <= db <= max: %d, %d, %d".formatted(signed, db, max));
            }
        }
    }

    /** Tokens of a client that are set aside for a running query. Ends exactly once; later calls do nothing. */
    interface Reservation {

        /** Returns how many tokens are set aside. */
        long tokens();

        /**
         * Ends it with a bill: charges the client and credits the worker.
         *
         * @param workerContract who has earned it
         * @param bill 0 up to {@link #tokens}
         * @return whether this call ended it
         * @throws IllegalArgumentException if the bill is out of range; the reservation stays open
         */
        boolean settle(Address workerContract, long bill);

        /** Ends it without a bill. @return whether this call ended it */
        boolean release();
    }

    /** Returns the totals of a contract, zero if there are none. */
    Totals totals(Side side, Address contract);

    /** Returns the contracts that were ever billed, as they are now. */
    Set<Address> contracts(Side side);

    /** Returns how many tokens of a client contract are set aside. */
    long reserved(Address clientContract);

    /**
     * Sets tokens aside, if {@code max + reserved + tokens ≤ limit} afterwards.
     *
     * @param tokens 0 or more
     * @param limit how far this contract's total may grow now
     * @return empty if that is too much, or the ledger is not open
     */
    Optional<Reservation> reserve(Address clientContract, long tokens, long limit);

    /**
     * Returns whether it takes part: the start of this process was confirmed on the chain, and nothing went wrong since. While
     * it does not, {@link #reserve} returns nothing and {@code signed} does not grow.
     */
    boolean isOpen();

    /**
     * Writes the totals down, as a group with whatever else has changed: {@code db} becomes {@code max}. Does not wait, and may be
     * called on an event loop.
     *
     * @return completes when all that was settled before the call is written, so that a peer may be told; dependants run on
     *     this thread or the ledger's, and must not block. Fails with {@link LedgerStoppedException} if that failed, now or
     *     before, or an alarm has stopped the ledger; what was not written is lost with the process, and was never stated or signed
     */
    CompletionStage<Void> flush();

    /**
     * Commits what was written down, so that it may be signed: {@code signed} grows when the chain has shown it. Does nothing if
     * there is nothing to commit, or an earlier one is still on its way. Does not wait.
     *
     * @return completes when it was handed to the chain, or there was nothing to do; fails as {@link #flush}
     */
    CompletionStage<Void> commit();

    /**
     * Tells where the proxy's contract is. If that is another one than before, because the network's parameters have changed,
     * nothing is admitted from now on until that contract has seen this ledger. Does not wait.
     *
     * @return as {@link #commit}
     */
    CompletionStage<Void> proxyMoved(Address proxyContract);

    /**
     * Tells that a contract of this proxy has settled so many tokens on the chain. More than was ever written here means that this
     * database is old, or another proxy has the key, and stops the ledger (payments dossier 14.3, I3).
     *
     * @param tokens as in the contract, unsigned
     */
    void seenOnChain(Side side, Address contract, long tokens);

    /**
     * Writes down what is left and ends. Waits for the disk; not to be called by what {@link #flush} has completed.
     *
     * @throws LedgerStoppedException if that failed now; not if the ledger had stopped before
     */
    @Override
    void close();
}
