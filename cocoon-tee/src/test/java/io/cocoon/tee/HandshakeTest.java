package io.cocoon.tee;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tl.Bytes;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.SecureChannel;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class HandshakeTest {

    private static final PeerPolicy ANY = AcceptUnattestedPeers.because("a test of the handshake");
    private static final PeerPolicy SIMULATED = SimulatedEvidence.policy();

    @Test
    void should_carry_bytes_both_ways_after_mutual_acceptance() throws IOException {
        Handshakes.Pair pair = new Handshakes.Pair(
                Handshakes.tls(Handshakes.unattested(), ANY), Handshakes.tls(Handshakes.unattested(), ANY));

        byte[] large = new byte[100_000];
        Handshakes.RANDOM.nextBytes(large);
        pair.client.send(large, 0, large.length);
        pair.server.send(new byte[] {1, 2, 3}, 0, 3);
        pair.exchange();

        assertThat(Handshakes.plaintext(pair.server)).isEqualTo(large);
        assertThat(Handshakes.plaintext(pair.client)).containsExactly(1, 2, 3);
    }

    @Test
    void should_say_who_the_peer_is_and_that_nothing_was_proven() throws IOException {
        CertificateIdentity serverIdentity = Handshakes.unattested();
        Handshakes.Pair pair =
                new Handshakes.Pair(Handshakes.tls(Handshakes.unattested(), ANY), Handshakes.tls(serverIdentity, ANY));

        PeerIdentity server = pair.serverAsSeenByClient();

        assertThat(server.kind()).isEqualTo(PeerIdentity.Kind.UNATTESTED);
        assertThat(server.isAttested()).isFalse();
        assertThat(server.publicKey()).isEqualTo(serverIdentity.publicKey().toBytes());
        assertThat(server.report().orElseThrow().toText()).contains("UNATTESTED", "a test of the handshake");
    }

    @Test
    void should_accept_simulated_evidence_as_simulated_only() throws IOException {
        Handshakes.Pair pair = new Handshakes.Pair(
                Handshakes.tls(Handshakes.simulated(), SIMULATED), Handshakes.tls(Handshakes.simulated(), SIMULATED));

        assertThat(pair.clientAsSeenByServer().kind()).isEqualTo(PeerIdentity.Kind.SIMULATED);
        assertThat(pair.clientAsSeenByServer().isAttested()).isFalse();
        assertThat(pair.clientAsSeenByServer().report().orElseThrow().toText()).contains("SIMULATED");
    }

    @Test
    void n14_should_refuse_a_peer_without_evidence_under_a_policy_that_wants_some() throws IOException {
        Handshakes.Pair pair = new Handshakes.Pair(
                Handshakes.tls(Handshakes.unattested(), ANY), Handshakes.tls(Handshakes.unattested(), SIMULATED));

        assertThat(Handshakes.Pair.refusal(pair.server).code()).isEqualTo("EVIDENCE_MISSING");
        assertThat(pair.server.isReady()).isFalse();
    }

    @Test
    void should_refuse_simulated_evidence_for_another_key() throws IOException {
        Ed25519Key other = Ed25519Key.generate(Handshakes.RANDOM);
        CertificateIdentity liar = CertificateIdentity.withTdxQuote(
                Ed25519Key.generate(Handshakes.RANDOM),
                Hashes.sha512(other.publicKey().toBytes()),
                Clock.systemUTC(),
                Handshakes.RANDOM);

        Handshakes.Pair pair =
                new Handshakes.Pair(Handshakes.tls(Handshakes.simulated(), SIMULATED), Handshakes.tls(liar, ANY));

        assertThat(Handshakes.Pair.refusal(pair.client)).hasMessageContaining("EVIDENCE_NOT_SIMULATED");
    }

    @Test
    void should_refuse_genuine_looking_evidence_under_the_simulated_policy() throws IOException {
        CertificateIdentity genuineLooking = CertificateIdentity.withTdxQuote(
                Ed25519Key.generate(Handshakes.RANDOM),
                Bytes.wrapUnshared(new byte[5_000]),
                Clock.systemUTC(),
                Handshakes.RANDOM);

        Handshakes.Pair pair = new Handshakes.Pair(
                Handshakes.tls(Handshakes.simulated(), SIMULATED), Handshakes.tls(genuineLooking, ANY));

        assertThat(Handshakes.Pair.refusal(pair.client).code()).isEqualTo("EVIDENCE_NOT_SIMULATED");
    }

    @Test
    void should_carry_the_largest_quote() throws IOException {
        CertificateIdentity large = CertificateIdentity.withTdxQuote(
                Ed25519Key.generate(Handshakes.RANDOM),
                Bytes.wrapUnshared(new byte[32_768]),
                Clock.systemUTC(),
                Handshakes.RANDOM);

        Handshakes.Pair pair =
                new Handshakes.Pair(Handshakes.tls(Handshakes.unattested(), ANY), Handshakes.tls(large, ANY));

        assertThat(pair.serverAsSeenByClient().publicKey())
                .isEqualTo(large.publicKey().toBytes());
    }

    @Test
    void should_refuse_an_expired_certificate() throws IOException {
        Clock yesterday = Clock.offset(Clock.systemUTC(), Duration.ofDays(-2));
        CertificateIdentity old = CertificateIdentity.unattested(yesterday, Handshakes.RANDOM);

        Handshakes.Pair pair =
                new Handshakes.Pair(Handshakes.tls(Handshakes.unattested(), ANY), Handshakes.tls(old, ANY));

        assertThat(Handshakes.Pair.refusal(pair.client).code()).isEqualTo("TLS_CERT_EXPIRED");
    }

    @Test
    void should_refuse_a_peer_when_the_policy_fails() throws IOException {
        PeerPolicy broken = new PeerPolicy() {
            @Override
            public String name() {
                return "broken";
            }

            @Override
            public CompletionStage<PolicyDecision> judge(PeerEvidence peer) {
                throw new IllegalStateException("no collateral");
            }
        };

        Handshakes.Pair pair = new Handshakes.Pair(
                Handshakes.tls(Handshakes.unattested(), broken), Handshakes.tls(Handshakes.unattested(), ANY));

        assertThat(Handshakes.Pair.refusal(pair.client)).hasMessageContaining("no collateral");
    }

    @Test
    void should_refuse_a_peer_whatever_way_the_policy_fails() throws IOException {
        PolicyDecision impossible = PolicyDecision.accept(
                PeerIdentity.Kind.UNATTESTED, Handshakes.unattested().publicKey(), List.of());
        List<java.util.function.Supplier<CompletionStage<PolicyDecision>>> failures = List.of(
                () -> {
                    throw new NoClassDefFoundError("a verifier that is not there");
                },
                () -> CompletableFuture.failedFuture(new IOException("no collateral")),
                () -> CompletableFuture.completedFuture(impossible));
        for (var failure : failures) {
            PeerPolicy broken = new PeerPolicy() {
                @Override
                public String name() {
                    return "broken";
                }

                @Override
                public CompletionStage<PolicyDecision> judge(PeerEvidence peer) {
                    return failure.get();
                }
            };

            Handshakes.Pair pair = new Handshakes.Pair(
                    Handshakes.tls(Handshakes.unattested(), broken), Handshakes.tls(Handshakes.unattested(), ANY));

            assertThat(pair.client.peer().toCompletableFuture()).isCompletedExceptionally();
            assertThat(Handshakes.Pair.refusal(pair.client).code()).isEqualTo("VERIFIER_FAILED");
        }
    }

    @Test
    void t1_should_give_out_nothing_before_the_policy_has_decided() throws IOException {
        CompletableFuture<PolicyDecision> verdict = new CompletableFuture<>();
        PeerPolicy slow = new PeerPolicy() {
            @Override
            public String name() {
                return "slow";
            }

            @Override
            public CompletionStage<PolicyDecision> judge(PeerEvidence peer) {
                return verdict;
            }
        };
        Handshakes.Pair pair = new Handshakes.Pair(
                Handshakes.tls(Handshakes.unattested(), ANY), Handshakes.tls(Handshakes.unattested(), slow));
        pair.client.send(new byte[] {7}, 0, 1);
        pair.exchange();

        assertThat(pair.server.peer().toCompletableFuture()).isNotDone();
        assertThat(pair.server.nextPlaintext()).isNull();
        assertThatThrownBy(() -> pair.server.send(new byte[1], 0, 1)).isInstanceOf(IllegalStateException.class);

        verdict.complete(ANY.judge(new PeerEvidence(
                        Handshakes.unattested().publicKey(),
                        new Evidence.None(),
                        Bytes.empty(),
                        java.time.Instant.EPOCH,
                        java.time.Instant.MAX,
                        Clock.systemUTC().instant()))
                .toCompletableFuture()
                .join());

        assertThat(Handshakes.plaintext(pair.server)).containsExactly(7);
    }

    @Test
    void t1_should_not_judge_a_peer_that_has_not_proven_its_key() throws IOException {
        List<PeerEvidence> judged = new ArrayList<>();
        PeerPolicy counting = new PeerPolicy() {
            @Override
            public String name() {
                return "counting";
            }

            @Override
            public CompletionStage<PolicyDecision> judge(PeerEvidence peer) {
                judged.add(peer);
                return ANY.judge(peer);
            }
        };
        SecureChannel client = Handshakes.tls(Handshakes.unattested(), ANY).newClientChannel();
        SecureChannel server = Handshakes.tls(Handshakes.unattested(), counting).newServerChannel();
        client.start();
        server.start();
        byte[] hello = Handshakes.output(client);
        server.receive(hello, 0, hello.length);
        byte[] flight = Handshakes.output(server);
        client.receive(flight, 0, flight.length);
        byte[] last = Handshakes.output(client);

        // Certificate and CertificateVerify, but the Finished message misses its end.
        server.receive(last, 0, last.length - 1);

        assertThat(judged).isEmpty();
        assertThat(server.isReady()).isFalse();

        server.receive(last, last.length - 1, 1);

        assertThat(judged).hasSize(1);
    }

    @Test
    void should_refuse_a_peer_that_shows_the_certificate_of_somebody_else() throws IOException {
        // The thief has the victim's certificate, but signs with a key of its own.
        CertificateIdentity victim = Handshakes.simulated();
        CertificateIdentity thief = Handshakes.simulated().withCertificateOf(victim);

        Handshakes.Pair pair = new Handshakes.Pair(
                Handshakes.tls(Handshakes.simulated(), SIMULATED), Handshakes.tls(thief, SIMULATED));

        assertThat(pair.clientFailure).isNotNull();
        assertThat(pair.client.isReady()).isFalse();
    }

    @Test
    void should_survive_one_byte_at_a_time() throws IOException {
        SecureChannel client = Handshakes.tls(Handshakes.simulated(), SIMULATED).newClientChannel();
        SecureChannel server = Handshakes.tls(Handshakes.simulated(), SIMULATED).newServerChannel();
        client.start();
        server.start();
        for (int round = 0; round < 4; round++) {
            for (byte b : Handshakes.output(client)) {
                server.receive(new byte[] {b}, 0, 1);
            }
            for (byte b : Handshakes.output(server)) {
                client.receive(new byte[] {b}, 0, 1);
            }
        }

        assertThat(client.isReady()).isTrue();
        assertThat(server.isReady()).isTrue();
    }
}
