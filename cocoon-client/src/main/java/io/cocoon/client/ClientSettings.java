package io.cocoon.client;

import io.cocoon.client.receipt.ReceiptFolder;
import io.cocoon.payment.Nanoton;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.channel.ClientChannels;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a builder has sealed.
 *
 * @param secret null if none is configured: then only the long authorisation is possible
 * @param spendingLimit null if there is none
 * @param retryLost whether a request whose connection broke before an answer came is sent again, though it may be charged twice
 * @param minVersion lowest protocol version offered
 * @param maxVersion highest protocol version offered
 * @param channels null if contracts are only used, not opened, topped up or closed
 */
record ClientSettings(
        Network network,
        Wallet wallet,
        @Nullable Bytes secret,
        @Nullable Nanoton spendingLimit,
        Duration spendingWindow,
        Deadlines deadlines,
        int proxies,
        int maxAttempts,
        boolean retryLost,
        Encryption encryption,
        int minVersion,
        int maxVersion,
        @Nullable ClientChannels channels,
        Clock clock,
        SecureRandom random,
        Executor executor,
        ScheduledExecutorService scheduler,
        Consumer<Dispute> disputeListener,
        List<ClientObserver> observers,
        Optional<ReceiptFolder> receipts) {

    /** Says nothing of the secret. */
    @Override
    public String toString() {
        return "ClientSettings[network=" + network + ", wallet=" + wallet + "]";
    }
}
