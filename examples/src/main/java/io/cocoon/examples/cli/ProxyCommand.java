package io.cocoon.examples.cli;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.examples.Running;
import io.cocoon.http.StatusPage;
import io.cocoon.keymanager.NetworkKeyClient;
import io.cocoon.payment.Nanoton;
import io.cocoon.proxy.ProxyContracts;
import io.cocoon.proxy.ProxyLimits;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.proxy.ProxyServerBuilder;
import io.cocoon.tee.AcceptUnattestedPeers;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.policy.AttestedPeers;
import io.cocoon.tee.policy.NetworkAttestation;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.contract.ToRoot;
import io.cocoon.ton.wallet.WalletSender;
import io.cocoon.transport.DialTarget;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.SecureChannelProvider;
import io.cocoon.transport.Transport;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a proxy: with its contracts where there is a chain. */
@Command(
        name = "proxy",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a proxy for clients and workers, until it is stopped.",
            "On the main network it keeps its contracts through its wallet, and has to run inside a TDX machine whose image the root"
                    + " contract lists, or behind a router that does (--behind-router). On --network test it deploys its contract on"
                    + " the chain in this JVM and registers."
        },
        footer = {
            "",
            "  cocoon proxy --network test --for 20",
            "  cocoon proxy --network examples/fake-ton.json",
            "  cocoon proxy --key-file node.key --machine-key-file machine.key --workers 0.0.0.0:443 --clients 0.0.0.0:444"
        })
final class ProxyCommand implements Callable<Integer> {

    /** The key of the proxy in the reference's local set-up: publicly known, for networks without money. */
    private static final String LOCAL_KEY = "ml+7xELuOQtfp9q9mSWtHiSWx5aSBV6p3xCfwPmHOwY=";

    private static final Duration DRAIN = Duration.ofSeconds(20);
    /** The chain of a test network makes a block in 0.2 s. */
    private static final Duration TEST_POLL = Duration.ofMillis(100);

    private static final Duration TEST_PATIENCE = Duration.ofSeconds(10);
    private static final WalletSender.Settings TEST_SENDING = new WalletSender.Settings(
            TEST_POLL,
            WalletSender.Settings.DEFAULT.validity(),
            WalletSender.Settings.DEFAULT.resendAfter(),
            Duration.ofSeconds(1));

    private static final Nanoton REGISTRATION = Nanoton.ofTon("0.5");

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    @Mixin
    private NetworkOptions network = new NetworkOptions();

    @Option(
            names = "--machine-key-file",
            paramLabel = "FILE",
            description =
                    "The key that names the proxy and signs payments, as 'cocoon wallet create' writes it. Not the wallet's.")
    private @Nullable Path machineKey;

    @Option(
            names = "--workers",
            defaultValue = "127.0.0.1:11001",
            paramLabel = "HOST:PORT",
            description = "Where workers connect (${DEFAULT-VALUE}).")
    private String workers = "";

    @Option(
            names = "--clients",
            defaultValue = "127.0.0.1:11002",
            paramLabel = "HOST:PORT",
            description = "Where clients connect (${DEFAULT-VALUE}).")
    private String clients = "";

    @Option(
            names = "--demand-of-clients",
            defaultValue = "NONE",
            description = "FILE only: what a client has to show: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private NetworkOptions.Demand demandOfClients = NetworkOptions.Demand.NONE;

    @Option(names = "--pow", defaultValue = "20", description = "Bits of proof of work (${DEFAULT-VALUE}).")
    private int proofOfWork = 20;

    @Option(names = "--behind-router", description = "Both ports take connections of a router on this host only.")
    private boolean behindRouter;

    @Mixin
    private PageOptions page = new PageOptions();

    @Option(
            names = "--status-seconds",
            defaultValue = "60",
            description = "Print the status this often (${DEFAULT-VALUE}).")
    private int statusSeconds = 60;

    @Option(names = "--for", paramLabel = "SECONDS", description = "End by itself after so long.")
    private @Nullable Integer seconds;

    @Override
    public Integer call() throws Exception {
        PrintWriter out = spec.commandLine().getOut();
        page.check();
        if (network.isMainnet()) {
            // Before the network is opened, which may take minutes.
            requireMachineKey(network.requireKey());
        }
        SecureRandom random = new SecureRandom();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try (OpenNetwork open = OpenNetwork.open(network, out);
                Transport transport = Transport.builder().build()) {
            ProxyServerBuilder builder =
                    ProxyServer.builder().chain(open.contracts()).transport(transport);
            identify(builder, open, out);
            if (network.isMainnet() && !behindRouter) {
                try (Guest guest = Guest.open(random);
                        AttestedPeers keyManager = NetworkAttestation.of(open.contracts(), guest.collateral())
                                .ofKeyManager()) {
                    builder.listenForAttestedWorkers(
                                    bind("--workers", workers), guest.identity(), guest.collateral(), proofOfWork)
                            .listenForClients(
                                    bind("--clients", clients),
                                    ListenMode.direct(
                                            RaTls.builder()
                                                    .identity(guest.identity())
                                                    .policy(AcceptUnattestedPeers.because("clients prove nothing"))
                                                    .build(),
                                            proofOfWork));
                    RaTls tls = RaTls.builder()
                            .identity(guest.identity())
                            .policy(keyManager)
                            .build();
                    serve(builder, open, transport, Optional.of(tls), timer, out);
                }
            } else {
                builder.listenForWorkers(bind("--workers", workers), mode(network.tls(network.policy(), random)))
                        .listenForClients(
                                bind("--clients", clients),
                                mode(network.tls(NetworkOptions.policy(demandOfClients), random)));
                Optional<RaTls> tls =
                        network.isMainnet() ? Optional.empty() : Optional.of(network.tls(network.policy(), random));
                serve(builder, open, transport, tls, timer, out);
            }
        } finally {
            timer.shutdownNow();
        }
        return Running.FINE;
    }

    /** Returns the key that signs payments. @throws IllegalArgumentException if there is none, or it is the wallet's */
    private KeyFile requireMachineKey(KeyFile wallet) throws IOException {
        Path keys = machineKey;
        if (keys == null) {
            throw new IllegalArgumentException(
                    "--machine-key-file is missing: the proxy's own key, apart from its wallet's."
                            + " Make one: cocoon wallet create machine.key --owner "
                            + wallet.owner().toText(false));
        }
        KeyFile machine = KeyFile.read(keys);
        if (machine.key().publicKey().equals(wallet.key().publicKey())) {
            throw new IllegalArgumentException(
                    keys + " has the wallet's key; a proxy's machine key signs payments and is another one");
        }
        return machine;
    }

    /** Says who the proxy is, and where its money is. */
    private void identify(ProxyServerBuilder builder, OpenNetwork open, PrintWriter out) throws IOException {
        Path keys = machineKey;
        if (network.isFile()) {
            KeyFile machine =
                    keys != null ? KeyFile.read(keys) : KeyFile.of("built in", LOCAL_KEY, NetworkOptions.LOCAL_OWNER);
            builder.key(machine.key()).owner(machine.owner()).withoutHashChecks();
            if (network.state != null) {
                builder.ledger(network.folder("proxy"));
            } else {
                out.println("Totals are forgotten at the end; with --state FOLDER they are kept.");
            }
            return;
        }
        if (network.isTest()) {
            SecureRandom random = new SecureRandom();
            Address owner = new Address(0, Ed25519Key.generate(random).publicKey());
            KeyFile wallet = new KeyFile(Ed25519Key.generate(random), owner);
            builder.key(Ed25519Key.generate(random))
                    .owner(owner)
                    .withoutHashChecks()
                    .contracts(contracts(open, wallet, Files.createTempDirectory("cocoon-proxy"), out)
                            .withTiming(new ProxyContracts.Timing(TEST_POLL, TEST_PATIENCE), TEST_SENDING))
                    .limits(ProxyLimits.DEFAULT.toBuilder()
                            .ledger(TEST_POLL, TEST_POLL.multipliedBy(4))
                            .build());
            return;
        }
        KeyFile wallet = network.requireKey();
        KeyFile machine = requireMachineKey(wallet);
        builder.key(machine.key())
                .owner(machine.owner())
                .contracts(contracts(open, wallet, network.folder("proxy"), out));
    }

    private static ProxyContracts contracts(OpenNetwork open, KeyFile wallet, Path folder, PrintWriter out) {
        return ProxyContracts.of(open.requireAccess(), open.wallet(wallet), folder)
                .withAlarms(text -> {
                    out.println("ALARM: " + text);
                    out.flush();
                });
    }

    private void serve(
            ProxyServerBuilder builder,
            OpenNetwork open,
            Transport transport,
            Optional<RaTls> tls,
            ScheduledExecutorService timer,
            PrintWriter out)
            throws IOException {
        if (open.contracts().root().keyManager().isPresent()) {
            builder.networkKeys(NetworkKeyClient.start(
                    open.contracts(),
                    transport,
                    route(tls),
                    network.isMainnet(),
                    Clock.systemUTC(),
                    new SecureRandom(),
                    timer));
        }
        try (ProxyServer proxy = builder.build().start();
                PageOptions.Open pages = page.open(List.of(StatusPage.ofProxy(proxy)), out)) {
            register(proxy, open);
            out.println("Workers: " + proxy.workerAddress() + ", clients: " + proxy.clientAddress()
                    + "; stop with Ctrl-C.");
            out.flush();
            try {
                Stopping.until(seconds, statusSeconds, () -> print(proxy, out));
            } finally {
                out.println(
                        "Ending: running queries are finished first. Contracts stay; they go on with the next start.");
                print(proxy, out);
                proxy.drain(DRAIN).join();
            }
        }
    }

    private static void print(ProxyServer proxy, PrintWriter out) {
        out.println(proxy.status().toText());
        out.flush();
    }

    private Function<HostPort, DialTarget> route(Optional<RaTls> tls) {
        return address -> network.throughRouter()
                .map(router -> DialTarget.viaRouter(router.host(), router.port(), address.host(), address.port()))
                .or(() -> tls.map(secured -> DialTarget.direct(address.host(), address.port(), secured)))
                .orElseThrow(
                        () -> new IllegalStateException(
                                "behind a router the key manager is reached through its SOCKS5 port; name it: --router HOST:PORT"));
    }

    /** On a test network the registry's owner is the chain itself. */
    private static void register(ProxyServer proxy, OpenNetwork open) {
        open.test()
                .flatMap(test -> test.localChain())
                .ifPresent(chain -> chain.deliver(
                        open.contracts().root().root(),
                        REGISTRATION,
                        true,
                        Optional.empty(),
                        new ToRoot.RegisterProxy(1, text(proxy.workerAddress()) + " " + text(proxy.clientAddress()))
                                .toCell()));
    }

    private static String text(InetSocketAddress address) {
        return address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    private ListenMode mode(SecureChannelProvider tls) {
        return behindRouter ? ListenMode.behindRouter() : ListenMode.direct(tls, proofOfWork);
    }

    private static InetSocketAddress bind(String option, String text) {
        HostPort address = NetworkOptions.hostPort(option, text);
        return new InetSocketAddress(address.host(), address.port());
    }
}
