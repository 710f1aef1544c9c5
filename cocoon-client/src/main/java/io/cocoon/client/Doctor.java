package io.cocoon.client;

import io.cocoon.client.Diagnosis.Check;
import io.cocoon.client.Diagnosis.Outcome;
import io.cocoon.payment.Nanoton;
import io.cocoon.ton.chain.RootState;
import io.cocoon.ton.channel.ChannelStatus;
import io.cocoon.ton.channel.ClientChannels;
import io.cocoon.ton.wallet.WalletSender;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the checks that can be made without spending anything. */
final class Doctor {

    private static final Duration STALE = Duration.ofHours(2);

    private final ClientContext context;
    private final ProxyPool pool;
    private final List<Check> checks = new ArrayList<>();

    Doctor(ClientContext context, ProxyPool pool) {
        this.context = context;
        this.pool = pool;
    }

    Diagnosis run() {
        RootState root = context.root();
        chain();
        add("root.proxies", !root.proxies().isEmpty(), root.proxies().size() + " registered", "at least one");
        checks.add(new Check(
                "root.network-key",
                context.networkKey(root, context.settings().deadlines().total()).isPresent()
                        ? Outcome.PASSED
                        : Outcome.NOT_APPLICABLE,
                root.networkKeys().size() + " keys; "
                        + switch (context.settings().encryption()) {
                            case WHERE_POSSIBLE -> "requests are encrypted when one of type 1 is valid";
                            case ALWAYS -> "nothing is sent unless one of type 1 is valid";
                            case NEVER -> "encryption is switched off";
                        },
                "one of type 1 that is valid long enough"));
        channels();
        try {
            pool.acquire(context.settings().deadlines().connect());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (CocoonException e) {
            add("proxy.any", false, e.problem(), "one proxy that is ready");
        }
        pool.states().forEach(this::proxy);
        return new Diagnosis(checks);
    }

    private void chain() {
        if (context.chain().isSimulated()) {
            checks.add(new Check(
                    "chain", Outcome.NOT_APPLICABLE, context.chain().describe() + "; nothing is paid", "a real chain"));
            return;
        }
        Duration age =
                Duration.between(context.chain().rootSeenAt(), context.clock().instant());
        add(
                "chain",
                age.compareTo(STALE) < 0,
                context.chain().describe() + ", seen " + age.toSeconds() + " s ago",
                "seen within " + STALE.toHours() + " h");
    }

    private void channels() {
        @Nullable ClientChannels channels = context.channels();
        if (channels == null) {
            return;
        }
        WalletSender.Status wallet = channels.wallet();
        add(
                "wallet",
                wallet.problem().isEmpty(),
                wallet.address() + " has "
                        + wallet.balance().map(Nanoton::toString).orElse("an unknown balance") + ", " + wallet.waiting()
                        + " orders wait"
                        + wallet.problem().map(text -> ": " + text).orElse(""),
                "nothing that keeps it from sending");
        for (ChannelStatus channel : channels.all()) {
            add(
                    "channel " + channel.contract(),
                    channel.problem().isEmpty(),
                    Channels.describe(channel),
                    "nothing that keeps it from what its owner wants");
        }
    }

    private void proxy(String target, ProxyPool.LinkState state) {
        @Nullable ProxyLink link = state.link();
        @Nullable CocoonException failure = state.failure();
        if (link == null || !link.isReady()) {
            add(
                    "proxy " + target,
                    false,
                    failure == null ? "still connecting" : failure.problem(),
                    "a finished handshake");
            return;
        }
        add(
                "proxy " + target,
                true,
                "version " + link.version() + ", contract " + link.account().clientContract() + ", totals "
                        + link.account().totals(),
                "a finished handshake");
        Attestation attestation = link.attestation();
        checks.add(new Check(
                "attestation " + target,
                attestation.isAttested() ? Outcome.PASSED : Outcome.NOT_APPLICABLE,
                attestation.toString(),
                "hardware evidence"));
    }

    private void add(String name, boolean passed, String seen, String wanted) {
        checks.add(new Check(name, passed ? Outcome.PASSED : Outcome.FAILED, seen, wanted));
    }
}
