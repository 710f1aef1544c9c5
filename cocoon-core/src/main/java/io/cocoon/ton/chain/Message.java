package io.cocoon.ton.chain;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.cell.Cell;
import java.util.Optional;

/**
 * A message between accounts, from outside, or to outside.
 *
 * @param kind which of the three
 * @param source who sent it; empty from outside
 * @param destination who gets it; empty to outside
 * @param value what it carries; zero from and to outside
 * @param bounce whether it comes back if it fails
 * @param bounced whether it came back
 * @param init the cell of code and data for an account that has none
 * @param body what it says; an empty cell if it says nothing
 * @param hash representation hash of the message's cell
 */
public record Message(
        Kind kind,
        Optional<Address> source,
        Optional<Address> destination,
        Nanoton value,
        boolean bounce,
        boolean bounced,
        Optional<Cell> init,
        Cell body,
        Int256 hash) {

    /** Which way it goes. */
    public enum Kind {
        /** From account to account. */
        INTERNAL,
        /** From outside to an account. */
        EXTERNAL_IN,
        /** From an account to outside. */
        EXTERNAL_OUT
    }
}
