package io.cocoon.proxy;

import io.cocoon.ton.cell.Address;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A ledger that forgets everything when the process ends: a restart begins with totals of zero, so that work which was done is
 * not paid, and peers that know higher totals take the proxy for a cheat. For the mode without a chain, where nothing is paid;
 * there it is the default. Thread-safe; no method waits.
 */
public final class InMemoryLedger implements Ledger {

    private final LedgerBook book = new LedgerBook();

    /** Makes an empty ledger. */
    public InMemoryLedger() {}

    /** Returns how many contracts it knows. */
    int size() {
        return book.size();
    }

    @Override
    public Totals totals(Side side, Address contract) {
        return book.totals(side, contract);
    }

    @Override
    public Set<Address> contracts(Side side) {
        return book.contracts(side);
    }

    @Override
    public long reserved(Address clientContract) {
        return book.reserved(clientContract);
    }

    @Override
    public Optional<Reservation> reserve(Address clientContract, long tokens, long limit) {
        return book.reserve(clientContract, tokens, limit);
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public CompletionStage<Void> flush() {
        book.writeAll();
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<Void> commit() {
        book.confirmAll();
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletionStage<Void> proxyMoved(Address proxyContract) {
        // Accounts are named by their contracts, which all move with the proxy's; nothing else depends on it.
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void seenOnChain(Side side, Address contract, long tokens) {
        // Whether the chain knows more says nothing here: a restart has forgotten everything.
    }

    @Override
    public void close() {
        book.writeAll();
    }
}
