package io.cocoon.proxy;

import io.cocoon.ton.cell.Address;
import java.util.Optional;

/** A ledger that forgets with the process: for test networks, where nothing is paid. */
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
    public void flush() {
        book.written(book.changes(), 0);
    }

    @Override
    public void commit() {
        book.confirmed(book.unconfirmed());
    }

    @Override
    public void proxyMoved(Address proxyContract) {
        // Accounts are named by their contracts, which all move with the proxy's; nothing else depends on it.
    }

    @Override
    public void close() {
        flush();
    }
}
