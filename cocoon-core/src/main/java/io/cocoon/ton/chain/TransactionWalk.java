package io.cocoon.ton.chain;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.ChainException.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;

/**
 * Walks from a known transaction of an account back to an older one, for every {@link TonChain} that gets transactions from a
 * server. Each transaction names the hash of the one before it, so the server cannot leave one out or change one; only the
 * newest, where the walk begins, has to be right. Not thread-safe.
 */
public final class TransactionWalk {

    private final Address address;
    private final TransactionId after;
    private final int limit;
    private final Deque<Transaction> oldest = new ArrayDeque<>();
    private TransactionId next;
    private int steps;

    /**
     * Begins.
     *
     * @param after where the walk ends; not part of what is found
     * @param upTo the newest, which is taken to be right
     * @param limit how many of the oldest are kept
     * @throws IllegalArgumentException if the limit is below 1
     */
    public TransactionWalk(Address address, TransactionId after, TransactionId upTo, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("at least one transaction, not " + limit);
        }
        this.address = address;
        this.after = after;
        this.limit = limit;
        this.next = upTo;
    }

    /** Returns the transaction that is wanted next. */
    public TransactionId next() {
        return next;
    }

    /** Returns whether the walk has come to its end. */
    public boolean isDone() {
        return Long.compareUnsigned(next.lt(), after.lt()) <= 0;
    }

    /** Returns how many transactions were taken. */
    public int steps() {
        return steps;
    }

    /** Returns what was found, the oldest first. */
    public List<Transaction> found() {
        List<Transaction> result = new ArrayList<>(oldest);
        Collections.reverse(result);
        return List.copyOf(result);
    }

    /**
     * Takes the transaction that is wanted next.
     *
     * @throws ChainException {@link Reason#WRONG_ANSWER} if it is another one, is not understood, or leads past the end of the walk
     * @throws IllegalStateException if the walk is done
     */
    public void take(Cell cell) throws ChainException {
        if (isDone()) {
            throw new IllegalStateException("the walk has come to its end");
        }
        if (!cell.hash().equals(next.hash())) {
            throw wrong("got one with hash " + cell.hash().toHex());
        }
        Transaction transaction;
        try {
            transaction = TransactionCodec.read(address, cell);
        } catch (CellException e) {
            throw new ChainException(
                    Reason.WRONG_ANSWER, "transaction " + name(next) + " is not understood: " + e.getMessage(), e);
        }
        TransactionId previous = transaction.previous();
        if (!transaction.id().equals(next) || Long.compareUnsigned(previous.lt(), next.lt()) >= 0) {
            throw wrong("got " + name(transaction.id()) + " after " + name(previous));
        }
        boolean passed = Long.compareUnsigned(previous.lt(), after.lt()) < 0;
        if (passed || (previous.lt() == after.lt() && !previous.equals(after))) {
            throw new ChainException(
                    Reason.WRONG_ANSWER,
                    "the transactions of " + address + " lead from " + name(next) + " to " + name(previous)
                            + " and not to " + name(after));
        }
        oldest.addLast(transaction);
        if (oldest.size() > limit) {
            oldest.removeFirst();
        }
        next = previous;
        steps++;
    }

    private ChainException wrong(String seen) {
        return new ChainException(
                Reason.WRONG_ANSWER, "wanted transaction " + name(next) + " of " + address + ", " + seen);
    }

    private static String name(TransactionId id) {
        return Long.toUnsignedString(id.lt()) + ":" + id.hash();
    }
}
