package io.cocoon.proxy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
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

    /**
     * Opens a durable ledger, or makes a new one in a folder that has none. Its start is written down, and handed to {@code
     * saver}, before this returns.
     *
     * <p>It stops for good, with a message that says what to do, if a write fails, or if {@code saver} shows that another
     * process has the key or a newer database.
     *
     * @param folder for its files; is made if it is not there
     * @param identity whose it is; another one's is refused
     * @param machineKey of the proxy: codes over all records are made with it
     * @param saver the chain; commits are 30 to 60 s apart, however often they are asked for
     * @param clock for the times between commits
     * @param secure for the name of this start, and those times
     * @throws IOException if the folder cannot be read or written, belongs to another proxy or network, is open
     *     already, or its content is damaged or was changed; nothing was written then
     * @throws LedgerStoppedException if the chain knows a newer database
     */
    static Ledger open(
            Path folder,
            LedgerIdentity identity,
            Ed25519Key machineKey,
            StateSaver saver,
            Clock clock,
            SecureRandom secure)
            throws IOException {
        return DurableLedger.open(
                SqliteStore.open(folder),
                identity,
                machineKey,
                saver,
                new DurableLedger.Chance(clock, secure, CommitProtocol.Pace.OF_CHAIN));
    }

    /** Does the same for the mode without a chain: each commit counts at once. */
    static Ledger openWithoutChain(
            Path folder, LedgerIdentity identity, Ed25519Key machineKey, Clock clock, SecureRandom secure)
            throws IOException {
        return DurableLedger.open(
                SqliteStore.open(folder),
                identity,
                machineKey,
                StateSaver.inProcess(),
                new DurableLedger.Chance(clock, secure, CommitProtocol.Pace.NONE));
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
     * @return empty if that is too much, or the ledger is not open
     */
    Optional<Reservation> reserve(Address clientContract, long tokens, long limit);

    /**
     * Returns whether it takes part: the start of this process was confirmed on the chain, and nothing went wrong since. While
     * it does not, {@link #reserve} returns nothing and {@code signed} does not grow.
     */
    boolean isOpen();

    /**
     * Writes the totals down: {@code db} becomes {@code max}. May wait for a disk; never called on an event loop.
     *
     * @throws LedgerStoppedException if that failed, now or before, or an alarm has stopped the ledger; what was not written
     *     is lost with the process, and was never signed
     */
    void flush();

    /**
     * Commits what was written down, so that it may be signed. May return before that is done; {@code signed} grows when
     * it is. Does nothing if it is too early, or an earlier one is still on its way. Never called on an event loop.
     *
     * @throws LedgerStoppedException as {@link #flush}
     */
    void commit();

    /**
     * The network's parameters have changed, and the proxy has another contract: nothing is admitted until that contract has
     * seen this ledger. Never called on an event loop.
     *
     * @throws LedgerStoppedException as {@link #flush}
     */
    void proxyMoved(Address proxyContract);

    /**
     * Writes down what is left and ends.
     *
     * @throws LedgerStoppedException if that failed now; not if the ledger had stopped before
     */
    @Override
    void close();
}
