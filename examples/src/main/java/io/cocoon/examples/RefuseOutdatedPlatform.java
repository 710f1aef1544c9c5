package io.cocoon.examples;

import io.cocoon.client.ChatReply;
import io.cocoon.client.CocoonClient;
import io.cocoon.client.CocoonException;
import io.cocoon.client.Network;
import io.cocoon.client.Wallet;
import io.cocoon.crypto.Ed25519Key;
import io.cocoon.proxy.ProxyServer;
import io.cocoon.tee.AcceptUnattestedPeers;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.RaTls;
import io.cocoon.tee.SimulatedEvidence;
import io.cocoon.tee.collateral.CollateralException;
import io.cocoon.tee.collateral.CollateralSource;
import io.cocoon.tee.collateral.Fmspc;
import io.cocoon.tee.collateral.MemoryCollateral;
import io.cocoon.tee.collateral.PckCa;
import io.cocoon.tee.collateral.TdxCollateralJson;
import io.cocoon.tee.policy.AttestationPolicy;
import io.cocoon.tee.policy.NetworkAttestation;
import io.cocoon.tee.policy.TrustAnchors;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.tdx.TcbStatus;
import io.cocoon.tee.tdx.TdxQuote;
import io.cocoon.tee.tdx.TdxTrust;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import io.cocoon.ton.chain.HostPort;
import io.cocoon.ton.chain.RootState;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Transport;
import io.cocoon.worker.DemoEngine;
import io.cocoon.worker.WorkerRuntime;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;

// A proxy runs the right image on genuine hardware whose firmware Intel calls out of date. By default it is refused:
// nothing is
// sent to it, and the exception names the check. Who knows why can tolerate that status by name, for so many days.
//
//     examples/run RefuseOutdatedPlatform
//
// Client, proxy and worker in this JVM, about five seconds. The evidence is our own (resources/outdated-platform),
// signed under
// a root of our own, so the verdict says TEST ROOTS; a client of the main network believes Intel's root and needs none
// of this.

/** See the comment above. */
public final class RefuseOutdatedPlatform {

    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final Address ROOT = new Address(0, Int256.fromHex("00".repeat(31) + "01"));
    private static final Address OWNER = new Address(0, Int256.fromHex("00".repeat(31) + "02"));
    private static final String MODEL = "demo/words";
    private static final int PROOF_OF_WORK = 4;

    /** The quotes are for this key, which is no secret. */
    private static final Ed25519Key KEY =
            Ed25519Key.fromSeed(Int256.fromHex("7debe3545102d89f070aaec707f4a5f4278787bb40c83b1a560b811795431bd9"));

    /** When the collateral is valid. */
    private static final Clock CLOCK =
            Clock.offset(Clock.systemUTC(), Duration.between(Instant.now(), Instant.parse("2026-11-01T12:00:00Z")));

    private RefuseOutdatedPlatform() {}

    public static void main(String[] args) throws Exception {
        run(System.out);
    }

    static void run(PrintStream out) throws Exception {
        out.println("Up to date: " + ask("up-to-date", policy().build()));
        out.println("\nOut of date: " + ask("out-of-date", policy().build()));
        out.println("\nOut of date, and tolerated by name: "
                + ask(
                        "out-of-date",
                        policy().tolerate(TcbStatus.OUT_OF_DATE, 3650).build()));
    }

    private static AttestationPolicy.Builder policy() throws IOException {
        return AttestationPolicy.builder("root-contract")
                .allowTdx()
                .imageHashes(List.of()) // those of the root contract are put in its place
                .collateralRoots(List.of(root().rootHash()));
    }

    /** Asks through a proxy that shows this quote. */
    private static String ask(String quote, AttestationPolicy demanded) throws Exception {
        SecureRandom random = new SecureRandom();
        Int256 image = TdxQuote.parse(resource(quote + ".bin")).imageHash();
        RaTls simulated = RaTls.builder()
                .identity(CertificateIdentity.simulatedTdx(CLOCK, random))
                .policy(SimulatedEvidence.policy())
                .clock(CLOCK)
                .build();
        RaTls shown = RaTls.builder()
                .identity(CertificateIdentity.withTdxQuote(KEY, resource(quote + ".bin"), CLOCK, random))
                .policy(AcceptUnattestedPeers.because("clients prove nothing"))
                .clock(CLOCK)
                .build();
        try (FakeTonChain chain = FakeTonChain.of(
                        FakeTonConfig.defaults().withOwner(OWNER).withAllowed(Set.of(image), Set.of(), Set.of()),
                        ROOT,
                        false,
                        CLOCK);
                Transport transport = Transport.builder().build();
                ProxyServer proxy = ProxyServer.builder()
                        .chain(chain)
                        .key(Ed25519Key.generate(random))
                        .owner(OWNER)
                        .withoutHashChecks()
                        .clock(CLOCK)
                        .transport(transport)
                        .listenForWorkers(ANY_PORT, ListenMode.direct(simulated, PROOF_OF_WORK))
                        .listenForClients(ANY_PORT, ListenMode.direct(shown, PROOF_OF_WORK))
                        .build()
                        .start()) {
            chain.change(config -> config.withProxies(List.of(new RootState.RegisteredProxy(
                    1, hostPort(proxy.workerAddress()), hostPort(proxy.clientAddress())))));
            try (WorkerRuntime worker = WorkerRuntime.builder()
                    .chain(chain)
                    .owner(OWNER)
                    .clock(CLOCK)
                    .model(MODEL + "@test:" + "0".repeat(64))
                    .engine(DemoEngine.create(Duration.ZERO))
                    .direct(transport, simulated)
                    .build()) {
                worker.start();
                Endings.until(
                        "the worker serves", () -> proxy.status().workers().size() == 1);
                return ask(chain, transport, demanded);
            }
        }
    }

    private static String ask(FakeTonChain chain, Transport transport, AttestationPolicy demanded)
            throws IOException, CollateralException {
        NetworkAttestation demands = NetworkAttestation.of(chain, collateral())
                .base(demanded)
                .trust(TrustAnchors.forTestsOnly("our synthetic root", root(), SnpTrust.amd()))
                .clock(CLOCK);
        try (CocoonClient cocoon = CocoonClient.builder()
                .network(Network.of(chain))
                .wallet(Wallet.ofAddress(OWNER))
                .emptySecretSoThatAnyoneCanSpend()
                .clock(CLOCK)
                .transport(transport)
                .attestation(demands)
                .build()) {
            ChatReply reply =
                    cocoon.chat(MODEL).user("Who are you?").maxTokens(10).send();
            return "answered by a " + reply.attestation().identity().kind() + " machine";
        } catch (CocoonException.Attestation e) {
            return "REFUSED. " + e.getMessage();
        }
    }

    private static CollateralSource collateral() throws IOException, CollateralException {
        return MemoryCollateral.builder()
                .tdx(
                        Fmspc.fromHex("f0c056101765"),
                        PckCa.PLATFORM,
                        false,
                        TdxCollateralJson.parse(resource("collateral.json")))
                .build();
    }

    private static TdxTrust root() throws IOException {
        return TdxTrust.ofCertificate(resource("root.der"));
    }

    private static Bytes resource(String name) throws IOException {
        try (InputStream in = RefuseOutdatedPlatform.class.getResourceAsStream("/outdated-platform/" + name)) {
            if (in == null) {
                throw new IOException("the resource outdated-platform/" + name + " is missing; was the jar cut?");
            }
            return Bytes.wrapUnshared(in.readAllBytes());
        }
    }

    private static HostPort hostPort(InetSocketAddress address) {
        return new HostPort(address.getAddress().getHostAddress(), address.getPort());
    }
}
