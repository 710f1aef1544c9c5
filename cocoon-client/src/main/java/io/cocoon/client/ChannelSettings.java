package io.cocoon.client;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.channel.ClientChannels;
import io.cocoon.ton.wallet.WalletSender;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a client may do with the money of its wallet. Immutable.
 *
 * @param folder keeps the channels, the wallet's orders and the secret. One program at a time; readable by its owner only. Money
 *     can be got back without it ({@link ChannelRecovery}), the secret not
 * @param limit the most that all deposits of all channels may ever be together (payments dossier H67); what came back does not
 *     count against it. Rent, fees and what goes with requests and comes back are not in it. It is counted in the folder, so
 *     whoever loses that begins to count anew
 * @param firstDeposit what opening a channel puts in; empty for one stake of the root contract
 * @param maxAtRisk the most that a proxy which vanishes may cost for one channel; empty for one stake, which no client can avoid
 *     at a proxy without a stake
 * @param patience how long after its unlock time a refund waits for the proxy to grant more than force would give
 * @param poll between two looks at each contract and at the wallet
 * @param onPlan is given the plan of the exit before each deposit that opens a channel; must not block; if it throws, the
 *     channel is not opened
 * @param onAlarm is told what the owner should know or do, in words; must not block
 */
public record ChannelSettings(
        Path folder,
        Nanoton limit,
        Optional<Nanoton> firstDeposit,
        Optional<Nanoton> maxAtRisk,
        Duration patience,
        Duration poll,
        Consumer<ExitPlan> onPlan,
        Consumer<String> onAlarm) {

    /** What a client that only looks says instead of opening a channel. */
    static final String ONLY_LOOKING = "this client only looks";

    private static final Consumer<ExitPlan> REFUSE = plan -> {
        throw new IllegalStateException(ONLY_LOOKING + ": a deposit of " + plan.deposit() + " was not made");
    };

    private static final Duration BACK_OFF = Duration.ofSeconds(30);

    /** Checks the ranges. @throws IllegalArgumentException if an amount is negative or a time not above zero */
    public ChannelSettings {
        if (limit.value() < 0
                || firstDeposit.filter(each -> each.value() < 0).isPresent()
                || maxAtRisk.filter(each -> each.value() < 0).isPresent()) {
            throw new IllegalArgumentException("amounts are 0 or more, got limit " + limit + ", first deposit "
                    + firstDeposit + ", at risk " + maxAtRisk);
        }
        if (patience.isNegative() || poll.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "patience is 0 or more and poll at least 1 ms, got " + patience + " and " + poll);
        }
    }

    /** Returns settings with the reference's amounts: one stake to begin with, and again when half of one is left. */
    public static ChannelSettings in(Path folder, Nanoton limit) {
        return new ChannelSettings(
                folder,
                limit,
                Optional.empty(),
                Optional.empty(),
                Duration.ofDays(2),
                Duration.ofSeconds(5),
                plan -> {},
                text -> {});
    }

    /** Returns these with another first deposit. */
    public ChannelSettings firstDeposit(Nanoton amount) {
        return new ChannelSettings(folder, limit, Optional.of(amount), maxAtRisk, patience, poll, onPlan, onAlarm);
    }

    /** Returns these with another amount that may be at risk. */
    public ChannelSettings maxAtRisk(Nanoton amount) {
        return new ChannelSettings(folder, limit, firstDeposit, Optional.of(amount), patience, poll, onPlan, onAlarm);
    }

    /** Returns these with another patience. */
    public ChannelSettings patience(Duration time) {
        return new ChannelSettings(folder, limit, firstDeposit, maxAtRisk, time, poll, onPlan, onAlarm);
    }

    /** Returns these with another pace. */
    public ChannelSettings poll(Duration time) {
        return new ChannelSettings(folder, limit, firstDeposit, maxAtRisk, patience, time, onPlan, onAlarm);
    }

    /** Returns these with a listener to plans. */
    public ChannelSettings onPlan(Consumer<ExitPlan> listener) {
        return new ChannelSettings(folder, limit, firstDeposit, maxAtRisk, patience, poll, listener, onAlarm);
    }

    /** Returns these with a listener to alarms. */
    public ChannelSettings onAlarm(Consumer<String> listener) {
        return new ChannelSettings(folder, limit, firstDeposit, maxAtRisk, patience, poll, onPlan, listener);
    }

    /**
     * Returns these for looking before leaping: no channel is opened, so that {@link CocoonClient#doctor} can judge chain, funds
     * and proxies before any money moves. Channels that are open already are kept as ever; with a limit of zero nothing is
     * deposited into them either.
     */
    public ChannelSettings lookOnly() {
        return onPlan(REFUSE);
    }

    boolean isLookOnly() {
        return onPlan == REFUSE;
    }

    ClientChannels.Settings forChannels() {
        WalletSender.Settings usual = WalletSender.Settings.DEFAULT;
        return new ClientChannels.Settings(
                firstDeposit,
                limit,
                maxAtRisk,
                patience,
                BACK_OFF,
                poll,
                new WalletSender.Settings(poll, usual.validity(), usual.resendAfter(), usual.backOff()));
    }
}
