package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.chain.AccountState;
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

/** Accounts and transactions that a test wrote down. */
final class ScriptedTon implements TonChain {

    static final Head HEAD = new Head(1, Instant.EPOCH);

    final Map<Address, AccountState> accounts = new ConcurrentHashMap<>();
    final Map<Address, List<Transaction>> transactions = new ConcurrentHashMap<>();
    /** Whether it never answers; what is sent is never confirmed in any case. */
    volatile boolean silent;

    private <T> CompletionStage<T> answer(T value) {
        return silent ? new CompletableFuture<>() : CompletableFuture.completedFuture(value);
    }

    static AccountState account(
            Address address, String balance, Optional<Cell> data, TransactionId last, AccountState.Status status) {
        return new AccountState(address, status, Nanoton.ofTon(balance), Optional.empty(), data, last, HEAD);
    }

    @Override
    public String describe() {
        return "a script";
    }

    @Override
    public boolean isTestnet() {
        return false;
    }

    @Override
    public boolean isProven() {
        return true;
    }

    @Override
    public CompletionStage<Head> head() {
        return answer(HEAD);
    }

    @Override
    public CompletionStage<AccountState> account(Address address) {
        return answer(accounts.getOrDefault(
                address, account(address, "0", Optional.empty(), TransactionId.NONE, AccountState.Status.NONE)));
    }

    @Override
    public CompletionStage<List<Transaction>> transactions(
            Address address, TransactionId after, TransactionId upTo, int limit) {
        return answer(transactions.getOrDefault(address, List.of()));
    }

    @Override
    public CompletionStage<Void> send(Cell externalMessage) {
        return new CompletableFuture<>();
    }

    @Override
    public void close() {}
}
