package io.cocoon.proxy;

import io.cocoon.ton.cell.Address;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A ledger that forgets with the process: for test networks, where nothing is paid.
 *
 * <p>It holds one small object for each contract that was ever billed, because a total that is forgotten is work that
 * nobody pays. Contracts that only tried leave nothing behind.
 *
 * <p>One monitor guards everything. Every operation but {@link #flush} and {@link #commit} is a few map accesses; those two
 * visit only accounts that changed.
 */
public final class InMemoryLedger implements Ledger {

    private static final class Account {
        private long signed;
        private long db;
        private long max;
        private long reserved;
    }

    private final Map<Side, Map<Address, Account>> accounts = new EnumMap<>(Side.class);
    private final java.util.Set<Account> unflushed = new java.util.HashSet<>();
    private final java.util.Set<Account> uncommitted = new java.util.HashSet<>();

    /** Makes an empty ledger. */
    public InMemoryLedger() {
        for (Side side : Side.values()) {
            accounts.put(side, new HashMap<>());
        }
    }

    private @Nullable Account find(Side side, Address contract) {
        return of(side).get(contract);
    }

    private Map<Address, Account> of(Side side) {
        Map<Address, Account> map = accounts.get(side);
        if (map == null) {
            throw new IllegalStateException("no accounts of " + side);
        }
        return map;
    }

    private Account open(Side side, Address contract) {
        return of(side).computeIfAbsent(contract, unused -> new Account());
    }

    /** Returns how many contracts it knows. */
    synchronized int size() {
        return of(Side.CLIENT).size() + of(Side.WORKER).size();
    }

    @Override
    public synchronized Totals totals(Side side, Address contract) {
        Account account = find(side, contract);
        return account == null ? Totals.ZERO : new Totals(account.signed, account.db, account.max);
    }

    @Override
    public synchronized long reserved(Address clientContract) {
        Account account = find(Side.CLIENT, clientContract);
        return account == null ? 0 : account.reserved;
    }

    @Override
    public synchronized Optional<Reservation> reserve(Address clientContract, long tokens, long limit) {
        if (tokens < 0) {
            throw new IllegalArgumentException("a reservation is 0 or more, got " + tokens);
        }
        Account account = open(Side.CLIENT, clientContract);
        // max + reserved never exceeds an earlier limit, so the differences cannot overflow for a limit of 0 or more.
        if (limit < 0 || tokens > limit - account.max - account.reserved) {
            return Optional.empty();
        }
        account.reserved += tokens;
        return Optional.of(new Held(clientContract, account, tokens));
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
        if (worker != null && bill > 0) {
            Account earner = open(Side.WORKER, worker);
            long earned = Math.addExact(earner.max, bill);
            held.account.max = Math.addExact(held.account.max, bill);
            earner.max = earned;
            unflushed.add(held.account);
            unflushed.add(earner);
        }
        if (held.account.reserved == 0 && held.account.max == 0) {
            of(Side.CLIENT).remove(held.contract, held.account);
        }
        return true;
    }

    @Override
    public synchronized void flush() {
        for (Account account : unflushed) {
            account.db = account.max;
        }
        uncommitted.addAll(unflushed);
        unflushed.clear();
    }

    @Override
    public synchronized void commit() {
        for (Account account : uncommitted) {
            account.signed = account.db;
        }
        uncommitted.clear();
    }

    @Override
    public void close() {
        flush();
    }

    private final class Held implements Reservation {
        private final Address contract;
        private final Account account;
        private final long tokens;
        private boolean ended;

        private Held(Address contract, Account account, long tokens) {
            this.contract = contract;
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
