package io.cocoon.proxy;

import io.cocoon.proxy.Ledger.Reservation;
import io.cocoon.proxy.Ledger.Side;
import io.cocoon.proxy.Ledger.Totals;
import io.cocoon.ton.cell.Address;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The totals of all contracts, in memory; what is written and what is confirmed it is told by the ledger that owns it.
 *
 * <p>It holds one small object for each contract that was ever billed, because a total that is forgotten is work that
 * nobody pays. Contracts that only tried leave nothing behind.
 *
 * <p>One monitor guards everything. Every operation of a query is a few map accesses; the others visit only accounts that
 * changed.
 */
final class LedgerBook {

    /** One contract. Its fields belong to the book's monitor. */
    private static final class Account {
        private final Side side;
        private final Address contract;
        private long signed;
        private long db;
        private long max;
        private long reserved;
        private int openReservations;
        private int writtenAt;
        private boolean isUnflushed;
        private boolean isUncommitted;

        private Account(Side side, Address contract) {
            this.side = side;
            this.contract = contract;
        }
    }

    /**
     * A total that is not written yet, as it was at one time.
     *
     * @param max what is to be written
     * @param before what is written, 0 with {@code writtenAt} 0 if nothing is
     * @param writtenAt under which sequence number that was
     */
    record Change(Side side, Address contract, long max, long before, int writtenAt) {}

    /** What was written for a contract at one time. */
    record Written(Side side, Address contract, long db) {}

    private final Map<Side, Map<Address, Account>> accounts = new EnumMap<>(Side.class);
    private final List<Account> unflushed = new ArrayList<>();
    private final List<Account> uncommitted = new ArrayList<>();

    LedgerBook() {
        for (Side side : Side.values()) {
            accounts.put(side, new HashMap<>());
        }
    }

    private Map<Address, Account> of(Side side) {
        Map<Address, Account> map = accounts.get(side);
        if (map == null) {
            throw new IllegalStateException("no accounts of " + side);
        }
        return map;
    }

    private @Nullable Account find(Side side, Address contract) {
        return of(side).get(contract);
    }

    private Account open(Side side, Address contract) {
        return of(side).computeIfAbsent(contract, unused -> new Account(side, contract));
    }

    private Account known(Side side, Address contract) {
        Account account = find(side, contract);
        if (account == null) {
            throw new IllegalStateException("no account of " + side + " " + contract);
        }
        return account;
    }

    /** Returns how many contracts it knows. */
    synchronized int size() {
        return of(Side.CLIENT).size() + of(Side.WORKER).size();
    }

    /** Adds what was found on the disk; it waits for its confirmation. */
    synchronized void load(Side side, Address contract, long tokens, int writtenAt) {
        Account account = open(side, contract);
        account.max = tokens;
        account.db = tokens;
        account.writtenAt = writtenAt;
        toCommit(account);
    }

    private void toFlush(Account account) {
        if (!account.isUnflushed) {
            account.isUnflushed = true;
            unflushed.add(account);
        }
    }

    private void toCommit(Account account) {
        if (!account.isUncommitted) {
            account.isUncommitted = true;
            uncommitted.add(account);
        }
    }

    synchronized Totals totals(Side side, Address contract) {
        Account account = find(side, contract);
        return account == null ? Totals.ZERO : new Totals(account.signed, account.db, account.max);
    }

    /** Does {@link Ledger#contracts}. */
    synchronized Set<Address> contracts(Side side) {
        Set<Address> billed = new HashSet<>();
        for (Account account : of(side).values()) {
            if (account.max > 0) {
                billed.add(account.contract);
            }
        }
        return billed;
    }

    synchronized long reserved(Address clientContract) {
        Account account = find(Side.CLIENT, clientContract);
        return account == null ? 0 : account.reserved;
    }

    /** Does {@link Ledger#reserve}. */
    synchronized Optional<Reservation> reserve(Address clientContract, long tokens, long limit) {
        if (tokens < 0) {
            throw new IllegalArgumentException("a reservation is 0 or more, got " + tokens);
        }
        Account account = open(Side.CLIENT, clientContract);
        // max + reserved never exceeds an earlier limit, so the differences cannot overflow for a limit of 0 or more.
        if (limit < 0 || tokens > limit - account.max - account.reserved) {
            dropIfUnused(account);
            return Optional.empty();
        }
        account.reserved += tokens;
        account.openReservations++;
        return Optional.of(new Held(account, tokens));
    }

    private synchronized boolean end(Held held, @Nullable Address worker, long bill) {
        if (bill < 0 || bill > held.tokens) {
            throw new IllegalArgumentException(
                    "a bill is 0 to the " + held.tokens + " tokens that were reserved, got " + bill);
        }
        if (held.ended) {
            return false;
        }
        held.ended = true;
        held.account.reserved -= held.tokens;
        held.account.openReservations--;
        if (worker != null && bill > 0) {
            Account earner = open(Side.WORKER, worker);
            long earned = Math.addExact(earner.max, bill);
            held.account.max = Math.addExact(held.account.max, bill);
            earner.max = earned;
            toFlush(held.account);
            toFlush(earner);
        }
        dropIfUnused(held.account);
        return true;
    }

    private void dropIfUnused(Account account) {
        if (account.openReservations == 0 && account.max == 0) {
            of(account.side).remove(account.contract, account);
        }
    }

    /** Returns whether nothing is left to be written. */
    synchronized boolean isWritten() {
        return unflushed.isEmpty();
    }

    /** Returns whether nothing is left to be written or confirmed. */
    synchronized boolean isConfirmed() {
        return unflushed.isEmpty() && uncommitted.isEmpty();
    }

    /** Returns what is to be written: a charge and its credit are in it both or neither. */
    synchronized List<Change> changes() {
        List<Change> changes = new ArrayList<>(unflushed.size());
        for (Account account : unflushed) {
            changes.add(new Change(account.side, account.contract, account.max, account.db, account.writtenAt));
        }
        return changes;
    }

    /** The changes are on the disk. */
    synchronized void written(List<Change> changes, int seqno) {
        for (Change change : changes) {
            Account account = known(change.side, change.contract);
            account.db = change.max;
            account.writtenAt = seqno;
            toCommit(account);
        }
        unflushed.removeIf(account -> {
            account.isUnflushed = account.max != account.db;
            return !account.isUnflushed;
        });
    }

    /** Takes everything for written, in one step. */
    synchronized void writeAll() {
        written(changes(), 0);
    }

    /** Takes everything that is written for confirmed, in one step. */
    synchronized void confirmAll() {
        confirmed(unconfirmed());
    }

    /** Returns what is written and waits for its confirmation. */
    synchronized List<Written> unconfirmed() {
        List<Written> written = new ArrayList<>(uncommitted.size());
        for (Account account : uncommitted) {
            written.add(new Written(account.side, account.contract, account.db));
        }
        return written;
    }

    /** What was written then may be signed. */
    synchronized void confirmed(List<Written> written) {
        for (Written each : written) {
            Account account = known(each.side, each.contract);
            account.signed = Math.max(account.signed, each.db);
        }
        uncommitted.removeIf(account -> {
            account.isUncommitted = account.signed != account.db;
            return !account.isUncommitted;
        });
    }

    private final class Held implements Reservation {
        private final Account account;
        private final long tokens;
        private boolean ended;

        private Held(Account account, long tokens) {
            this.account = account;
            this.tokens = tokens;
        }

        @Override
        public long tokens() {
            return tokens;
        }

        @Override
        public boolean settle(Address workerContract, long bill) {
            return end(this, workerContract, bill);
        }

        @Override
        public boolean release() {
            return end(this, null, 0);
        }
    }
}
