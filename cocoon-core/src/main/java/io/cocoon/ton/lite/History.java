package io.cocoon.ton.lite;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.BagOfCells;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import io.cocoon.ton.chain.Transaction;
import io.cocoon.ton.chain.TransactionId;
import io.cocoon.ton.chain.TransactionWalk;
import java.util.List;

/** Walks back along an account with what liteservers answer; another server can go on where one stopped. Not thread-safe. */
final class History {

    private final Address address;
    private final TransactionWalk walk;

    /** Begins. Parameters as for {@link TransactionWalk}. */
    History(Address address, TransactionId after, TransactionId upTo, int limit) {
        this.address = address;
        this.walk = new TransactionWalk(address, after, upTo, limit);
    }

    /** Returns the transaction that is wanted next. */
    TransactionId next() {
        return walk.next();
    }

    /** Returns whether the walk has come to its end. */
    boolean isDone() {
        return walk.isDone();
    }

    /** Returns what was found, the oldest first. */
    List<Transaction> found() {
        return walk.found();
    }

    /**
     * Takes one answer: at least the transaction that was asked for.
     *
     * @throws ProofException if one is not what the one after it names
     * @throws ChainException if the server has no more, or a transaction is right and yet not understood
     */
    void take(LiteAnswer.Transactions answer) throws ProofException, ChainException {
        if (answer.transactions().isEmpty()) {
            throw new ChainException(
                    Reason.HISTORY_MISSING,
                    "has no transaction " + Long.toUnsignedString(next().lt()) + ":" + next().hash() + " of "
                            + address);
        }
        List<Cell> cells;
        try {
            cells = BagOfCells.readRoots(answer.transactions(), Proofs.LIMITS, LiteQuery.MAX_TRANSACTIONS);
        } catch (CellException e) {
            throw new ProofException(e);
        }
        try {
            for (Cell cell : cells) {
                if (!walk.isDone()) {
                    walk.take(cell);
                }
            }
        } catch (TransactionWalk.Mismatch e) {
            throw new ProofException(
                    e.isGap() ? ProofCheck.TRANSACTION_GAP : ProofCheck.TRANSACTION, String.valueOf(e.getMessage()));
        }
    }
}
