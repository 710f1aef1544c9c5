package io.cocoon.ton.channel;

import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Int256;
import java.time.Duration;
import java.util.Optional;

/**
 * What the owner allows, for one step of one channel.
 *
 * @param firstDeposit what opening puts in; empty for one stake
 * @param left how much may still be deposited into this channel
 * @param maxAtRisk the most that a proxy which is gone may cost; empty for whatever the stake is, which nobody can avoid
 * @param patience how long after its unlock time a refund waits for a proxy that would grant more than force gives
 * @param backOff after a request that the contract refused, doubled each time
 * @param secretHash what the contract has to hold
 */
record ChannelTerms(
        Optional<Nanoton> firstDeposit,
        Nanoton left,
        Optional<Nanoton> maxAtRisk,
        Duration patience,
        Duration backOff,
        Int256 secretHash) {}
