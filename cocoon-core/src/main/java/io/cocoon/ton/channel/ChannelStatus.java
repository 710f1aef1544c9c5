package io.cocoon.ton.channel;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.contract.ContractData;
import java.util.Optional;

/**
 * A channel as it was last seen.
 *
 * @param contract the client contract
 * @param proxy the proxy contract
 * @param onChain what the contract holds; empty before it exists or was read
 * @param wish what the owner wants, for people
 * @param deposited all that went in from here
 * @param underWay the request under way, for people; empty if there is none
 * @param problem what keeps the channel from what its owner wants, for people
 */
public record ChannelStatus(
        Address contract,
        Address proxy,
        Optional<ContractData.Client> onChain,
        String wish,
        Nanoton deposited,
        Optional<String> underWay,
        Optional<String> problem) {}
