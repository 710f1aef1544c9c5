package io.cocoon.ton.wallet;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import java.util.Optional;

/**
 * One message that a wallet is to send.
 *
 * @param id names it; an order with an id that is already under way is the same order and not sent twice
 * @param to who gets it
 * @param value what it carries, at least 1 nanoton
 * @param init code and data for an account that may not exist yet
 * @param body what it says
 */
public record Order(Int256 id, Address to, Nanoton value, Optional<Cell> init, Optional<Cell> body) {

    public Order {
        if (value.value() < 1) {
            throw new IllegalArgumentException("an order carries at least 1 nanoton, got " + value);
        }
    }
}
