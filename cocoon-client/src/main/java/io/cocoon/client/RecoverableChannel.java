package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.channel.ChannelMoney;
import io.cocoon.ton.contract.ContractData;
import java.time.Instant;
import java.util.Optional;

/**
 * A client contract that a wallet deployed, as the chain has it.
 *
 * @param contract the client contract
 * @param proxy the proxy contract, which holds the money
 * @param onChain what it holds; empty if it is gone or frozen
 */
public record RecoverableChannel(Address contract, Address proxy, Optional<ContractData.Client> onChain) {

    /** Returns whether anything can be taken back. */
    public boolean isOpen() {
        return onChain.filter(client -> client.state().state() != ContractState.CLOSED)
                .isPresent();
    }

    /** Returns what can be taken back at most. */
    public Nanoton balance() {
        return onChain.map(client -> client.state().balance()).orElse(Nanoton.ZERO);
    }

    /** Returns from when on the rest can be forced; empty before it was asked for. */
    public Optional<Instant> unlockAt() {
        return onChain.filter(client -> client.state().state() == ContractState.CLOSING)
                .map(ContractData.Client::unlockAt);
    }

    @Override
    public String toString() {
        if (onChain.isEmpty()) {
            return contract + ": not on the chain any more";
        }
        ContractData.Client client = onChain.get();
        Nanoton balance = balance();
        return switch (client.state().state()) {
            case CLOSED -> contract + ": closed, nothing left";
            case CLOSING ->
                contract + ": " + balance + ", when proxy contract " + proxy + " grants it or by force after "
                        + client.unlockAt();
            case NORMAL ->
                contract + ": "
                        + ChannelMoney.backAtOnce(balance, client.state().stake())
                        + " at once, the rest of " + balance + " when proxy contract " + proxy
                        + " grants it or by force "
                        + client.params().clientDelayBeforeClose().toSeconds() + " s after it is asked for";
        };
    }
}
