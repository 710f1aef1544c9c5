package io.cocoon.examples;

import io.cocoon.tee.AcceptUnattestedPeers;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.IdentitySource;
import io.cocoon.tee.PeerPolicy;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.SimulatedEvidence;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** What the examples that join a network of several processes have in common. */
final class NetworkOptions {

    /** The owner of all nodes of the reference's local set-up. */
    static final String LOCAL_OWNER = "UQAuz15H1ZHrZ_psVrAra7HealMIVeFq0wguqlmFno1f3B-m";

    /** Its root contract. */
    private static final String LOCAL_ROOT = "EQBT4hy4vMEZ9uxSCuhw_gBKh9_AwmHXLe7Wo0O4Vh-4kRjJ";

    /** What a peer has to show. */
    enum Demand {
        /** Simulated evidence, as the reference's fake_tdx and fake_tee. */
        SIMULATED,
        /** Nothing, as the reference's any. */
        NONE
    }

    @Option(
            names = "--fake-ton",
            paramLabel = "FILE",
            description = "The fake-TON configuration that all nodes share (rootConfig.pseudo as JSON).")
    @Nullable
    Path fakeTon;

    @Option(
            names = "--root",
            defaultValue = LOCAL_ROOT,
            description = "The root contract's address (${DEFAULT-VALUE}).")
    String root = LOCAL_ROOT;

    @Option(names = "--testnet", description = "Addresses carry the test network's flag.")
    boolean testnet;

    @Option(
            names = "--proxy",
            paramLabel = "HOST:PORT",
            description = "This proxy instead of those in the configuration; an IPv4 address.")
    @Nullable
    String proxy;

    @Option(
            names = "--router",
            paramLabel = "HOST:PORT",
            description = "Go through the SOCKS5 port of a router on this host, which makes the attested connection.")
    @Nullable
    String router;

    @Option(
            names = "--demand",
            defaultValue = "SIMULATED",
            description = "What a peer has to show: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}). Both prove nothing.")
    Demand demand = Demand.SIMULATED;

    @Option(
            names = "--show",
            defaultValue = "SIMULATED",
            description = "What to show to peers: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE}).")
    Demand show = Demand.SIMULATED;

    /** Runs an example; what is wrong with its arguments or files is said in a line, not in a stack trace. */
    static int run(Callable<Integer> example, String[] args) {
        return new CommandLine(example)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, line, parsed) -> {
                    if (failure instanceof IllegalArgumentException || failure instanceof UncheckedIOException) {
                        System.err.println(failure.getMessage());
                        return CommandLine.ExitCode.USAGE;
                    }
                    throw failure;
                })
                .execute(args);
    }

    /** Reads the configuration. */
    FakeTonChain chain() {
        Path file = fakeTon;
        if (file == null) {
            throw new IllegalArgumentException(
                    "--fake-ton FILE is missing: access to the real chain is not in this release");
        }
        FakeTonChain chain = FakeTonChain.load(file, Address.parse(root), testnet);
        String only = proxy;
        if (only != null) {
            HostPort address = hostPort(only);
            chain.change(config -> config.withProxies(List.of(new RootState.RegisteredProxy(1, address, address))));
        }
        return chain;
    }

    Optional<HostPort> throughRouter() {
        return Optional.ofNullable(router).map(NetworkOptions::hostPort);
    }

    PeerPolicy policy() {
        return policy(demand);
    }

    static PeerPolicy policy(Demand demand) {
        return switch (demand) {
            case SIMULATED -> SimulatedEvidence.policy();
            case NONE -> AcceptUnattestedPeers.because("the command line says so");
        };
    }

    IdentitySource identity(SecureRandom random) {
        Clock clock = Clock.systemUTC();
        return switch (show) {
            case SIMULATED -> IdentitySource.renewing(() -> CertificateIdentity.simulatedTdx(clock, random), clock);
            case NONE -> IdentitySource.renewing(() -> CertificateIdentity.unattested(clock, random), clock);
        };
    }

    RaTls tls(PeerPolicy policy, SecureRandom random) {
        return RaTls.builder().identity(identity(random)).policy(policy).build();
    }

    /**
     * Parses {@code host:port}.
     *
     * @throws IllegalArgumentException if it is anything else
     */
    static HostPort hostPort(String text) {
        int colon = text.lastIndexOf(':');
        try {
            return new HostPort(text.substring(0, Math.max(colon, 0)), Integer.parseInt(text.substring(colon + 1)));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("wanted HOST:PORT, got '" + text + "'", e);
        }
    }
}
