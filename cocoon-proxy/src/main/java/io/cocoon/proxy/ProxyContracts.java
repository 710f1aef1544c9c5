package io.cocoon.proxy;

import io.cocoon.payment.Nanoton;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.wallet.WalletSender;
import io.cocoon.ton.wallet.WalletSigner;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * What a proxy needs to keep its contracts on a chain: it deploys its own, charges clients, pays workers, pays back who leaves,
 * moves when the network's parameters change, and takes its earnings. Everything goes out through one wallet; messages that
 * ask for something cost about 0.01 TON each, a save about 0.0025 TON.
 *
 * @param chain where the contracts are; the caller closes it, after the proxy
 * @param wallet pays for all messages; it needs 2.1 TON, 5 TON are comfortable. No other program may send with it
 * @param folder of this proxy alone: outbox, contracts and ledger. Keep it, and never go back to an older copy
 * @param amounts from when on it pays to act
 * @param timing how often and how long
 * @param sending how the wallet sends
 * @param alarms is told, from a thread of the proxy, what an operator has to do something about; it is logged too
 */
public record ProxyContracts(
        TonChain chain,
        WalletSigner wallet,
        Path folder,
        Amounts amounts,
        Timing timing,
        WalletSender.Settings sending,
        Consumer<String> alarms) {

    /**
     * From when on it pays to act; each 1 nanoton or more.
     *
     * @param charge a client is charged when it owes so much
     * @param payout a worker is paid when it has earned so much; it can cash in less by itself
     * @param earnings the owner is paid when the proxy has earned so much
     */
    public record Amounts(Nanoton charge, Nanoton payout, Nanoton earnings) {

        /** As the reference (payments dossier 9.1). */
        public static final Amounts DEFAULT = new Amounts(Nanoton.ofTon("1"), Nanoton.ofTon("10"), Nanoton.ofTon("10"));

        public Amounts {
            if (charge.value() < 1 || payout.value() < 1 || earnings.value() < 1) {
                throw new IllegalArgumentException(
                        "amounts are 1 nanoton or more, got %s, %s, %s".formatted(charge, payout, earnings));
            }
        }
    }

    /**
     * How often and how long. How often state is saved is {@link ProxyLimits#chainCommit}.
     *
     * @param poll between two looks at the proxy's contract
     * @param patience by the chain's clock: what a message asked for and has not happened so long after it went out has
     *     failed. Also the first pause after a failure; it doubles each time
     */
    public record Timing(Duration poll, Duration patience) {

        /** As the reference, where it has them (payments dossier 9.2). */
        public static final Timing DEFAULT = new Timing(Duration.ofSeconds(5), Duration.ofMinutes(5));

        public Timing {
            if (poll.toMillis() < 1 || patience.toMillis() < 1) {
                throw new IllegalArgumentException(
                        "poll and patience are 1 ms or more, got %s and %s".formatted(poll, patience));
            }
        }
    }

    /** With the defaults; alarms are logged. */
    public static ProxyContracts of(TonChain chain, WalletSigner wallet, Path folder) {
        return new ProxyContracts(
                chain, wallet, folder, Amounts.DEFAULT, Timing.DEFAULT, WalletSender.Settings.DEFAULT, text -> {});
    }

    /** The same with other amounts. */
    public ProxyContracts withAmounts(Amounts value) {
        return new ProxyContracts(chain, wallet, folder, value, timing, sending, alarms);
    }

    /** The same with other times. */
    public ProxyContracts withTiming(Timing value, WalletSender.Settings ofWallet) {
        return new ProxyContracts(chain, wallet, folder, amounts, value, ofWallet, alarms);
    }

    /** The same with somebody who hears alarms. */
    public ProxyContracts withAlarms(Consumer<String> value) {
        return new ProxyContracts(chain, wallet, folder, amounts, timing, sending, value);
    }
}
