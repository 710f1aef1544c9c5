package io.cocoon.ton4j;

import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountState;
import io.cocoon.ton.chain.ChainException;
import io.cocoon.ton.chain.ChainException.Reason;
import io.cocoon.ton.chain.Head;
import io.cocoon.ton.chain.TransactionId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client of ton4j, as {@link Ton4jChain} needs it. Blocks; one call at a time. May throw whatever ton4j throws, errors included. */
interface ChainSource {

    /** Returns what it is, for people. */
    String name();

    Head head() throws Exception;

    AccountState account(Address address) throws Exception;

    /** Returns some transactions from this one down, the newest first; nothing of them is checked. @param after where to stop */
    List<Cell> transactions(Address address, TransactionId from, TransactionId after) throws Exception;

    void send(Cell externalMessage) throws Exception;

    /** Returns what an answer has, or refuses the answer. */
    static <T> T need(@Nullable T value, String name) throws ChainException {
        if (value == null) {
            throw new ChainException(Reason.WRONG_ANSWER, "the answer has no " + name);
        }
        return value;
    }

    static ChainException wrong(String what, CellException cause) {
        return new ChainException(Reason.WRONG_ANSWER, what + ": " + cause.getMessage(), cause);
    }
}
