package io.cocoon.tee.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.AttestationReport;
import io.cocoon.tee.nvidia.ForgedGpu;
import io.cocoon.tee.nvidia.GpuArchitecture;
import io.cocoon.tee.nvidia.GpuNonce;
import io.cocoon.tee.nvidia.NrasTrust;
import io.cocoon.tee.tdx.ForgedTdx;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.transport.PeerIdentity;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What policies say about GPUs under roots of our own. TEE dossier 10.2; its 2026 part, 10. */
class GpuPolicyTest {

    private static final Instant TIME = ForgedTdx.TIME;
    private static final TrustAnchors ANCHORS =
            Peers.ANCHORS.withGpusForTestsOnly("forged by this test", ForgedGpu.trust(), NrasTrust.ofKeySetItself());
    private static final Bytes CHALLENGE = Bytes.fromHex("5a".repeat(32));
    private static final Bytes NONCE = Bytes.fromHex("77".repeat(32));
    private static final Ed25519Key KEY = Ed25519Key.generate(Peers.RANDOM);
    private static final Peers.Forged PEER = Peers.peer(KEY, Clock.fixed(TIME, ZoneOffset.UTC), it -> it);

    private static GpuBundle reports(GpuBundle.Asked asked, GpuNonce nonce, int count) {
        GpuBundle.Device device =
                new GpuBundle.Device(ForgedGpu.evidence(nonce), Optional.of(ForgedGpu.collateral(TIME)));
        return new GpuBundle(TIME, asked, new GpuBundle.Shown.Reports(java.util.Collections.nCopies(count, device)));
    }

    private static GpuBundle bound() {
        Int256 key = PEER.evidence(TIME).key();
        return reports(new GpuBundle.Asked.Challenge(CHALLENGE), GpuNonce.bound(key, CHALLENGE), 1);
    }

    private static GpuBundle unbound() {
        return reports(new GpuBundle.Asked.Nonce(NONCE), GpuNonce.unbound(NONCE), 1);
    }

    private static GpuBundle tokens(int count) {
        return new GpuBundle(
                ForgedGpu.tokenTime(),
                new GpuBundle.Asked.Nonce(ForgedGpu.tokenNonce()),
                new GpuBundle.Shown.Tokens(ForgedGpu.tokens(count), ForgedGpu.tokenKeys()));
    }

    private static EvidenceBundle machine(GpuRules rules) {
        return EvidenceBundle.collect(
                        new EvidenceBundle.Subject.Certificate(PEER.identity().certificate(), true),
                        Peers.policyFor(PEER).gpu(rules).build(),
                        TIME,
                        new Peers.Source(PEER.tdx().collateral()),
                        Duration.ofSeconds(1))
                .toCompletableFuture()
                .join();
    }

    private static AttestationCheck check(AttestationReport report, String name) {
        return report.checks().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError(report.toText()));
    }

    private static void refused(AttestationReport report, String code) {
        assertThat(report.accepted()).isEmpty();
        assertThat(report.firstFailure().orElseThrow().code())
                .as(report.toText())
                .isEqualTo(code);
    }

    @Test
    void should_accept_a_machine_with_a_gpu_that_is_bound_to_its_key_also_after_writing_and_reading()
            throws PolicyException {
        EvidenceBundle bundle = machine(GpuRules.STRICT).withGpus(bound());
        EvidenceBundle read = EvidenceBundle.parse(bundle.toJson());

        assertThat(read).isEqualTo(bundle);
        AttestationReport report = read.verify(ANCHORS);
        assertThat(report.accepted()).as(report.toText()).contains(PeerIdentity.Kind.TDX);
        assertThat(check(report, "policy.gpu.binding").seen()).startsWith("BOUND:");
    }

    @Test
    void should_refuse_a_machine_without_the_gpu_evidence_that_its_policy_requires() {
        refused(machine(GpuRules.STRICT).verify(ANCHORS), "GPU_EVIDENCE_MISSING");
    }

    @Test
    void should_refuse_an_unbound_gpu_unless_that_is_tolerated_by_name() {
        refused(machine(GpuRules.STRICT).withGpus(unbound()).verify(ANCHORS), "GPU_UNBOUND");
        AttestationReport report = machine(GpuRules.STRICT.tolerating(GpuFinding.UNBOUND))
                .withGpus(unbound())
                .verify(ANCHORS);
        assertThat(report.accepted()).as(report.toText()).contains(PeerIdentity.Kind.TDX);
        assertThat(check(report, "policy.gpu.binding").outcome()).isEqualTo(AttestationCheck.Outcome.NOT_APPLICABLE);
        assertThat(check(report, "policy.gpu.binding").seen()).startsWith("UNBOUND");
    }

    @Test
    void should_not_look_at_gpus_that_the_policy_does_not_ask_for_and_say_so() {
        AttestationReport report = machine(GpuRules.NONE).withGpus(unbound()).verify(ANCHORS);
        assertThat(report.accepted()).contains(PeerIdentity.Kind.TDX);
        assertThat(check(report, "policy.gpu").seen()).contains("NOT LOOKED AT");
    }

    @Test
    void should_refuse_evidence_that_answers_to_another_peers_nonce() {
        GpuBundle relayed =
                reports(new GpuBundle.Asked.Challenge(CHALLENGE), GpuNonce.bound(Int256.ZERO, CHALLENGE), 1);
        refused(machine(GpuRules.STRICT).withGpus(relayed).verify(ANCHORS), "NONCE_MISMATCH");
    }

    @Test
    void should_compare_generation_driver_and_vbios() {
        GpuRules loose = GpuRules.STRICT.tolerating(GpuFinding.UNBOUND);
        refused(unbound().verify(loose.onlyArchitectures(Set.of()), ANCHORS), "GPU_ARCHITECTURE");
        refused(unbound().verify(loose.atLeastDriver("9999"), ANCHORS), "GPU_DRIVER");
        refused(unbound().verify(loose.atLeastVbios(GpuArchitecture.HOPPER, "96.00.75"), ANCHORS), "GPU_VBIOS");
        AttestationReport report = unbound()
                .verify(
                        loose.onlyArchitectures(List.of(GpuArchitecture.HOPPER))
                                .atLeastDriver("570.172.08")
                                .atLeastVbios(GpuArchitecture.HOPPER, "96.00.74.00.20"),
                        ANCHORS);
        assertThat(report.accepted()).as(report.toText()).contains(PeerIdentity.Kind.UNATTESTED);
        assertThat(report.verdict()).contains("UNATTESTED", "the GPUs alone are genuine");
    }

    @Test
    void should_refuse_one_gpu_shown_twice_and_another_number_of_gpus() {
        GpuRules loose = GpuRules.STRICT.tolerating(GpuFinding.UNBOUND);
        GpuBundle twice = reports(new GpuBundle.Asked.Nonce(NONCE), GpuNonce.unbound(NONCE), 2);
        refused(twice.verify(loose.exactly(2), ANCHORS), "GPU_DUPLICATE");
        refused(unbound().verify(loose.exactly(2), ANCHORS), "GPU_COUNT");
    }

    @Test
    void should_believe_tokens_only_where_the_policy_names_them() throws PolicyException {
        GpuRules loose = GpuRules.STRICT.tolerating(GpuFinding.UNBOUND);
        GpuRules named = loose.believing(Set.of(GpuProof.NRAS_TOKENS));
        GpuBundle read = GpuBundle.parse(tokens(2).toJson());

        refused(read.verify(loose, ANCHORS), "GPU_PROOF");
        refused(read.verify(named, ANCHORS), "GPU_COUNT");
        assertThat(read.verify(named.anyNumber(), ANCHORS).accepted()).contains(PeerIdentity.Kind.UNATTESTED);
        refused(read.verify(named.anyNumber(), ANCHORS, read.time().plus(Duration.ofHours(2))), "EXPIRED");
        assertThat(read.verify(named.anyNumber(), TrustAnchors.genuine()).accepted())
                .isEmpty();
    }

    @Test
    void should_refuse_without_collateral_without_a_key_and_by_genuine_roots() {
        GpuRules loose = GpuRules.STRICT.tolerating(GpuFinding.UNBOUND);
        GpuBundle bare = new GpuBundle(
                TIME,
                new GpuBundle.Asked.Nonce(NONCE),
                new GpuBundle.Shown.Reports(
                        List.of(new GpuBundle.Device(ForgedGpu.evidence(GpuNonce.unbound(NONCE)), Optional.empty()))));
        refused(bare.verify(loose, ANCHORS), "COLLATERAL_UNAVAILABLE");
        refused(bound().verify(loose, ANCHORS), "GPU_KEY_MISSING");
        assertThat(unbound().verify(loose, TrustAnchors.genuine()).accepted()).isEmpty();
        assertThatThrownBy(() -> unbound().verify(GpuRules.NONE, ANCHORS)).isInstanceOf(IllegalArgumentException.class);
    }
}
