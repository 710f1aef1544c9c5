package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.channel.ChannelMoney;
import io.cocoon.ton.channel.Opening;
import java.time.Duration;
import java.util.Optional;

/**
 * How the money of a channel comes back, before it goes in. Print it: {@link #toString} is for people. What is charged for
 * requests does not come back and is not in it. Payments dossier 6.2, 6.4, 6.8 and 14.3.
 *
 * @param contract the client contract; empty in a plan for a proxy that is not known yet
 * @param proxy the proxy contract that will hold the money; empty likewise
 * @param deposit what goes in
 * @param stake the client's stake: the part of the deposit that does not come back without the proxy's help or its stake
 * @param proxyStake the proxy's stake; zero for a proxy that is not known yet
 * @param structVersion the generation of the contracts
 * @param clientDelay between asking for the rest and forcing it
 * @param proxyDelay between a proxy's announcement to close and its end; contracts from version 4 on have none
 */
public record ExitPlan(
        Optional<Address> contract,
        Optional<Address> proxy,
        Nanoton deposit,
        Nanoton stake,
        Nanoton proxyStake,
        int structVersion,
        Duration clientDelay,
        Duration proxyDelay) {

    private static final int REFUNDS_AFTER_CLOSE = 4;
    private static final int REQUESTS_TO_OPEN = 3;
    private static final int REQUESTS_TO_CLOSE = 2;

    static ExitPlan of(Opening opening) {
        return new ExitPlan(
                Optional.of(opening.contract()),
                Optional.of(opening.proxy()),
                opening.deposit(),
                opening.stake(),
                opening.proxyStake(),
                opening.params().structVersion(),
                opening.params().clientDelayBeforeClose(),
                opening.params().proxyDelayBeforeClose());
    }

    /** A plan for any proxy of the network, as if it had no stake. */
    static ExitPlan of(RootState.Params params, Optional<Nanoton> firstDeposit) {
        return new ExitPlan(
                Optional.empty(),
                Optional.empty(),
                ChannelMoney.wholeTokens(
                        firstDeposit.orElse(params.minClientStake()),
                        params.prices().perToken()),
                params.minClientStake(),
                Nanoton.ZERO,
                params.structVersion(),
                params.clientDelayBeforeClose(),
                params.proxyDelayBeforeClose());
    }

    /** Returns what pays the contract's rent and does not come back. */
    public Nanoton rent() {
        return ChannelMoney.RENT;
    }

    /** Returns about what opening and closing cost in fees, at most, at the main network's prices. */
    public Nanoton fees() {
        return ChannelMoney.FEE.times(REQUESTS_TO_OPEN + REQUESTS_TO_CLOSE);
    }

    /** Returns what comes back at once, whatever the proxy does. */
    public Nanoton backAtOnce() {
        return ChannelMoney.backAtOnce(deposit, stake);
    }

    /** Returns what comes back after the delay for clients, whatever the proxy does, out of its stake. */
    public Nanoton backByForce() {
        return deposit.minus(backAtOnce()).minus(atRisk());
    }

    /** Returns what is lost if the proxy vanishes or refuses. */
    public Nanoton atRisk() {
        return ChannelMoney.atRisk(deposit, stake, proxyStake);
    }

    /** Returns what the wallet must hold to open the channel: deposit, rent, and what goes with requests and mostly returns. */
    public Nanoton neededToOpen() {
        return deposit.plus(ChannelMoney.RENT).plus(ChannelMoney.REQUEST).plus(ChannelMoney.REGISTER);
    }

    @Override
    public String toString() {
        String whose = contract.map(each -> "client contract " + each + " at proxy contract " + proxy.orElseThrow())
                .orElse("a channel with any proxy of this network");
        String closing = structVersion >= REFUNDS_AFTER_CLOSE
                ? "If the proxy closes its contract, everything comes back in full, " + text(clientDelay)
                        + " after it is asked for."
                : "If the proxy closes its contract, everything that is not taken back within " + text(proxyDelay)
                        + " is lost: the client must run, or the recovery, at least that often.";
        return """
                Exit plan for %s:
                  deposit            %s
                  rent, stays        %s
                  fees, about        %s
                  back at once       %s (what is above the stake of %s)
                  back by force      %s, %s after it is asked for (out of the proxy's stake of %s)
                  at risk            %s, if the proxy vanishes or refuses
                  with its help      everything of the deposit that was not charged, as soon as it grants it
                %s
                A channel that was closed is never opened again with the same proxy, key and parameters.""".formatted(
                        whose,
                        deposit,
                        rent(),
                        fees(),
                        backAtOnce(),
                        stake,
                        backByForce(),
                        text(clientDelay),
                        proxyStake,
                        atRisk(),
                        closing);
    }

    static String text(Duration time) {
        return time.toSeconds() < 7200 ? time.toSeconds() + " s" : time.toHours() + " h";
    }
}
