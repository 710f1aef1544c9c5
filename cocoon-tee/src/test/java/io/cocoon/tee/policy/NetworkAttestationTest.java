package io.cocoon.tee.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.PolicyDecision;
import io.cocoon.tee.TurnedClock;
import io.cocoon.tee.tdx.ForgedTdx;
import io.cocoon.tl.Int256;
import io.cocoon.ton.cell.Address;
import io.cocoon.ton.chain.FakeTonChain;
import io.cocoon.ton.chain.FakeTonConfig;
import io.cocoon.transport.PeerIdentity;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The root contract's lists as policies of the roles. */
class NetworkAttestationTest {

    private static final Address ROOT = Address.parse("EQBT4hy4vMEZ9uxSCuhw_gBKh9_AwmHXLe7Wo0O4Vh-4kRjJ");
    private static final AttestationPolicy BASE = AttestationPolicy.builder("root-contract")
            .allowTdx()
            .imageHashes(List.of())
            .collateralRoots(List.of(ForgedTdx.trust().rootHash()))
            .build();

    private final TurnedClock clock = new TurnedClock(ForgedTdx.TIME);
    private final Peers.Forged peer = Peers.peer(clock);
    private final FakeTonChain chain = FakeTonChain.of(FakeTonConfig.defaults(), ROOT, false);
    private final NetworkAttestation network = NetworkAttestation.of(
                    chain, new Peers.Source(peer.tdx().collateral()))
            .base(BASE)
            .trust(Peers.ANCHORS)
            .clock(clock)
            .executor(Runnable::run);

    private void allow(Set<Int256> proxies, Set<Int256> workers) {
        chain.change(config -> config.withAllowed(proxies, workers, Set.of()));
    }

    private boolean accepts(AttestedPeers peers) {
        try (peers) {
            return Peers.judge(peers, peer.evidence(clock.instant()))
                    .accepted()
                    .equals(java.util.Optional.of(PeerIdentity.Kind.TDX));
        }
    }

    @Test
    void should_take_each_role_from_its_own_list() {
        allow(Set.of(peer.imageHash()), Set.of());
        assertThat(accepts(network.ofProxies())).isTrue();
        assertThat(accepts(network.ofWorkers())).isFalse();
        assertThat(accepts(network.ofProxiesAndWorkers())).isTrue();
        assertThat(accepts(network.ofKeyManager())).isFalse();

        allow(Set.of(), Set.of(peer.imageHash()));
        assertThat(accepts(network.ofProxies())).isFalse();
        assertThat(accepts(network.ofWorkers())).isTrue();
        assertThat(accepts(network.ofProxiesAndWorkers())).isTrue();
    }

    @Test
    void t5_should_accept_nobody_when_the_contract_lists_nothing() {
        allow(Set.of(), Set.of());

        assertThat(accepts(network.ofProxies())).isFalse();
    }

    @Test
    void t3_should_end_open_connections_when_the_contract_takes_an_image_off_its_list() {
        allow(Set.of(peer.imageHash()), Set.of());
        try (AttestedPeers peers = network.ofProxies()) {
            assertThat(Peers.judge(peers, peer.evidence(clock.instant())).accepted())
                    .isPresent();
            List<PolicyDecision> lapsed = new ArrayList<>();
            peers.watch(peer.evidence(clock.instant()), lapsed::add);

            allow(Set.of(Int256.fromHex("ab".repeat(32))), Set.of());

            assertThat(lapsed).hasSize(1);
            assertThat(lapsed.get(0).checks())
                    .filteredOn(check -> check.outcome() == AttestationCheck.Outcome.FAILED)
                    .extracting(AttestationCheck::code)
                    .containsExactly("IMAGE_HASH");
        }
    }

    @Test
    void should_leave_out_hashes_that_every_simulated_peer_has() {
        allow(Set.of(Int256.fromHex("5c55c8f4db4010ba9203d83536d0609856af8c847ac039e37e7dde8fbd574b61")), Set.of());

        assertThat(PolicySource.proxiesOf(chain, BASE).current().imageHashes().values())
                .isEmpty();
    }
}
