package io.cocoon.ton.chain;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import java.util.Optional;

/**
 * An account at one block.
 *
 * @param address whose
 * @param status what it is
 * @param balance what is on it; zero if there is none
 * @param code of an active account
 * @param data of an active account
 * @param last its newest transaction at that block; {@link TransactionId#NONE} if it never had one
 * @param at the block of the masterchain at which it was read
 */
public record AccountState(
        Address address,
        Status status,
        Nanoton balance,
        Optional<Cell> code,
        Optional<Cell> data,
        TransactionId last,
        Head at) {

    /** What an account is. */
    public enum Status {
        /** Never existed, or is used up. */
        NONE,
        /** Has a balance and no code. */
        UNINITIALIZED,
        /** Has code and data. */
        ACTIVE,
        /** Owes rent; its state is only a hash until somebody pays and presents it. */
        FROZEN
    }

    /** Returns whether it has code and data. */
    public boolean isActive() {
        return status == Status.ACTIVE;
    }
}
