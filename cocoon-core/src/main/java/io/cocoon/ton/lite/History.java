package io.cocoon.ton.lite;

import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionCodec;
import io.cocoon.ton.chain.TransactionId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/**
 * Walks from a known transaction of an account back to an older one. Each transaction names the hash of the one before it,
 * so whoever delivers them cannot leave one out, and another server can go on where one stopped. Not thread-safe.
 */
final class History {

    private final Address address;
    private final TransactionId after;
    private final int limit;
    private final Deque<Transaction> oldest = new ArrayDeque<>();
    private TransactionId next;

    /**
     * Begins.
     *
     * @param upTo the newest, which is taken to be right
     * @param limit how many of the oldest are kept
     */
    History(Address address, TransactionId after, TransactionId upTo, int limit) {
        this.address = address;
        this.after = after;
        this.limit = limit;
        this.next = upTo;
    }

    /** Returns the transaction that is wanted next. */
    TransactionId next() {
        return next;
    }

    /** Returns whether the walk has come to its end. */
    boolean isDone() {
        return Long.compareUnsigned(next.lt(), after.lt()) <= 0;
    }

    /** Returns what was found, the oldest first. */
    List<Transaction> found() {
        List<Transaction> result = new ArrayList<>(oldest);
        Collections.reverse(result);
        return result;
    }

    /**
     * Takes one answer: at least the transaction that was asked for.
     *
     * @throws ProofException if one is not what the one after it names
     * @throws ChainException if the server has no more, or a transaction is right and yet not understood
     */
    void take(LiteAnswer.Transactions answer) throws ProofException, ChainException {
        if (answer.transactions().isEmpty()) {
            throw new ChainException(Reason.HISTORY_MISSING, "has no transaction " + name(next) + " of " + address);
        }
        List<Cell> cells;
        try {
            cells = BagOfCells.readRoots(answer.transactions(), Proofs.LIMITS, LiteQuery.MAX_TRANSACTIONS);
        } catch (CellException e) {
            throw new ProofException(e);
        }
        for (Cell cell : cells) {
            if (isDone()) {
                return;
            }
            take(cell);
        }
    }

    private void take(Cell cell) throws ProofException, ChainException {
        if (!cell.hash().equals(next.hash())) {
            throw new ProofException(
                    ProofCheck.TRANSACTION,
                    "wanted transaction " + name(next) + " of " + address + ", got one with hash "
                            + cell.hash().toHex());
        }
        Transaction transaction;
        try {
            CellSlice whose = cell.beginParse();
            whose.skip(4); // tag
            Int256 account = whose.loadInt256();
            if (!account.equals(address.hash())) {
                throw new ProofException(
                        ProofCheck.TRANSACTION,
                        "wanted transaction " + name(next) + " of " + address + ", got one of account "
                                + account.toHex());
            }
            transaction = TransactionCodec.read(address, cell);
        } catch (CellException e) {
            // Its hash is right, so this is how it is; nobody lied.
            throw new ChainException(
                    Reason.WRONG_ANSWER,
                    "transaction " + name(next) + " of " + address + " is not understood: " + e.getMessage(),
                    e);
        }
        TransactionId previous = transaction.previous();
        boolean expected = transaction.id().equals(next) && Long.compareUnsigned(previous.lt(), next.lt()) < 0;
        if (!expected) {
            throw new ProofException(
                    ProofCheck.TRANSACTION,
                    "wanted transaction " + name(next) + " of " + address + ", got " + name(transaction.id()) + " of "
                            + transaction.account() + " after " + name(previous));
        }
        boolean passed = Long.compareUnsigned(previous.lt(), after.lt()) < 0;
        if (passed || (previous.lt() == after.lt() && !previous.equals(after))) {
            throw new ProofException(
                    ProofCheck.TRANSACTION_GAP,
                    "the transactions of " + address + " lead from " + name(next) + " to " + name(previous)
                            + " and not to " + name(after));
        }
        oldest.addLast(transaction);
        if (oldest.size() > limit) {
            oldest.removeFirst();
        }
        next = previous;
    }

    private static String name(TransactionId id) {
        return Long.toUnsignedString(id.lt()) + ":" + id.hash();
    }
}
