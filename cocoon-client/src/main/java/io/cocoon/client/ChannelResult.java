package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;

/**
 * What became of something that was asked of a channel.
 *
 * @param contract the client contract
 * @param amount what went in, or comes back: what the contract asked its proxy contract to pay to the wallet. After a close that
 *     is all since closing began, without what was withdrawn before; what a forced refund cannot get is not in it
 * @param what for people
 */
public record ChannelResult(Address contract, Nanoton amount, String what) {

    /** Says it for people, such as {@code 24.212 TON come back; the contract is closed and never used again}. */
    @Override
    public String toString() {
        return what;
    }
}
