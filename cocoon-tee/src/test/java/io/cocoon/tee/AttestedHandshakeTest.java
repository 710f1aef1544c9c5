package io.cocoon.tee;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tee.policy.AttestationPolicy;
import io.cocoon.tee.policy.AttestedPeers;
import io.cocoon.tee.policy.Peers;
import io.cocoon.tee.policy.PolicySource;
import io.cocoon.tee.tdx.ForgedTdx;
import io.cocoon.transport.PeerIdentity;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Real handshakes between two ends, under every policy, both ways. */
class AttestedHandshakeTest {

    private final TurnedClock clock = new TurnedClock(ForgedTdx.TIME);

    private RaTls tls(Peers.Forged shown, PeerPolicy policy) {
        return Handshakes.tls(shown.identity(), policy, clock);
    }

    private AttestedPeers attested(Peers.Forged expected, AttestationPolicy policy) {
        return Peers.attested(new Peers.Source(expected.tdx().collateral()), clock)
                .policy(policy)
                .build();
    }

    @Test
    void should_attest_both_ends_to_each_other() throws IOException {
        Peers.Forged client = Peers.peer(clock);
        Peers.Forged server = Peers.peer(clock);
        try (AttestedPeers forServer = attested(client, Peers.policyFor(client).build());
                AttestedPeers forClient =
                        attested(server, Peers.policyFor(server).build())) {
            Handshakes.Pair pair = new Handshakes.Pair(tls(client, forClient), tls(server, forServer));

            PeerIdentity seen = pair.serverAsSeenByClient();
            assertThat(seen.kind()).isEqualTo(PeerIdentity.Kind.TDX);
            assertThat(seen.imageHash()).isEqualTo(server.imageHash());
            assertThat(pair.clientAsSeenByServer().kind()).isEqualTo(PeerIdentity.Kind.TDX);
            assertThat(seen.report().orElseThrow().toText())
                    .contains("accepted: Intel TDX evidence verified", "TEST ROOTS", "policy.image-hash");
            pair.client.send(new byte[] {1}, 0, 1);
            pair.exchange();
            assertThat(Handshakes.plaintext(pair.server)).containsExactly(1);
        }
    }

    @Test
    void should_refuse_at_either_end_and_give_nothing_out() throws IOException {
        Peers.Forged good = Peers.peer(clock);
        Peers.Forged debug = Peers.peer(clock, ForgedTdx::debug);
        try (AttestedPeers attested = attested(good, Peers.policyFor(good).build())) {
            Handshakes.Pair badServer = new Handshakes.Pair(tls(good, attested), tls(debug, attested));
            Handshakes.Pair badClient = new Handshakes.Pair(tls(debug, attested), tls(good, attested));

            assertThat(Handshakes.Pair.refusal(badServer.client).code()).isEqualTo("TD_DEBUG");
            assertThat(Handshakes.Pair.refusal(badClient.server).code()).isEqualTo("TD_DEBUG");
            assertThat(badServer.client.isReady()).isFalse();
            assertThat(badClient.server.isReady()).isFalse();
        }
    }

    @Test
    void t14_should_refuse_simulated_peers_under_an_attested_policy_and_the_reverse() throws IOException {
        Peers.Forged genuine = Peers.peer(clock);
        Peers.Forged simulated = new Peers.Forged(CertificateIdentity.simulatedTdx(clock, Peers.RANDOM), genuine.tdx());
        try (AttestedPeers attested =
                attested(genuine, Peers.policyFor(genuine).anyImage().build())) {
            Handshakes.Pair pair =
                    new Handshakes.Pair(tls(genuine, attested), tls(simulated, SimulatedEvidence.policy()));

            assertThat(Handshakes.Pair.refusal(pair.client)).hasMessageContaining("SIMULATED");
            assertThat(Handshakes.Pair.refusal(pair.server).code()).isEqualTo("EVIDENCE_NOT_SIMULATED");
        }
    }

    @Test
    void d1_should_refuse_a_peer_without_evidence() throws IOException {
        Peers.Forged genuine = Peers.peer(clock);
        Peers.Forged bare = new Peers.Forged(CertificateIdentity.unattested(clock, Peers.RANDOM), genuine.tdx());
        PeerPolicy any = AcceptUnattestedPeers.because("the other end of this test");
        try (AttestedPeers attested =
                attested(genuine, Peers.policyFor(genuine).anyImage().build())) {
            Handshakes.Pair pair = new Handshakes.Pair(tls(bare, any), tls(genuine, attested));

            assertThat(Handshakes.Pair.refusal(pair.server).code()).isEqualTo("EVIDENCE_MISSING");
            assertThat(pair.serverAsSeenByClient().kind()).isEqualTo(PeerIdentity.Kind.UNATTESTED);
        }
    }

    @Test
    void t3_should_tell_the_transport_when_an_open_connection_is_no_longer_acceptable() throws IOException {
        Peers.Forged peer = Peers.peer(clock);
        AtomicReference<AttestationPolicy> policy =
                new AtomicReference<>(Peers.policyFor(peer).build());
        try (AttestedPeers attested = Peers.attested(new Peers.Source(peer.tdx().collateral()), clock)
                .policy((PolicySource) () -> Objects.requireNonNull(policy.get()))
                .build()) {
            Handshakes.Pair pair = new Handshakes.Pair(tls(peer, attested), tls(peer, attested));
            CompletableFuture<IOException> lapsed = pair.client.lapsed().toCompletableFuture();
            assertThat(attested.watched()).isEqualTo(2);
            assertThat(lapsed).isNotDone();
            pair.server.released();
            assertThat(attested.watched()).isEqualTo(1);

            policy.set(Peers.policyFor(peer).imageHashes(List.of()).build());
            attested.recheck();

            assertThat(lapsed.join()).hasMessageContaining("IMAGE_HASH");
            assertThat(pair.server.lapsed().toCompletableFuture()).isNotDone();
        }
    }
}
