package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;

/**
 * What became of something that was asked of a channel.
 *
 * @param contract the client contract
 * @param amount what went in, or what the contract asked its proxy contract to pay to the wallet; zero after a whole close
 * @param what for people
 */
public record ChannelResult(Address contract, Nanoton amount, String what) {}
