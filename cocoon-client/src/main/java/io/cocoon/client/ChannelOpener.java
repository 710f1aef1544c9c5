package io.cocoon.client;

import io.cocoon.store.StateFolder;
import io.cocoon.tl.Bytes;
import io.cocoon.ton.chain.TonChain;
import io.cocoon.ton.channel.ClientChannels;
import io.cocoon.ton.wallet.WalletSigner;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** Opens a client's channels with everything that they need. */
final class ChannelOpener {

    private ChannelOpener() {}

    /** Opens them; what has to be closed is put before everything else that closes. */
    static ClientChannels open(
            ChannelSettings settings,
            Network network,
            Wallet wallet,
            @Nullable Bytes secret,
            Clock clock,
            SecureRandom random,
            List<Runnable> closing) {
        TonChain access = network.access()
                .orElseThrow(() -> new CocoonException.Configuration(
                        "channels are set, and the network (" + network + ") has no access to a chain to pay on",
                        "use Network.of(cocoon, access), or leave channels(…) out: then nothing is opened or paid"));
        WalletSigner signer = wallet.signer()
                .orElseThrow(() -> new CocoonException.Configuration(
                        "channels are set, and of wallet " + wallet + " only the address is known",
                        "use Wallet.ofNodeKey(…) or Wallet.of(…), which can sign"));
        List<Runnable> own = new ArrayList<>();
        try {
            StateFolder folder = StateFolder.open(settings.folder());
            own.add(folder::close);
            ScheduledExecutorService timer = OwnThreads.money(own);
            ClientChannels channels = ClientChannels.open(
                    access,
                    network.chain()::root,
                    signer,
                    folder::state,
                    Optional.ofNullable(secret).map(Bytes::toUtf8),
                    settings.forChannels(),
                    clock,
                    random,
                    timer,
                    settings.onAlarm(),
                    opening -> settings.onPlan().accept(ExitPlan.of(opening)));
            own.add(channels::close);
            // The last that was opened is closed first.
            for (Runnable each : own) {
                closing.add(0, each);
            }
            return channels;
        } catch (IOException e) {
            for (int i = own.size() - 1; i >= 0; i--) {
                own.get(i).run();
            }
            throw new CocoonException.Configuration(
                    "the channels in " + settings.folder() + " cannot be opened: " + e.getMessage(),
                    "do what the text says; the money is safe, and ChannelRecovery finds it without the folder",
                    e);
        }
    }
}
