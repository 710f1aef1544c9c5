package io.cocoon.ton.channel;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.RootState;

/**
 * A channel that is about to be opened: nothing was signed yet.
 *
 * @param contract the client contract
 * @param proxy the proxy contract, which will hold the money
 * @param deposit what goes in
 * @param stake the client's stake: what only the proxy's help or its own stake brings back
 * @param proxyStake the proxy's stake
 * @param params the parameters, without codes
 */
public record Opening(
        Address contract, Address proxy, Nanoton deposit, Nanoton stake, Nanoton proxyStake, RootState.Params params) {}
