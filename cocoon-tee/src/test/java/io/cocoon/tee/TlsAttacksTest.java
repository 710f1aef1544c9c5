package io.cocoon.tee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.transport.CloseReason;
import io.cocoon.transport.Connection;
import io.cocoon.transport.ConnectionHandler;
import io.cocoon.transport.DialTarget;
import io.cocoon.transport.ListenMode;
import io.cocoon.transport.Listener;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.ProofOfWork;
import io.cocoon.transport.Responder;
import io.cocoon.transport.SecureChannel;
import io.cocoon.transport.Transport;
import io.cocoon.transport.TransportLimits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The attacks on the connection itself: TEE dossier 12, RA-TLS level. What a stage lets through, no policy gets to see. */
class TlsAttacksTest {

    private static final PeerPolicy ANY = AcceptUnattestedPeers.because("the attack is on TLS, not on the evidence");

    @TempDir
    Path folder;

    /** Accepts everybody and remembers whom it was asked about: an identity that surfaced. */
    private static final class Surfaced implements PeerPolicy {
        final List<PeerEvidence> peers = new CopyOnWriteArrayList<>();

        @Override
        public String name() {
            return "surfaced";
        }

        @Override
        public CompletionStage<PolicyDecision> judge(PeerEvidence peer) {
            peers.add(peer);
            return ANY.judge(peer);
        }
    }

    private Path stored(CertificateIdentity identity) throws IOException {
        identity.store(folder.resolve("cert.pem"), folder.resolve("key.pem"));
        return folder;
    }

    private OpenSsl openSslClient(ServerSocket listener, String... more) {
        List<String> arguments =
                new ArrayList<>(List.of("s_client", "-connect", "127.0.0.1:" + listener.getLocalPort(), "-tls1_3"));
        arguments.addAll(
                List.of("-noservername", "-cert", folder.resolve("cert.pem").toString()));
        arguments.addAll(List.of("-key", folder.resolve("key.pem").toString()));
        arguments.addAll(List.of(more));
        return new OpenSsl(arguments);
    }

    private static ServerSocket listen() throws IOException {
        ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        listener.setSoTimeout(30_000);
        return listener;
    }

    private static CertificateIdentity withQuoteOf(int bytes) {
        return CertificateIdentity.make(
                Ed25519Key.generate(Handshakes.RANDOM),
                List.of(
                        new Extension(new ASN1ObjectIdentifier("1.3.6.1.4.1.12345.1"), true, new byte[bytes]),
                        new Extension(new ASN1ObjectIdentifier("1.3.6.1.4.1.12345.2"), true, new byte[32])),
                Clock.systemUTC(),
                Handshakes.RANDOM);
    }

    // ---- stolen certificates ----

    @Test
    void t1_attack_a_wrong_certificate_verify_of_a_server_surfaces_no_identity() throws IOException {
        Surfaced client = new Surfaced();
        CertificateIdentity thief = Handshakes.simulated().withCertificateOf(Handshakes.simulated());

        Handshakes.Pair pair =
                new Handshakes.Pair(Handshakes.tls(Handshakes.simulated(), client), Handshakes.tls(thief, ANY));

        assertThat(client.peers).isEmpty();
        assertThat(pair.clientFailure).hasMessageContaining("decrypt_error");
        assertThat(pair.client.peer().toCompletableFuture().isCompletedExceptionally()
                        || !pair.client.peer().toCompletableFuture().isDone())
                .isTrue();
        assertThat(pair.client.isReady()).isFalse();
    }

    @Test
    void t1_attack_a_wrong_certificate_verify_of_a_client_surfaces_no_identity() throws IOException {
        Surfaced server = new Surfaced();
        CertificateIdentity thief = Handshakes.simulated().withCertificateOf(Handshakes.simulated());

        Handshakes.Pair pair =
                new Handshakes.Pair(Handshakes.tls(thief, ANY), Handshakes.tls(Handshakes.simulated(), server));

        assertThat(server.peers).isEmpty();
        assertThat(pair.serverFailure).hasMessageContaining("decrypt_error");
        assertThat(pair.server.isReady()).isFalse();
    }

    @Test
    void t1_attack_a_server_that_stops_after_its_certificate_surfaces_no_identity() throws IOException {
        Surfaced policy = new Surfaced();
        SecureChannel client = Handshakes.tls(Handshakes.simulated(), policy).newClientChannel();
        SecureChannel server = Handshakes.tls(Handshakes.largest(), ANY).newServerChannel();
        client.start();
        server.start();
        byte[] hello = Handshakes.output(client);
        server.receive(hello, 0, hello.length);
        byte[] flight = Handshakes.output(server);

        // The last record holds Finished; what is before it shows the whole certificate.
        client.receive(flight, 0, flight.length - 1);

        assertThat(policy.peers).isEmpty();
        assertThat(client.peer().toCompletableFuture()).isNotDone();
    }

    // ---- what the peer sends while it is being judged ----

    @Test
    void t9_attack_a_flood_before_the_verdict_is_bounded_by_the_channel() throws IOException {
        CompletableFuture<PolicyDecision> never = new CompletableFuture<>();
        PeerPolicy slow = new PeerPolicy() {
            @Override
            public String name() {
                return "slow";
            }

            @Override
            public CompletionStage<PolicyDecision> judge(PeerEvidence peer) {
                return never;
            }
        };
        Handshakes.Pair pair = new Handshakes.Pair(
                Handshakes.tls(Handshakes.unattested(), ANY), Handshakes.tls(Handshakes.unattested(), slow));
        byte[] piece = new byte[16_000];
        for (int i = 0; i < 8; i++) {
            pair.client.send(piece, 0, piece.length);
            pair.exchange();
        }
        assertThat(pair.serverFailure).isNull();

        pair.client.send(piece, 0, piece.length);
        pair.exchange();

        assertThat(pair.serverFailure)
                .hasMessageContaining("evidence was not accepted yet")
                .hasMessageContaining("at most " + TlsChannel.MAX_BYTES_BEFORE_VERDICT);
        assertThat(pair.server.nextPlaintext()).isNull();
    }

    @Test
    void should_keep_a_first_message_of_ordinary_size_until_the_verdict() throws IOException {
        Handshakes.Pair pair = new Handshakes.Pair(
                Handshakes.tls(Handshakes.unattested(), ANY), Handshakes.tls(Handshakes.unattested(), ANY));
        byte[] large = new byte[TlsChannel.MAX_BYTES_BEFORE_VERDICT * 4];

        pair.client.send(large, 0, large.length);
        pair.exchange();

        // After the verdict there is no such bound.
        assertThat(pair.serverFailure).isNull();
        assertThat(Handshakes.plaintext(pair.server)).hasSize(large.length);
    }

    // ---- certificates ----

    @Test
    void attack_a_quote_of_ten_megabytes_is_refused_before_it_is_kept() throws IOException {
        Surfaced policy = new Surfaced();
        SecureChannel client = Handshakes.tls(withQuoteOf(10 << 20), ANY).newClientChannel();
        SecureChannel server = Handshakes.tls(Handshakes.unattested(), policy).newServerChannel();
        client.start();
        server.start();
        byte[] hello = Handshakes.output(client);
        server.receive(hello, 0, hello.length);
        byte[] flight = Handshakes.output(server);
        client.receive(flight, 0, flight.length);
        byte[] huge = Handshakes.output(client);
        assertThat(huge.length).isGreaterThan(10 << 20);
        int[] taken = {0};

        assertThatThrownBy(() -> {
                    for (; taken[0] < huge.length; taken[0] += 1024) {
                        server.receive(huge, taken[0], Math.min(1024, huge.length - taken[0]));
                    }
                })
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the peer broke TLS");
        assertThat(taken[0]).isLessThan(200_000);
        assertThat(policy.peers).isEmpty();
    }

    @Test
    void attack_an_extra_certificate_behind_the_leaf_is_not_looked_at() throws Exception {
        CertificateIdentity identity = Handshakes.simulated();
        stored(identity);
        Path extra = folder.resolve("extra.pem");
        Files.writeString(
                extra,
                Pem.encode("CERTIFICATE", Handshakes.largest().certificate().toByteArray()));
        Surfaced policy = new Surfaced();
        try (ServerSocket listener = listen();
                OpenSsl client = openSslClient(listener, "-cert_chain", extra.toString());
                SocketDriver ours = new SocketDriver(
                        Handshakes.tls(Handshakes.simulated(), policy).newServerChannel(), listener.accept())) {
            ours.shakeHands();
            assertThat(policy.peers)
                    .singleElement()
                    .satisfies(peer -> assertThat(peer.key()).isEqualTo(identity.publicKey()));
            client.awaitPrinted("New, TLSv1.3");
        }
    }

    @Test
    void attack_rotation_of_certificates_during_handshakes_breaks_none() throws IOException {
        AtomicInteger made = new AtomicInteger();
        IdentitySource rotating = () -> {
            made.incrementAndGet();
            return Handshakes.simulated();
        };
        RaTls server = RaTls.builder()
                .identity(rotating)
                .policy(ANY)
                .verificationExecutor(Runnable::run)
                .build();
        RaTls client = Handshakes.tls(Handshakes.simulated(), ANY);
        List<Handshakes.Pair> open = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            open.add(new Handshakes.Pair(client, server));
        }

        assertThat(open).allMatch(pair -> pair.client.isReady() && pair.server.isReady());
        assertThat(open.stream()
                        .map(pair -> pair.serverAsSeenByClient().publicKey())
                        .distinct())
                .hasSize(5);
        assertThat(made).hasValue(5);
        // The first connection still works after all the rotations.
        open.get(0).client.send(new byte[] {5}, 0, 1);
        open.get(0).exchange();
        assertThat(Handshakes.plaintext(open.get(0).server)).containsExactly(5);
    }

    @Test
    void attack_evidence_that_is_late_at_renewal_leaves_the_last_certificate_in_use() {
        Clock[] now = {Clock.systemUTC()};
        AtomicInteger attempts = new AtomicInteger();
        Clock clock = new Clock() {
            @Override
            public java.time.ZoneId getZone() {
                return java.time.ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(java.time.ZoneId zone) {
                return this;
            }

            @Override
            public java.time.Instant instant() {
                return now[0].instant();
            }
        };
        IdentitySource source = IdentitySource.renewing(
                () -> {
                    if (attempts.incrementAndGet() > 1) {
                        throw new IllegalStateException("no quote now");
                    }
                    return CertificateIdentity.simulatedTdx(clock, Handshakes.RANDOM);
                },
                clock);
        CertificateIdentity first = source.current();
        now[0] = Clock.offset(Clock.systemUTC(), Duration.ofHours(13));

        assertThat(source.current()).isSameAs(first);
        assertThat(source.current()).isSameAs(first);
        assertThat(attempts).hasValue(2);

        now[0] = Clock.offset(Clock.systemUTC(), Duration.ofHours(25));
        assertThatThrownBy(source::current).hasMessageContaining("no quote now");
    }

    // ---- what TLS 1.3 offers beside the handshake ----

    @Test
    void attack_an_offered_psk_does_not_replace_the_certificate() throws Exception {
        CertificateIdentity identity = Handshakes.simulated();
        stored(identity);
        Surfaced policy = new Surfaced();
        try (ServerSocket listener = listen();
                OpenSsl client = openSslClient(listener, "-psk", "00112233445566778899aabbccddeeff");
                SocketDriver ours = new SocketDriver(
                        Handshakes.tls(Handshakes.simulated(), policy).newServerChannel(), listener.accept())) {
            ours.shakeHands();
            client.awaitPrinted("New, TLSv1.3");
            assertThat(client.printed()).doesNotContain("Reused");
            assertThat(policy.peers)
                    .singleElement()
                    .satisfies(peer -> assertThat(peer.key()).isEqualTo(identity.publicKey()));
        }
    }

    @Test
    void attack_early_data_never_come_out() throws Exception {
        stored(Handshakes.simulated());
        Path session = folder.resolve("session.pem");
        Path early = folder.resolve("early.txt");
        Files.writeString(early, "EARLY DATA\n");
        // A session with early data from an OpenSSL server, then replayed at ours.
        try (OpenSsl server = new OpenSsl(List.of(
                "s_server",
                "-accept",
                "127.0.0.1:0",
                "-tls1_3",
                "-early_data",
                "-naccept",
                "1",
                "-cert",
                folder.resolve("cert.pem").toString(),
                "-key",
                folder.resolve("key.pem").toString()))) {
            try (OpenSsl client = new OpenSsl(List.of(
                    "s_client",
                    "-connect",
                    "127.0.0.1:" + server.port(),
                    "-tls1_3",
                    "-sess_out",
                    session.toString()))) {
                // Written as soon as the ticket has come; the text about it stays in a buffer.
                Awaitility.await()
                        .atMost(Duration.ofSeconds(30))
                        .until(() -> Files.exists(session) && Files.size(session) > 0);
                client.type("Q");
                client.exitCode();
            }
        }
        assertThat(session).isNotEmptyFile();
        Surfaced policy = new Surfaced();
        try (ServerSocket listener = listen();
                OpenSsl client =
                        openSslClient(listener, "-sess_in", session.toString(), "-early_data", early.toString());
                SocketDriver ours = new SocketDriver(
                        Handshakes.tls(Handshakes.simulated(), policy).newServerChannel(), listener.accept())) {
            assertThatThrownBy(ours::shakeHands).isInstanceOf(IOException.class);
            assertThat(ours.received()).isEmpty();
            assertThat(policy.peers).isEmpty();
            client.awaitPrinted("alert");
        }
    }

    @Test
    void attack_renegotiation_by_a_second_hello_ends_the_connection() throws IOException {
        Handshakes.Pair pair = new Handshakes.Pair(
                Handshakes.tls(Handshakes.unattested(), ANY), Handshakes.tls(Handshakes.unattested(), ANY));
        SecureChannel other = Handshakes.tls(Handshakes.unattested(), ANY).newClientChannel();
        other.start();
        byte[] hello = Handshakes.output(other);

        assertThatThrownBy(() -> pair.server.receive(hello, 0, hello.length))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("unexpected_message");
    }

    @Test
    void attack_tls_1_2_is_refused_before_a_certificate_is_shown() throws Exception {
        stored(Handshakes.simulated());
        Surfaced policy = new Surfaced();
        try (ServerSocket listener = listen();
                OpenSsl client = new OpenSsl(List.of(
                        "s_client", "-connect", "127.0.0.1:" + listener.getLocalPort(), "-tls1_2", "-showcerts"));
                SocketDriver ours = new SocketDriver(
                        Handshakes.tls(Handshakes.simulated(), policy).newServerChannel(), listener.accept())) {
            assertThatThrownBy(ours::shakeHands).hasMessageContaining("TLS 1.3");
            client.awaitPrinted("no peer certificate available");
            assertThat(policy.peers).isEmpty();
        }
    }

    // ---- names and work ----

    @Test
    void t29_should_dial_a_server_without_the_constant_name() throws IOException {
        CertificateIdentity nameless = CertificateIdentity.load(copy("no-san-cn-127.pem"), copy("key-ed25519.pem"));
        Clock then = Clock.fixed(nameless.notBefore().plusSeconds(60), java.time.ZoneOffset.UTC);
        RaTls lenient = RaTls.builder()
                .identity(CertificateIdentity.simulatedTdx(then, Handshakes.RANDOM))
                .policy(ANY)
                .clock(then)
                .certificateRules(CertificateRules.DEFAULT.withMaxLifetime(Duration.ofDays(36_525)))
                .verificationExecutor(Runnable::run)
                .build();

        Handshakes.Pair pair = new Handshakes.Pair(lenient, Handshakes.tls(nameless, ANY, then));

        assertThat(pair.serverAsSeenByClient().publicKey())
                .isEqualTo(nameless.publicKey().toBytes());
    }

    private Path copy(String file) throws IOException {
        return Files.write(folder.resolve(file), TestData.bytes("ratls/" + file));
    }

    @Test
    void t27_attack_a_difficulty_below_zero_costs_nothing_and_one_above_the_bound_is_refused() throws Exception {
        ProofOfWork.Challenge negative = new ProofOfWork.Challenge(-5, Bytes.wrapUnshared(new byte[16]));
        assertThat(ProofOfWork.solve(negative, 1, () -> false)).hasValue(0);
        for (int difficulty : new int[] {29, 64, Integer.MAX_VALUE}) {
            try (Transport transport = Transport.builder().eventLoopThreads(1).build();
                    ServerSocket listener = listen()) {
                CompletableFuture<?> dial = transport.dial(
                        DialTarget.direct(
                                "127.0.0.1", listener.getLocalPort(), Handshakes.tls(Handshakes.simulated(), ANY)),
                        new Unexpected());
                try (Socket accepted = listener.accept()) {
                    accepted.setSoTimeout(30_000);
                    accepted.getOutputStream()
                            .write(new ProofOfWork.Challenge(difficulty, Bytes.wrapUnshared(new byte[16]))
                                    .toByteArray());
                    assertThat(accepted.getInputStream().read()).isEqualTo(-1);
                }
                assertThat(dial)
                        .failsWithin(Duration.ofSeconds(30))
                        .withThrowableThat()
                        .withMessageContaining("" + difficulty);
            }
        }
    }

    /** For connections that must not come about. */
    private static final class Unexpected implements ConnectionHandler {
        @Override
        public void connected(Connection connection) {
            throw new IllegalStateException("no connection was expected");
        }

        @Override
        public void message(Connection connection, Bytes message) {}

        @Override
        public void query(Connection connection, Bytes query, Responder responder) {}

        @Override
        public void closed(Connection connection, CloseReason reason) {}
    }

    // ---- time ----

    private static Socket openedWithProofOfWork(Listener listener) throws IOException {
        Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), listener.address().getPort());
        socket.setSoTimeout(30_000);
        byte[] challenge = socket.getInputStream().readNBytes(ProofOfWork.CHALLENGE_BYTES);
        ProofOfWork.Challenge parsed = ProofOfWork.Challenge.parse(Bytes.copyOf(challenge));
        socket.getOutputStream()
                .write(ProofOfWork.response(
                        ProofOfWork.solve(parsed, 1 << 20, () -> false).orElseThrow()));
        return socket;
    }

    private static Transport impatient() {
        TransportLimits d = TransportLimits.DEFAULT;
        return Transport.builder()
                .eventLoopThreads(1)
                .limits(new TransportLimits(
                        d.maxFrameBytes(),
                        Duration.ofMillis(500),
                        d.pingAfter(),
                        d.dialerSilence(),
                        d.acceptorSilence(),
                        d.answerWithin(),
                        d.maxOpenQueries(),
                        d.highWaterBytes(),
                        d.maxPendingBytes(),
                        d.maxProofOfWorkDifficulty()))
                .build();
    }

    private static Listener listening(Transport transport, PeerPolicy policy, List<PeerIdentity> connected) {
        return transport.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                ListenMode.direct(Handshakes.tls(Handshakes.simulated(), policy), 4),
                peer -> {
                    connected.add(peer);
                    return new Unexpected();
                });
    }

    @Test
    void t9_attack_a_half_open_handshake_is_closed() throws Exception {
        Surfaced policy = new Surfaced();
        List<PeerIdentity> connected = new CopyOnWriteArrayList<>();
        try (Transport transport = impatient();
                Listener listener = listening(transport, policy, connected);
                Socket silent = openedWithProofOfWork(listener)) {
            assertThat(silent.getInputStream().read()).isEqualTo(-1);
            assertThat(policy.peers).isEmpty();
            assertThat(connected).isEmpty();
        }
    }

    @Test
    void t9_attack_a_slow_handshake_is_closed_although_bytes_keep_coming() throws Exception {
        Surfaced policy = new Surfaced();
        List<PeerIdentity> connected = new CopyOnWriteArrayList<>();
        SecureChannel client = Handshakes.tls(Handshakes.simulated(), ANY).newClientChannel();
        client.start();
        byte[] hello = Handshakes.output(client);
        try (Transport transport = impatient();
                Listener listener = listening(transport, policy, connected);
                Socket slow = openedWithProofOfWork(listener)) {
            // One byte whenever a tenth of a second passed without an answer; its end never comes.
            slow.setSoTimeout(100);
            int sent = 0;
            int answer = Integer.MAX_VALUE;
            while (answer == Integer.MAX_VALUE && sent < hello.length - 1) {
                try {
                    slow.getOutputStream().write(hello, sent++, 1);
                    answer = slow.getInputStream().read();
                } catch (java.net.SocketTimeoutException e) {
                    answer = Integer.MAX_VALUE;
                } catch (java.net.SocketException e) {
                    answer = -1; // the write met the closed connection
                }
            }
            assertThat(answer).isEqualTo(-1);
            assertThat(policy.peers).isEmpty();
            assertThat(connected).isEmpty();
        }
    }
}
