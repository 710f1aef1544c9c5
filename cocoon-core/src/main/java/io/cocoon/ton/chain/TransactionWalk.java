package io.cocoon.ton.chain;

import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.cell.CellSlice;
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

    /** A transaction is not the one that was wanted, so whoever delivered it is wrong. The message says what was seen and wanted. */
    public static final class Mismatch extends Exception {

        private static final long serialVersionUID = 1L;

        private final boolean gap;

        private Mismatch(boolean gap, String message) {
            super(message);
            this.gap = gap;
        }

        /** Returns whether it is the right transaction, and leads past the end of the walk. */
        public boolean isGap() {
            return gap;
        }

        /** Returns it as callers of a {@link TonChain} see it. */
        public ChainException toChainException() {
            return new ChainException(Reason.WRONG_ANSWER, String.valueOf(getMessage()), this);
        }
    }

    /**
     * Takes the transaction that is wanted next.
     *
     * @throws Mismatch if it is another one, or leads past the end of the walk
     * @throws ChainException {@link Reason#WRONG_ANSWER} if it is right and yet not understood, which is nobody's lie
     * @throws IllegalStateException if the walk is done
     */
    public void take(Cell cell) throws Mismatch, ChainException {
        if (isDone()) {
            throw new IllegalStateException("the walk has come to its end");
        }
        if (!cell.hash().equals(next.hash())) {
            throw other("with hash " + cell.hash().toHex());
        }
        Transaction transaction = read(cell);
        TransactionId previous = transaction.previous();
        if (!transaction.id().equals(next) || Long.compareUnsigned(previous.lt(), next.lt()) >= 0) {
            throw other("named " + name(transaction.id()) + " after " + name(previous));
        }
        boolean passed = Long.compareUnsigned(previous.lt(), after.lt()) < 0;
        if (passed || (previous.lt() == after.lt() && !previous.equals(after))) {
            throw new Mismatch(
                    true,
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

    private Transaction read(Cell cell) throws Mismatch, ChainException {
        try {
            CellSlice whose = cell.beginParse();
            whose.skip(4); // tag
            Int256 account = whose.loadInt256();
            if (!account.equals(address.hash())) {
                throw other("of account " + account.toHex());
            }
            return TransactionCodec.read(address, cell);
        } catch (CellException e) {
            throw new ChainException(
                    Reason.WRONG_ANSWER,
                    "transaction " + name(next) + " of " + address + " is not understood: " + e.getMessage(),
                    e);
        }
    }

    private Mismatch other(String seen) {
        return new Mismatch(false, "wanted transaction " + name(next) + " of " + address + ", got one " + seen);
    }

    private static String name(TransactionId id) {
        return Long.toUnsignedString(id.lt()) + ":" + id.hash();
    }
}
