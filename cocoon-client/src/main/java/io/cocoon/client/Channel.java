package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.ClientContractState;
import io.cocoon.ton.chain.ContractState;
import io.cocoon.ton.channel.ChannelStatus;
import io.cocoon.ton.channel.ClientChannels;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * One contract of the client at one proxy, as it was when {@link Channels#all} was called. Immutable and thread-safe; what is
 * asked for goes on after a crash, when the folder is opened again.
 */
public final class Channel {

    private final Channels channels;
    private final ChannelStatus status;

    Channel(Channels channels, ChannelStatus status) {
        this.channels = channels;
        this.status = status;
    }

    /** Returns the client contract. */
    public Address contract() {
        return status.contract();
    }

    /** Returns the proxy contract, which holds the money. */
    public Address proxy() {
        return status.proxy();
    }

    /** Returns the contract's state; empty before it exists or was read. */
    public Optional<ContractState> state() {
        return onChain().map(ClientContractState::state);
    }

    /** Returns what can still be charged or taken back, by the chain; a proxy may have charged more that is not there yet. */
    public Nanoton balance() {
        return onChain().map(ClientContractState::balance).orElse(Nanoton.ZERO);
    }

    /** Returns the adjusted tokens that were charged on the chain. */
    public long tokensUsed() {
        return onChain().map(ClientContractState::tokensUsed).orElse(0L);
    }

    /** Returns all that went in from this client's folder. */
    public Nanoton deposited() {
        return status.deposited();
    }

    /** Returns what is under way, for people. */
    public Optional<String> underWay() {
        return status.underWay();
    }

    /** Returns what keeps it from what its owner wants, for people. */
    public Optional<String> problem() {
        return status.problem();
    }

    private Optional<ClientContractState> onChain() {
        return status.onChain().map(client -> client.state());
    }

    /**
     * Deposits more, within the limit of the settings, rounded down to whole tokens.
     *
     * @return ends when the contract has it; fails with {@link CocoonException}, and then nothing went in, or with {@link
     *     CocoonException.Cancelled} if the client is closed first, and then it goes on the next time
     */
    public CompletableFuture<ChannelResult> topUp(Nanoton amount) {
        return channels.ask(money -> money.topUp(contract(), amount));
    }

    /**
     * Takes back what is above the stake. Waits as long as the proxy contract cannot pay it (payments dossier H1).
     *
     * @return ends when the contract has asked its proxy contract to pay; fails as {@link #topUp}
     */
    public CompletableFuture<ChannelResult> withdraw() {
        return channels.ask(money -> money.withdraw(contract()));
    }

    /**
     * Puts the newest payment that the proxy has signed on the chain, if the chain has not got so far. A proxy that has charged
     * much which is not there yet refuses requests; it usually does this by itself, and so does this client when half of the
     * stake is reached. Moves no money but the network's fees, about 0.02 TON.
     *
     * @return ends when the contract has counted it, at once if it has already; fails as {@link #topUp}
     */
    public CompletableFuture<ChannelResult> charge() {
        return channels.ask(money -> money.charge(contract()));
    }

    /**
     * Takes everything back and ends the channel, for good: the proxy can not be used any more until the root contract has new
     * parameters. Ends quickly if the proxy helps, else after the network's delay for clients.
     *
     * @return ends when the contract is closed; fails as {@link #topUp}
     */
    public CompletableFuture<ChannelResult> close() {
        return channels.ask((ClientChannels money) -> money.close(contract()));
    }

    @Override
    public String toString() {
        return Channels.describe(status);
    }
}
