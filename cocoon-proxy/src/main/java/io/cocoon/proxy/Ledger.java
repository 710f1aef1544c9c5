package io.cocoon.proxy;

import io.cocoon.ton.cell.Address;
import java.util.Optional;

/**
 * What clients owe and workers earn, in adjusted tokens, by contract.
 *
 * <p>Promises: for each contract {@code 0 ≤ signed ≤ db ≤ max} always holds and none of the three ever falls; a
 * reservation ends exactly once, however often and from however many threads it is ended; what is charged to clients is at
 * every time what was credited to workers. Not promised: that totals survive the process; that depends on the
 * implementation.
 *
 * <p>Accounts are named by the contract, not by its owner: a query that ends after the network's parameters changed is
 * settled with the contract under which it began (payments dossier H46). Thread-safe; {@link #reserve} and {@link
 * Reservation#settle} run on event loops and must not wait for a disk.
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

    /** Returns how many tokens of a client contract are set aside. */
    long reserved(Address clientContract);

    /**
     * Sets tokens aside, if {@code max + reserved + tokens ≤ limit} afterwards.
     *
     * @param tokens 0 or more
     * @param limit how far this contract's total may grow now
     * @return empty if that is too much
     */
    Optional<Reservation> reserve(Address clientContract, long tokens, long limit);

    /** Writes the totals down: {@code db} becomes {@code max}. May wait for a disk; never called on an event loop. */
    void flush();

    /**
     * Commits what was written down, so that it may be signed. May return before that is done; {@code signed} grows when
     * it is. Never called on an event loop.
     */
    void commit();

    /** Writes down what is left and ends. */
    @Override
    void close();
}
