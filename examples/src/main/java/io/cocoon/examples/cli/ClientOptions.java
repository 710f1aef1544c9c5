package io.cocoon.examples.cli;

import io.cocoon.client.ChannelSettings;
import io.cocoon.client.ClientBuilder;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.Wallet;
import io.cocoon.client.receipt.ReceiptFolder;
import io.cocoon.payment.Nanoton;
import io.cocoon.testkit.TestNetwork;
import io.cocoon.ton.cell.Address;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What commands that are a client have in common: the network, and how much may be deposited. */
final class ClientOptions {

    /** The node key of the client in the reference's local set-up: publicly known, for networks without money. */
    private static final String LOCAL_KEY = "gaEatwGNgLGOeFI/TRGfPdJG/K4G8picYHQkDHpLQ9w=";

    @Mixin
    NetworkOptions network = new NetworkOptions();

    @Option(
            names = "--limit",
            paramLabel = "TON",
            description = "The most that all deposits may ever be together. Required on the main network.")
    private @Nullable String limit;

    @Option(
            names = "--deposit",
            paramLabel = "TON",
            description = "What opening a channel puts in (default: the root contract's stake).")
    private @Nullable String deposit;

    @Option(
            names = "--max-at-risk",
            paramLabel = "TON",
            description = "The most that a proxy which vanishes may cost; above it no channel is opened.")
    private @Nullable String maxAtRisk;

    @Option(
            names = "--receipts",
            paramLabel = "FOLDER",
            description = "Keep a receipt of each answer there; 'verify receipt' says what it proves.")
    private @Nullable Path receipts;

    /** What a command does with channels. */
    enum Use {
        /** Opens them as needed. */
        SPEND,
        /** Opens none, and deposits nothing. */
        LOOK,
        /** Opens none, and judges whether one could be opened; what is open already is kept as the limit allows. */
        JUDGE
    }

    /**
     * Looks at amounts and key before anything that takes long: to open the main network may take minutes.
     *
     * @throws IllegalArgumentException if an amount is none, or something is missing
     */
    void check(Use use) throws IOException {
        amount("--limit", limit);
        amount("--deposit", deposit);
        amount("--max-at-risk", maxAtRisk);
        if (network.isMainnet()) {
            network.requireKey();
            if (use == Use.SPEND && limit == null) {
                throw new IllegalArgumentException(
                        "say how much may be deposited altogether: --limit 20. Nothing is spent beyond it; what is not"
                                + " used comes back with 'cocoon channel close'. 'cocoon channel plan' says how");
            }
        }
    }

    /** Returns a builder of a client with everything that the options say. */
    ClientBuilder client(OpenNetwork open, Use use, PrintWriter out) throws IOException {
        ClientBuilder builder = clientWithoutReceipts(open, use, out);
        if (receipts != null) {
            builder.receipts(ReceiptFolder.open(receipts, ReceiptFolder.DEFAULT_KEPT, text -> {
                out.println("ALARM: " + text);
                out.flush();
            }));
        }
        return builder;
    }

    private ClientBuilder clientWithoutReceipts(OpenNetwork open, Use use, PrintWriter out) throws IOException {
        if (open.test().isPresent()) {
            return onTestNetwork(open, open.test().get(), use, out);
        }
        if (network.isFile()) {
            return withoutChain(open);
        }
        KeyFile key = network.requireKey();
        Path folder = network.folder("channels");
        ClientBuilder builder = CocoonClient.builder()
                .network(open.forClient())
                .wallet(Wallet.of(open.wallet(key)))
                .channels(rules(ChannelSettings.in(folder, most(open, use)), use, out));
        network.throughRouter().ifPresent(router -> builder.router(router.host(), router.port()));
        return builder;
    }

    private Nanoton most(OpenNetwork open, Use use) {
        return switch (use) {
            case SPEND -> amount("--limit", limit).orElse(Nanoton.ZERO);
            case LOOK -> Nanoton.ZERO;
            case JUDGE ->
                amount("--limit", limit)
                        .or(() -> amount("--deposit", deposit))
                        .orElseGet(() -> open.contracts().root().params().minClientStake());
        };
    }

    private ClientBuilder onTestNetwork(OpenNetwork open, TestNetwork test, Use use, PrintWriter out)
            throws IOException {
        ClientBuilder builder = test.clientBuilder();
        ChannelSettings usual = test.channelSettings();
        // As on the main network: only with a limit of its own is it judged.
        ChannelSettings limited = new ChannelSettings(
                usual.folder(),
                amount("--limit", limit).orElse(usual.limit()),
                usual.firstDeposit(),
                usual.maxAtRisk(),
                usual.patience(),
                usual.poll(),
                usual.onPlan(),
                usual.onAlarm());
        builder.channels(rules(limited, use, out));
        Optional<KeyFile> key = network.key();
        if (key.isPresent()) {
            builder.network(open.forClient()).wallet(Wallet.of(open.wallet(key.get())));
        }
        return builder;
    }

    private ClientBuilder withoutChain(OpenNetwork open) throws IOException {
        KeyFile key = network.key().orElseGet(() -> KeyFile.of("built in", LOCAL_KEY, NetworkOptions.LOCAL_OWNER));
        ClientBuilder builder = CocoonClient.builder()
                .network(open.forClient())
                .wallet(Wallet.of(open.wallet(key)))
                .emptySecretSoThatAnyoneCanSpend()
                .attestation(network.policy())
                .identity(network.identity(new SecureRandom()));
        network.throughRouter().ifPresent(router -> builder.router(router.host(), router.port()));
        return builder;
    }

    private ChannelSettings rules(ChannelSettings settings, Use use, PrintWriter out) {
        ChannelSettings all = settings.onAlarm(text -> {
            out.println("ALARM: " + text);
            out.flush();
        });
        if (deposit != null) {
            all = all.firstDeposit(Nanoton.ofTon(deposit));
        }
        if (maxAtRisk != null) {
            all = all.maxAtRisk(Nanoton.ofTon(maxAtRisk));
        }
        return use != Use.SPEND
                ? all.lookOnly()
                : all.onPlan(plan -> {
                    out.println(plan + "\n");
                    out.flush();
                });
    }

    private static Optional<Nanoton> amount(String option, @Nullable String ton) {
        try {
            return Optional.ofNullable(ton).map(Nanoton::ofTon);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(option + ": " + e.getMessage() + "; wanted TON, such as 2.5", e);
        }
    }

    /** Returns an address as this network writes it. */
    static String text(OpenNetwork open, Address address) {
        return address.toText(open.contracts().isTestnet());
    }
}
