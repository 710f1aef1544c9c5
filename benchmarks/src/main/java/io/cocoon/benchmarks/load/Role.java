package io.cocoon.benchmarks.load;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.payment.Nanoton;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.IdentitySource;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.SimulatedEvidence;
import io.cocoon.testkit.StandInModelServer;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Transport;
import io.cocoon.worker.WorkerRuntime;
import io.cocoon.worker.http.HttpEngine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/**
 * The main class of the child processes: {@code model CHUNKS}, {@code proxy}, or {@code worker PROXY MODEL-SERVER}, where
 * {@code PROXY} is what the proxy said when it was ready.
 */
final class Role {

    static final String MODEL = "load/words";

    /** More than there are callers, so that no worker is ever full. */
    private static final int ACTIVE_REQUESTS = 400;

    private static final int PROOF_OF_WORK = 8;
    private static final Address ROOT = new Address(0, Int256.fromHex("00".repeat(31) + "01"));
    private static final Address OWNER = new Address(0, Int256.fromHex("00".repeat(31) + "02"));
    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private Role() {}

    public static void main(String[] arguments) throws IOException {
        switch (arguments[0]) {
            case "model" -> serveModel(Integer.parseInt(arguments[1]));
            case "proxy" -> serveProxy();
            case "worker" -> serveWorker(arguments[1], URI.create(arguments[2]));
            default -> throw new IllegalArgumentException("no such role: " + arguments[0]);
        }
    }

    private static void serveModel(int chunks) throws IOException {
        try (StandInModelServer server = StandInModelServer.start(MODEL, 0, chunks, Duration.ZERO)) {
            ChildProcess.readyUntilParentEnds(server.uri().toString());
        }
    }

    private static void serveProxy() throws IOException {
        FakeTonChain chain = FakeTonChain.of(network(), ROOT, false);
        try (Transport transport = Transport.builder().build();
                ProxyServer proxy = ProxyServer.builder()
                        .chain(chain)
                        .key(Ed25519Key.generate(new SecureRandom()))
                        .owner(OWNER)
                        .withoutHashChecks()
                        .transport(transport)
                        .listenForWorkers(ANY_PORT, ListenMode.direct(tls(), PROOF_OF_WORK))
                        .listenForClients(ANY_PORT, ListenMode.direct(tls(), PROOF_OF_WORK))
                        .build()
                        .start()) {
            String ports = proxy.workerAddress().getPort() + ","
                    + proxy.clientAddress().getPort();
            chain.change(config -> withProxy(config, ports));
            ChildProcess.readyUntilParentEnds(ports);
        }
    }

    private static void serveWorker(String proxyPorts, URI server) throws IOException {
        try (Transport transport = Transport.builder().build();
                WorkerRuntime worker = WorkerRuntime.builder()
                        .chain(chain(proxyPorts))
                        .owner(OWNER)
                        .model(MODEL + "@load:" + "0".repeat(64))
                        .engine(HttpEngine.builder()
                                .baseUrl(server)
                                .connections(ACTIVE_REQUESTS)
                                .build())
                        .maxActiveRequests(ACTIVE_REQUESTS)
                        .direct(transport, tls())
                        .build()) {
            worker.start();
            ChildProcess.readyUntilParentEnds("");
        }
    }

    /** The chain as everybody sees it once the proxy is registered. */
    static FakeTonChain chain(String proxyPorts) {
        return FakeTonChain.of(withProxy(network(), proxyPorts), ROOT, false);
    }

    /** The least price: what a simulated client contract holds then lasts for a billion tokens. */
    private static FakeTonConfig network() {
        return FakeTonConfig.defaults()
                .withPrices(new Nanoton(1), new Nanoton(1))
                .withOwner(OWNER);
    }

    private static FakeTonConfig withProxy(FakeTonConfig config, String ports) {
        String[] workerAndClient = ports.split(",", -1);
        return config.withProxies(List.of(
                        new RootState.RegisteredProxy(1, loopback(workerAndClient[0]), loopback(workerAndClient[1]))))
                .withVersions(config.version() + 1, config.paramsVersion());
    }

    private static HostPort loopback(String port) {
        return new HostPort("127.0.0.1", Integer.parseInt(port));
    }

    private static RaTls tls() {
        SecureRandom random = new SecureRandom();
        Clock clock = Clock.systemUTC();
        return RaTls.builder()
                .identity(IdentitySource.renewing(() -> CertificateIdentity.simulatedTdx(clock, random), clock))
                .policy(SimulatedEvidence.policy())
                .build();
    }
}
