package io.cocoon.ton.wallet;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import io.cocoon.ton.cell.CellException;
import io.cocoon.ton.chain.AccountState;
import java.time.Instant;
import java.util.List;

/** A kind of wallet with its key: how it signs, and what it needs to work. Pure and thread-safe. */
public interface WalletSigner {

    /** Returns the wallet's address. */
    Address address();

    /** Returns how many orders one external message may hold, 1 or more. */
    int maxOrders();

    /** Returns the balance below which the wallet's code accepts nothing. */
    Nanoton leastBalance();

    /**
     * Returns the number that the next message must have.
     *
     * @param account the wallet's state; one that does not exist yet has the number 0
     * @throws CellException if its data is not that of this kind of wallet
     */
    int seqno(AccountState account) throws CellException;

    /**
     * Signs.
     *
     * @param seqno what {@link #seqno} returned
     * @param validUntil from then on nobody can use it; whole seconds count
     * @param orders 1 to {@link #maxOrders}
     * @param deploy whether the message must bring the wallet's code
     */
    SignedExternal sign(int seqno, Instant validUntil, List<Order> orders, boolean deploy);

    /**
     * An external message.
     *
     * @param message the whole of it
     * @param bodyHash by which its transaction is found
     */
    record SignedExternal(Cell message, Int256 bodyHash) {}
}
