package io.cocoon.examples.cli;

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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which network, who we are there, and where things are kept: the same for all commands. Secrets come from files or the environment. */
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
            names = "--network",
            paramLabel = "NETWORK",
            defaultValue = "${env:COCOON_NETWORK:-mainnet}",
            description = {
                "Which network (COCOON_NETWORK; now ${DEFAULT-VALUE}):",
                "mainnet   TON's main network, real money",
                "test      one in this JVM, with a chain and contracts: free, SIMULATED",
                "FILE      a network without a chain: the fake-TON file (rootConfig.pseudo as JSON) that its nodes share"
            })
    String network = "";

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            description = {
                "The node's key and owner, as 'cocoon wallet create' writes them (COCOON_KEY_FILE).",
                "Or COCOON_NODE_KEY and COCOON_OWNER in the environment."
            })
    @Nullable
    Path keyFile;

    @Option(
            names = "--state",
            paramLabel = "FOLDER",
            description = "Where channels, earnings and proven blocks are kept (COCOON_STATE; default ~/.cocoon).")
    @Nullable
    Path state;

    @Option(
            names = "--root",
            paramLabel = "ADDRESS",
            defaultValue = LOCAL_ROOT,
            description = "FILE only: the root contract (default: the one of the reference's local set-up).")
    private String root = LOCAL_ROOT;

    @Option(
            names = "--testnet",
            description = "FILE only: addresses carry the test network's flag, as all nodes were told.")
    private boolean testnet;

    @Option(
            names = "--proxy",
            paramLabel = "HOST:PORT",
            description = "FILE only: this proxy instead of those in the file; an IPv4 address.")
    @Nullable
    String proxy;

    @Option(
            names = "--router",
            paramLabel = "HOST:PORT",
            description = "Go through the SOCKS5 port of a router on this host, which makes the attested connections.")
    private @Nullable String router;

    @Option(
            names = "--demand",
            defaultValue = "SIMULATED",
            description = "FILE only: what a peer has to show: ${COMPLETION-CANDIDATES}. Both prove nothing.")
    Demand demand = Demand.SIMULATED;

    @Option(
            names = "--show",
            defaultValue = "SIMULATED",
            description = "FILE only: what to show to peers: ${COMPLETION-CANDIDATES}.")
    private Demand show = Demand.SIMULATED;

    boolean isMainnet() {
        return network.equals("mainnet");
    }

    boolean isTest() {
        return network.equals("test");
    }

    boolean isFile() {
        return !isMainnet() && !isTest();
    }

    /** Returns a folder for what a command keeps on this network. */
    Path folder(String name) {
        String set = System.getenv("COCOON_STATE");
        Path base = state != null
                ? state
                : set != null ? Path.of(set) : Path.of(System.getProperty("user.home"), ".cocoon");
        return base.resolve(isMainnet() ? "mainnet" : "local").resolve(name);
    }

    /** Returns the key that was given, by option, file or environment; empty if none was. */
    Optional<KeyFile> key() throws IOException {
        String named = System.getenv("COCOON_KEY_FILE");
        Path file = keyFile != null ? keyFile : named != null ? Path.of(named) : null;
        if (file != null) {
            return Optional.of(KeyFile.read(file));
        }
        String key = System.getenv("COCOON_NODE_KEY");
        return key == null
                ? Optional.empty()
                : Optional.of(KeyFile.of(
                        "the environment (COCOON_NODE_KEY, COCOON_OWNER)", key, System.getenv("COCOON_OWNER")));
    }

    /** Returns the key. @throws IllegalArgumentException with what to do if none was given */
    KeyFile requireKey() throws IOException {
        return key().orElseThrow(() -> new IllegalArgumentException(
                "no key was given. Make one: cocoon wallet create node.key --owner YOUR-WALLET, and give it with"
                        + " --key-file node.key or COCOON_KEY_FILE. Or try it without money: --network test"));
    }

    /** Reads the fake-TON file. */
    FakeTonChain file() throws IOException {
        Path file = Path.of(network);
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(
                    file + "; --network is 'mainnet', 'test', or a fake-TON file such as examples/fake-ton.json");
        }
        FakeTonChain chain = FakeTonChain.load(file, Address.parse(root), testnet);
        String only = proxy;
        if (only != null) {
            HostPort address = hostPort("--proxy", only);
            chain.change(config -> config.withProxies(List.of(new RootState.RegisteredProxy(1, address, address))));
        }
        return chain;
    }

    Optional<HostPort> throughRouter() {
        return Optional.ofNullable(router).map(text -> hostPort("--router", text));
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

    /** Parses {@code host:port}. @throws IllegalArgumentException if it is anything else */
    static HostPort hostPort(String option, String text) {
        return HostPort.tryParse(text)
                .orElseThrow(() -> new IllegalArgumentException(
                        option + ": wanted an IPv4 address and a port such as 127.0.0.1:11002, got '" + text + "'"));
    }
}
