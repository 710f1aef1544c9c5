package io.cocoon.ton.live;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Accounts from memory; each change is a newer transaction. */
final class Accounts implements TonChain {
    private final Map<Address, AccountState> states = new ConcurrentHashMap<>();
    final AtomicInteger looks = new AtomicInteger();
    volatile boolean away;
    private volatile int awayUntilLook;
    private long lt;

    synchronized void put(Address address, Cell data) {
        states.put(address, state(address, AccountState.Status.ACTIVE, Optional.of(data)));
    }

    /** Does not answer the next so many questions. */
    void awayFor(int questions) {
        awayUntilLook = looks.get() + questions;
    }

    synchronized void remove(Address address) {
        states.put(address, state(address, AccountState.Status.NONE, Optional.empty()));
    }

    private AccountState state(Address address, AccountState.Status status, Optional<Cell> data) {
        lt++;
        return new AccountState(
                address,
                status,
                Nanoton.ZERO,
                data,
                data,
                new TransactionId(lt, Int256.ZERO),
                new Head((int) lt, Instant.EPOCH.plusSeconds(lt)));
    }

    @Override
    public String describe() {
        return "a test";
    }

    @Override
    public boolean isTestnet() {
        return true;
    }

    @Override
    public boolean isProven() {
        return false;
    }

    @Override
    public CompletionStage<Head> head() {
        return CompletableFuture.completedStage(new Head(1, Instant.EPOCH));
    }

    @Override
    public CompletionStage<AccountState> account(Address address) {
        int look = looks.incrementAndGet();
        if (away || look <= awayUntilLook) {
            return CompletableFuture.failedStage(new ChainException(ChainException.Reason.UNREACHABLE, "nobody there"));
        }
        AccountState known = states.get(address);
        return CompletableFuture.completedStage(
                known != null
                        ? known
                        : new AccountState(
                                address,
                                AccountState.Status.NONE,
                                Nanoton.ZERO,
                                Optional.empty(),
                                Optional.empty(),
                                TransactionId.NONE,
                                new Head(1, Instant.EPOCH)));
    }

    @Override
    public CompletionStage<List<Transaction>> transactions(
            Address address, TransactionId after, TransactionId upTo, int limit) {
        return CompletableFuture.completedStage(List.of());
    }

    @Override
    public CompletionStage<Void> send(Cell externalMessage) {
        return CompletableFuture.failedStage(new ChainException(ChainException.Reason.REFUSED, "a test"));
    }

    @Override
    public void close() {}
}
