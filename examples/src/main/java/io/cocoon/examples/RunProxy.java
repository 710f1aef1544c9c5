package io.cocoon.examples;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.keymanager.NetworkKeyClient;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.proxy.ProxyServerBuilder;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.transport.DialTarget;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.SecureChannelProvider;
import io.cocoon.transport.Transport;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

// A proxy for clients and workers in other processes, ours or the C++ ones, in the mode without a chain.
//
//     examples/run RunProxy --fake-ton fake-ton-config.json
//                       workers connect to 127.0.0.1:11001, clients to 127.0.0.1:11002, both with proof of work and TLS
//     examples/run RunProxy --fake-ton fake-ton-config.json --behind-router --workers 127.0.0.1:11101 --clients
// 127.0.0.1:11102
//                       the same behind the reference's router, which does the TLS
//
// All nodes need the same configuration file, whose registered proxy has to be this one's address.

/** See the comment above. */
@Command(
        name = "RunProxy",
        mixinStandardHelpOptions = true,
        description = "Runs a proxy in the mode without a chain: nothing is paid, nothing is proven.")
final class RunProxy implements Callable<Integer> {

    /** The key of the proxy in the reference's local set-up: publicly known. */
    private static final String LOCAL_KEY = "ml+7xELuOQtfp9q9mSWtHiSWx5aSBV6p3xCfwPmHOwY=";

    @Mixin
    private NetworkOptions network = new NetworkOptions();

    @Option(names = "--key", defaultValue = LOCAL_KEY, description = "Base64 of the proxy's 32-byte machine key.")
    private String key = LOCAL_KEY;

    @Option(names = "--owner", defaultValue = NetworkOptions.LOCAL_OWNER, description = "The owner of its contract.")
    private String owner = NetworkOptions.LOCAL_OWNER;

    @Option(
            names = "--workers",
            defaultValue = "127.0.0.1:11001",
            description = "Where workers connect (${DEFAULT-VALUE}).")
    private String workers = "";

    @Option(
            names = "--clients",
            defaultValue = "127.0.0.1:11002",
            description = "Where clients connect (${DEFAULT-VALUE}).")
    private String clients = "";

    @Option(
            names = "--demand-of-clients",
            defaultValue = "NONE",
            description = "What a client has to show: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    private NetworkOptions.Demand demandOfClients = NetworkOptions.Demand.NONE;

    @Option(names = "--pow", defaultValue = "20", description = "Bits of proof of work (${DEFAULT-VALUE}).")
    private int proofOfWork = 20;

    @Option(names = "--behind-router", description = "Both ports take connections of a router on this host only.")
    private boolean behindRouter;

    @Option(
            names = "--ledger",
            description = "A folder for totals that survive a restart; by default they are forgotten.")
    private @Nullable Path ledger;

    @Option(names = "--status-seconds", description = "Print the status this often.")
    private @Nullable Integer statusSeconds;

    public static void main(String[] args) {
        System.exit(NetworkOptions.run(new RunProxy(), args));
    }

    @Override
    public Integer call() throws Exception {
        SecureRandom random = new SecureRandom();
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try (FakeTonChain chain = network.chain();
                Transport transport = Transport.builder().build()) {
            ProxyServerBuilder builder = ProxyServer.builder()
                    .chain(chain)
                    .key(Ed25519Key.fromSeed(Int256.of(Base64.getDecoder().decode(key))))
                    .owner(Address.parse(owner))
                    .withoutHashChecks()
                    .transport(transport)
                    .listenForWorkers(bind(workers), mode(network.tls(network.policy(), random)))
                    .listenForClients(bind(clients), mode(network.tls(NetworkOptions.policy(demandOfClients), random)));
            Path totals = ledger;
            if (totals != null) {
                builder.ledger(totals);
            }
            if (chain.root().keyManager().isPresent()) {
                builder.networkKeys(NetworkKeyClient.start(
                        chain, transport, address -> route(address, random), false, Clock.systemUTC(), random, timer));
            }
            try (ProxyServer proxy = builder.build().start()) {
                System.out.println("SIMULATED network. Workers: " + proxy.workerAddress() + ", clients: "
                        + proxy.clientAddress() + "; stop with Ctrl-C.");
                CountDownLatch stopped = new CountDownLatch(1);
                Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                    proxy.drain(Duration.ofSeconds(10)).join();
                    stopped.countDown();
                }));
                int pause = statusSeconds == null ? Integer.MAX_VALUE : statusSeconds;
                while (!stopped.await(pause, TimeUnit.SECONDS)) {
                    System.out.println(proxy.status().toText());
                }
            }
        } finally {
            timer.shutdownNow();
        }
        return 0;
    }

    private ListenMode mode(SecureChannelProvider tls) {
        return behindRouter ? ListenMode.behindRouter() : ListenMode.direct(tls, proofOfWork);
    }

    private DialTarget route(HostPort address, SecureRandom random) {
        return network.throughRouter()
                .map(router -> DialTarget.viaRouter(router.host(), router.port(), address.host(), address.port()))
                .orElseGet(
                        () -> DialTarget.direct(address.host(), address.port(), network.tls(network.policy(), random)));
    }

    private static InetSocketAddress bind(String text) {
        HostPort address = NetworkOptions.hostPort(text);
        return new InetSocketAddress(address.host(), address.port());
    }
}
