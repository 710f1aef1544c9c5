package io.cocoon.tee.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.crypto.Ed25519Key;
import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.CertificateIdentity;
import io.cocoon.tee.PeerEvidence;
import io.cocoon.tee.PolicyDecision;
import io.cocoon.tee.TurnedClock;
import io.cocoon.tee.collateral.CollateralException;
import io.cocoon.tee.tdx.ForgedTdx;
import io.cocoon.tee.tdx.TcbStatus;
import io.cocoon.tee.tdx.TdFinding;
import io.cocoon.tl.Bytes;
import io.cocoon.transport.PeerIdentity;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Attacks at the level of policies and verdicts, each beside what is accepted. TEE dossier 11, 12; 2026 part, 11, 12. */
class AttestedPeersTest {

    private final TurnedClock clock = new TurnedClock(ForgedTdx.TIME);

    private PolicyDecision judge(Peers.Forged peer, AttestationPolicy policy) {
        try (AttestedPeers peers = Peers.attested(new Peers.Source(peer.tdx().collateral()), clock)
                .policy(policy)
                .build()) {
            return Peers.judge(peers, peer.evidence(clock.instant()));
        }
    }

    private static String refusal(PolicyDecision decision) {
        assertThat(decision.accepted()).isEmpty();
        return decision.checks().stream()
                .filter(check -> check.outcome() == AttestationCheck.Outcome.FAILED)
                .findFirst()
                .map(AttestationCheck::code)
                .orElseThrow();
    }

    private static void accepted(PolicyDecision decision) {
        assertThat(decision.accepted()).as("%s", decision.checks()).contains(PeerIdentity.Kind.TDX);
    }

    private Peers.Forged peer(UnaryOperator<ForgedTdx> change) {
        return Peers.peer(clock, change);
    }

    @Test
    void should_accept_a_peer_with_a_listed_image_and_say_whose_roots_counted() {
        Peers.Forged peer = Peers.peer(clock);

        PolicyDecision decision = judge(peer, Peers.policyFor(peer).build());

        accepted(decision);
        assertThat(decision.imageHash()).isEqualTo(peer.imageHash());
        assertThat(decision.checks().get(0).seen()).contains("TEST ROOTS (forged by this test)");
        assertThat(decision.checks())
                .extracting(AttestationCheck::name)
                .contains("ratls.key-binding", "tdx.quote.signature", "policy.image-hash", "policy.tdx.debug");
    }

    @Test
    void should_refuse_another_image() {
        Peers.Forged peer = Peers.peer(clock);

        assertThat(refusal(judge(
                        peer,
                        AttestationPolicy.builder("other")
                                .allowTdx()
                                .imageHashes(List.of(io.cocoon.tl.Int256.fromHex("ab".repeat(32))))
                                .collateralRoots(List.of(ForgedTdx.trust().rootHash()))
                                .build())))
                .isEqualTo("IMAGE_HASH");
    }

    @Test
    void t5_should_refuse_everybody_when_the_list_of_images_is_empty() {
        Peers.Forged peer = Peers.peer(clock);

        PolicyDecision decision =
                judge(peer, Peers.policyFor(peer).imageHashes(List.of()).build());

        assertThat(refusal(decision)).isEqualTo("IMAGE_HASH");
        accepted(judge(peer, Peers.policyFor(peer).anyImage().build()));
    }

    @Test
    void t2_should_refuse_a_debug_domain_of_the_right_image() {
        Peers.Forged healthy = Peers.peer(clock);
        Peers.Forged debug = peer(ForgedTdx::debug);

        assertThat(debug.imageHash()).isEqualTo(healthy.imageHash());
        assertThat(refusal(judge(debug, Peers.policyFor(healthy).build()))).isEqualTo("TD_DEBUG");
        assertThat(refusal(judge(debug, Peers.policyFor(healthy).anyImage().build())))
                .isEqualTo("TD_DEBUG");
    }

    @Test
    void t2_should_refuse_findings_unless_they_are_tolerated_by_name() {
        Peers.Forged peer = peer(ForgedTdx::migratable);

        assertThat(refusal(judge(peer, Peers.policyFor(peer).build()))).isEqualTo("TD_MIGRATABLE");
        accepted(judge(
                peer,
                Peers.policyFor(peer).tolerateFinding(TdFinding.TD_MIGRATABLE).build()));
    }

    @Test
    void t2_should_refuse_service_domains_unless_they_are_allowed_by_value() {
        Bytes value = Bytes.fromHex("5e".repeat(48));
        Peers.Forged peer = peer(it -> it.serviceTd(value));

        assertThat(refusal(judge(peer, Peers.policyFor(peer).build()))).isEqualTo("TD_SERVICE_TD_BOUND");
        assertThat(refusal(judge(
                        peer,
                        Peers.policyFor(peer)
                                .serviceTd(Bytes.fromHex("5f".repeat(48)))
                                .build())))
                .isEqualTo("TD_SERVICE_TD_BOUND");
        accepted(judge(peer, Peers.policyFor(peer).serviceTd(value).build()));
    }

    @Test
    void t10_should_tolerate_a_status_by_name_for_as_many_days_as_the_policy_says() {
        // The forged level SWHardeningNeeded is of 2026-03-11, the forged time 2026-11-01: 235 days later.
        Peers.Forged peer = peer(it -> it.level(6));

        assertThat(refusal(judge(peer, Peers.policyFor(peer).build()))).isEqualTo("TCB_STATUS");
        assertThat(refusal(judge(
                        peer,
                        Peers.policyFor(peer)
                                .tolerate(TcbStatus.OUT_OF_DATE, 3650)
                                .build())))
                .isEqualTo("TCB_STATUS");
        assertThat(refusal(judge(
                        peer,
                        Peers.policyFor(peer)
                                .tolerate(TcbStatus.SW_HARDENING_NEEDED, 10)
                                .build())))
                .isEqualTo("TCB_GRACE_OVER");
        accepted(judge(
                peer,
                Peers.policyFor(peer)
                        .tolerate(TcbStatus.SW_HARDENING_NEEDED, 3650)
                        .build()));
    }

    @Test
    void should_refuse_a_domain_that_was_launched_well_and_runs_on_an_old_module() {
        Peers.Forged peer = peer(ForgedTdx::currentModuleOutOfDate);

        PolicyDecision decision = judge(peer, Peers.policyFor(peer).build());

        assertThat(refusal(decision)).isEqualTo("TCB_STATUS");
        assertThat(decision.checks().stream()
                        .filter(check -> check.outcome() == AttestationCheck.Outcome.FAILED)
                        .map(AttestationCheck::name))
                .containsExactly("policy.tdx.tcb-status-current");
    }

    @Test
    void should_refuse_collateral_of_an_older_evaluation_than_the_policy_wants() {
        Peers.Forged peer = peer(it -> it.evaluation(17));

        assertThat(refusal(judge(
                        peer, Peers.policyFor(peer).minimumTcbEvaluation(18).build())))
                .isEqualTo("TCB_EVALUATION");
        accepted(judge(peer, Peers.policyFor(peer).minimumTcbEvaluation(17).build()));
    }

    @Test
    void should_refuse_advisories_and_old_levels_that_the_policy_names() {
        Peers.Forged peer = peer(it -> it.advisory("INTEL-SA-00960"));

        assertThat(refusal(judge(
                        peer,
                        Peers.policyFor(peer).refuseAdvisory("INTEL-SA-00960").build())))
                .isEqualTo("ADVISORY");
        accepted(judge(
                peer, Peers.policyFor(peer).refuseAdvisory("INTEL-SA-00961").build()));
        assertThat(refusal(judge(
                        peer,
                        Peers.policyFor(peer)
                                .minimumTcbDate(java.time.Instant.parse("2026-01-01T00:00:00Z"))
                                .build())))
                .isEqualTo("TCB_DATE");
    }

    @Test
    void should_refuse_a_stolen_quote_in_the_certificate_of_another_key_without_asking_anybody() {
        Peers.Forged victim = Peers.peer(clock);
        CertificateIdentity thief = CertificateIdentity.withTdxQuote(
                Ed25519Key.generate(Peers.RANDOM), victim.tdx().quote(), clock, Peers.RANDOM);
        Peers.Source source = new Peers.Source(victim.tdx().collateral());
        try (AttestedPeers peers = Peers.attested(source, clock)
                .policy(Peers.policyFor(victim).build())
                .build()) {

            PolicyDecision decision =
                    Peers.judge(peers, new Peers.Forged(thief, victim.tdx()).evidence(clock.instant()));

            assertThat(refusal(decision)).isEqualTo("REPORT_DATA");
            assertThat(source.asked).hasValue(0);
            accepted(Peers.judge(peers, victim.evidence(clock.instant())));
        }
    }

    @Test
    void d9_should_refuse_an_enclave_where_a_domain_is_wanted() {
        Peers.Forged peer = peer(ForgedTdx::sgx);

        assertThat(refusal(judge(peer, Peers.policyFor(peer).anyImage().build())))
                .isEqualTo("EVIDENCE_SGX");
    }

    @Test
    void d1_should_refuse_a_peer_without_evidence_even_if_any_image_is_allowed() {
        Peers.Forged bare = new Peers.Forged(
                CertificateIdentity.unattested(clock, Peers.RANDOM),
                Peers.peer(clock).tdx());

        assertThat(refusal(judge(bare, Peers.policyFor(bare).anyImage().build())))
                .isEqualTo("EVIDENCE_MISSING");
    }

    @Test
    void t14_should_refuse_simulated_evidence_and_call_it_by_its_name() {
        Peers.Forged simulated = new Peers.Forged(
                CertificateIdentity.simulatedTdx(clock, Peers.RANDOM),
                Peers.peer(clock).tdx());

        PolicyDecision decision =
                judge(simulated, Peers.policyFor(simulated).anyImage().build());

        assertThat(refusal(decision)).isEqualTo("EVIDENCE_SIMULATED");
        assertThat(decision.checks().toString()).contains("SIMULATED");
    }

    @Test
    void d14_should_refuse_a_kind_of_hardware_that_the_policy_does_not_name() {
        Peers.Forged peer = Peers.peer(clock);

        assertThat(refusal(judge(
                        peer,
                        AttestationPolicy.builder("amd")
                                .allowSevSnp(SnpRules.Software.MEASURED_BOOT)
                                .imageHashes(List.of(peer.imageHash()))
                                .build())))
                .isEqualTo("EVIDENCE_KIND");
    }

    @Test
    void t13_should_refuse_collateral_under_a_root_that_the_policy_does_not_list() {
        Peers.Forged peer = Peers.peer(clock);

        assertThat(refusal(judge(
                        peer,
                        AttestationPolicy.builder("intel")
                                .allowTdx()
                                .imageHashes(List.of(peer.imageHash()))
                                .build())))
                .isEqualTo("COLLATERAL_ROOT");
    }

    @Test
    void should_refuse_a_gpu_policy_because_certificates_carry_no_gpu_evidence() {
        Peers.Forged peer = Peers.peer(clock);

        assertThat(refusal(
                        judge(peer, Peers.policyFor(peer).gpu(GpuRules.STRICT).build())))
                .isEqualTo("GPU_EVIDENCE_MISSING");
    }

    @Test
    void t7_should_bound_the_lifetime_of_certificates() {
        Peers.Forged peer = Peers.peer(clock);

        assertThat(refusal(judge(
                        peer,
                        Peers.policyFor(peer)
                                .maxCertificateLifetime(Duration.ofHours(23))
                                .build())))
                .isEqualTo("CERTIFICATE_LIFETIME");
    }

    @Test
    void should_refuse_when_collateral_fails_throws_is_null_or_does_not_come_in_time() {
        Peers.Forged peer = Peers.peer(clock);
        Peers.Source source = new Peers.Source(peer.tdx().collateral());
        try (AttestedPeers peers = Peers.attested(source, clock)
                .policy(Peers.policyFor(peer).build())
                .collateralDeadline(Duration.ofMillis(20))
                .build()) {
            source.next = CompletableFuture.failedStage(new CollateralException(
                    CollateralException.Reason.UNREACHABLE, "asking", "nothing", "an answer", "try later"));
            assertThat(refusal(Peers.judge(peers, peer.evidence(clock.instant()))))
                    .isEqualTo("COLLATERAL_UNAVAILABLE");

            source.next = CompletableFuture.failedStage(new IllegalStateException("a defect"));
            assertThat(refusal(Peers.judge(peers, peer.evidence(clock.instant()))))
                    .isEqualTo("COLLATERAL_UNAVAILABLE");

            source.next = new CompletableFuture<>();
            PolicyDecision late = Peers.judge(peers, peer.evidence(clock.instant()));
            assertThat(refusal(late)).isEqualTo("COLLATERAL_UNAVAILABLE");
            assertThat(late.checks().toString()).contains("no answer within");
        }
    }

    @Test
    void should_never_say_that_a_check_passed_which_did_not_run() {
        Peers.Forged peer = peer(ForgedTdx::revoked);

        PolicyDecision decision = judge(peer, Peers.policyFor(peer).build());

        assertThat(refusal(decision)).isEqualTo("PCK_REVOKED");
        assertThat(decision.checks())
                .filteredOn(check -> check.name().startsWith("policy.tdx.tcb"))
                .isNotEmpty()
                .allSatisfy(check -> assertThat(check.outcome()).isEqualTo(AttestationCheck.Outcome.NOT_APPLICABLE));
    }

    // --- verdicts that are used again

    private static boolean isReused(PolicyDecision decision) {
        return decision.checks().stream().anyMatch(check -> check.name().equals("verdict.cache"));
    }

    @Test
    void should_use_a_verdict_again_for_the_same_certificate_and_no_other() {
        Ed25519Key key = Ed25519Key.generate(Peers.RANDOM);
        Peers.Forged peer = Peers.peer(key, clock, it -> it);
        Peers.Forged renewed = new Peers.Forged(
                CertificateIdentity.withTdxQuote(key, peer.tdx().quote(), clock, Peers.RANDOM), peer.tdx());
        try (AttestedPeers peers = Peers.attested(new Peers.Source(peer.tdx().collateral()), clock)
                .policy(Peers.policyFor(peer).build())
                .build()) {
            assertThat(isReused(Peers.judge(peers, peer.evidence(clock.instant()))))
                    .isFalse();
            assertThat(isReused(Peers.judge(peers, peer.evidence(clock.instant()))))
                    .isTrue();
            assertThat(isReused(Peers.judge(peers, renewed.evidence(clock.instant()))))
                    .isFalse();
        }
    }

    @Test
    void t3_should_not_use_a_verdict_beyond_its_age() {
        Peers.Forged peer = Peers.peer(clock);
        try (AttestedPeers peers = Peers.attested(new Peers.Source(peer.tdx().collateral()), clock)
                .policy(Peers.policyFor(peer).build())
                .verdictAge(Duration.ofMinutes(10))
                .build()) {
            Peers.judge(peers, peer.evidence(clock.instant()));
            clock.forward(Duration.ofMinutes(10));
            assertThat(isReused(Peers.judge(peers, peer.evidence(clock.instant()))))
                    .isTrue();
            clock.forward(Duration.ofSeconds(1));
            assertThat(isReused(Peers.judge(peers, peer.evidence(clock.instant()))))
                    .isFalse();
        }
    }

    @Test
    void t3_should_judge_anew_when_collateral_revokes_the_platform() {
        Peers.Forged peer = Peers.peer(clock);
        Peers.Source source = new Peers.Source(peer.tdx().collateral());
        try (AttestedPeers peers = Peers.attested(source, clock)
                .policy(Peers.policyFor(peer).build())
                .build()) {
            accepted(Peers.judge(peers, peer.evidence(clock.instant())));

            source.next = CompletableFuture.completedFuture(peer.tdx().revoked().collateral());

            assertThat(refusal(Peers.judge(peers, peer.evidence(clock.instant()))))
                    .isEqualTo("PCK_REVOKED");
        }
    }

    @Test
    void should_use_a_verdict_again_after_equal_collateral_was_fetched_once_more() {
        Peers.Forged peer = Peers.peer(clock);
        Peers.Source source = new Peers.Source(peer.tdx().collateral());
        try (AttestedPeers peers = Peers.attested(source, clock)
                .policy(Peers.policyFor(peer).build())
                .build()) {
            var first = peer.tdx().collateral();
            source.next = CompletableFuture.completedFuture(first);
            Peers.judge(peers, peer.evidence(clock.instant()));
            source.next = CompletableFuture.completedFuture(new io.cocoon.tee.tdx.TdxCollateral(
                    first.pckCrlIssuerChain(),
                    first.rootCaCrl(),
                    first.pckCrl(),
                    first.tcbInfoIssuerChain(),
                    first.tcbInfo(),
                    first.tcbInfoSignature(),
                    first.qeIdentityIssuerChain(),
                    first.qeIdentity(),
                    first.qeIdentitySignature()));

            assertThat(isReused(Peers.judge(peers, peer.evidence(clock.instant()))))
                    .isTrue();
        }
    }

    @Test
    void d13_should_not_share_verdicts_between_policies() {
        Peers.Forged peer = Peers.peer(clock);
        AtomicReference<AttestationPolicy> policy =
                new AtomicReference<>(Peers.policyFor(peer).build());
        try (AttestedPeers peers = Peers.attested(new Peers.Source(peer.tdx().collateral()), clock)
                .policy((PolicySource) () -> Objects.requireNonNull(policy.get()))
                .build()) {
            accepted(Peers.judge(peers, peer.evidence(clock.instant())));
            policy.set(Peers.policyFor(peer).imageHashes(List.of()).build());
            assertThat(refusal(Peers.judge(peers, peer.evidence(clock.instant()))))
                    .isEqualTo("IMAGE_HASH");
            // An equal policy is the same one, whatever object it is.
            policy.set(Peers.policyFor(peer).build());
            accepted(Peers.judge(peers, peer.evidence(clock.instant())));
            policy.set(Peers.policyFor(peer).build());
            assertThat(isReused(Peers.judge(peers, peer.evidence(clock.instant()))))
                    .isTrue();
        }
    }

    @Test
    void t3_should_forget_all_verdicts_when_the_clock_steps_back() {
        Peers.Forged peer = Peers.peer(clock);
        try (AttestedPeers peers = Peers.attested(new Peers.Source(peer.tdx().collateral()), clock)
                .policy(Peers.policyFor(peer).build())
                .build()) {
            clock.forward(Duration.ofMinutes(30));
            Peers.judge(peers, peer.evidence(clock.instant()));
            clock.forward(Duration.ofMinutes(-10));
            assertThat(isReused(Peers.judge(peers, peer.evidence(clock.instant()))))
                    .isFalse();
        }
    }

    @Test
    void t11_should_go_on_with_verdicts_while_the_source_of_collateral_is_gone_but_not_beyond_their_age() {
        Peers.Forged peer = Peers.peer(clock);
        Peers.Source source = new Peers.Source(peer.tdx().collateral());
        try (AttestedPeers peers = Peers.attested(source, clock)
                .policy(Peers.policyFor(peer).build())
                .verdictAge(Duration.ofMinutes(10))
                .build()) {
            Peers.judge(peers, peer.evidence(clock.instant()));
            source.next = CompletableFuture.failedStage(new IllegalStateException("gone"));

            PolicyDecision reused = Peers.judge(peers, peer.evidence(clock.instant()));
            accepted(reused);
            assertThat(reused.checks().toString()).contains("did not answer");

            clock.forward(Duration.ofMinutes(11));
            assertThat(refusal(Peers.judge(peers, peer.evidence(clock.instant()))))
                    .isEqualTo("COLLATERAL_UNAVAILABLE");
        }
    }

    @Test
    void t3_should_keep_verdicts_in_use_through_a_flood_of_certificates_with_distinct_trailing_bytes() {
        Peers.Forged hot = Peers.peer(clock);
        try (AttestedPeers peers = Peers.attested(new Peers.Source(hot.tdx().collateral()), clock)
                .policy(Peers.policyFor(hot).build())
                .cacheSize(8)
                .build()) {
            Peers.judge(peers, hot.evidence(clock.instant()));
            Peers.judge(peers, hot.evidence(clock.instant()));
            Ed25519Key attacker = Ed25519Key.generate(Peers.RANDOM);
            for (int i = 0; i < 20; i++) {
                int bytes = i;
                accepted(Peers.judge(
                        peers,
                        Peers.peer(attacker, clock, it -> it.trailing(bytes)).evidence(clock.instant())));
            }

            assertThat(peers.cached()).isLessThanOrEqualTo(1 + VerdictCache.PER_KEY);
            assertThat(isReused(Peers.judge(peers, hot.evidence(clock.instant()))))
                    .isTrue();
        }
    }

    @Test
    void t3_should_keep_verdicts_in_use_through_a_flood_of_keys() {
        Peers.Forged hot = Peers.peer(clock);
        try (AttestedPeers peers = Peers.attested(new Peers.Source(hot.tdx().collateral()), clock)
                .policy(Peers.policyFor(hot).build())
                .cacheSize(8)
                .build()) {
            Peers.judge(peers, hot.evidence(clock.instant()));
            Peers.judge(peers, hot.evidence(clock.instant()));
            for (int i = 0; i < 20; i++) {
                accepted(Peers.judge(peers, Peers.peer(clock).evidence(clock.instant())));
            }

            assertThat(peers.cached()).isEqualTo(8);
            assertThat(isReused(Peers.judge(peers, hot.evidence(clock.instant()))))
                    .isTrue();
        }
    }

    // --- open connections

    /** Accepts a peer, watches it, and returns what it lapsed for. */
    private static List<PolicyDecision> watch(AttestedPeers peers, PeerEvidence peer) {
        accepted(Peers.judge(peers, peer));
        List<PolicyDecision> lapsed = new ArrayList<>();
        peers.watch(peer, lapsed::add);
        peers.recheck();
        assertThat(lapsed).isEmpty();
        return lapsed;
    }

    @Test
    void t3_should_end_open_connections_when_the_platform_is_revoked() {
        Peers.Forged peer = Peers.peer(clock);
        Peers.Source source = new Peers.Source(peer.tdx().collateral());
        try (AttestedPeers peers = Peers.attested(source, clock)
                .policy(Peers.policyFor(peer).build())
                .build()) {
            List<PolicyDecision> lapsed = watch(peers, peer.evidence(clock.instant()));

            source.next = CompletableFuture.completedFuture(peer.tdx().revoked().collateral());
            peers.recheck();

            assertThat(refusal(lapsed.get(0))).isEqualTo("PCK_REVOKED");
            assertThat(peers.watched()).isZero();
            peers.recheck();
            assertThat(lapsed).hasSize(1);
        }
    }

    @Test
    void t3_should_end_open_connections_when_the_policy_changes_by_itself() {
        Peers.Forged peer = Peers.peer(clock);
        AtomicReference<AttestationPolicy> policy =
                new AtomicReference<>(Peers.policyFor(peer).build());
        AtomicReference<Runnable> change = new AtomicReference<>(() -> {});
        PolicySource source = new PolicySource() {
            @Override
            public AttestationPolicy current() {
                return Objects.requireNonNull(policy.get());
            }

            @Override
            public Runnable onChange(Runnable listener) {
                change.set(listener);
                return () -> {};
            }
        };
        try (AttestedPeers peers = Peers.attested(new Peers.Source(peer.tdx().collateral()), clock)
                .policy(source)
                .build()) {
            List<PolicyDecision> lapsed = watch(peers, peer.evidence(clock.instant()));

            policy.set(Peers.policyFor(peer).imageHashes(List.of()).build());
            Objects.requireNonNull(change.get()).run();

            assertThat(refusal(lapsed.get(0))).isEqualTo("IMAGE_HASH");
        }
    }

    @Test
    void t7_should_end_open_connections_when_their_certificate_has_expired() {
        Peers.Forged peer = Peers.peer(clock);
        try (AttestedPeers peers = Peers.attested(new Peers.Source(peer.tdx().collateral()), clock)
                .policy(Peers.policyFor(peer).build())
                .build()) {
            List<PolicyDecision> lapsed = watch(peers, peer.evidence(clock.instant()));

            clock.forward(Duration.ofHours(23));
            peers.recheck();
            assertThat(lapsed).isEmpty();
            clock.forward(Duration.ofHours(2));
            peers.recheck();

            assertThat(refusal(lapsed.get(0))).isEqualTo("CERTIFICATE_EXPIRED");
        }
    }

    @Test
    void should_keep_open_connections_while_the_source_is_gone_and_the_verdict_is_young() {
        Peers.Forged peer = Peers.peer(clock);
        Peers.Source source = new Peers.Source(peer.tdx().collateral());
        try (AttestedPeers peers = Peers.attested(source, clock)
                .policy(Peers.policyFor(peer).build())
                .cacheSize(1)
                .build()) {
            List<PolicyDecision> lapsed = watch(peers, peer.evidence(clock.instant()));
            // Displaces the verdict from the cache; the connection has its own.
            accepted(Peers.judge(peers, Peers.peer(clock).evidence(clock.instant())));

            source.next = CompletableFuture.failedStage(new IllegalStateException("gone"));
            peers.recheck();
            assertThat(lapsed).isEmpty();

            clock.forward(Duration.ofHours(2));
            peers.recheck();
            assertThat(refusal(lapsed.get(0))).isEqualTo("COLLATERAL_UNAVAILABLE");
        }
    }

    @Test
    void should_not_watch_a_connection_that_is_gone() {
        Peers.Forged peer = Peers.peer(clock);
        try (AttestedPeers peers = Peers.attested(new Peers.Source(peer.tdx().collateral()), clock)
                .policy(Peers.policyFor(peer).build())
                .build()) {
            peers.watch(peer.evidence(clock.instant()), refusal -> {}).run();

            assertThat(peers.watched()).isZero();
        }
    }

    // --- bundles

    @Test
    void should_collect_a_bundle_that_gives_the_same_verdict_without_a_network() throws PolicyException {
        Peers.Forged peer = Peers.peer(clock);
        try (AttestedPeers peers = Peers.attested(new Peers.Source(peer.tdx().collateral()), clock)
                .policy(Peers.policyFor(peer).build())
                .build()) {
            EvidenceBundle bundle = peers.bundle(peer.evidence(clock.instant()), true)
                    .toCompletableFuture()
                    .join();
            EvidenceBundle read = EvidenceBundle.parse(bundle.toJson());

            assertThat(read).isEqualTo(bundle);
            assertThat(read.verify(Peers.ANCHORS).accepted()).contains(PeerIdentity.Kind.TDX);
            assertThat(read.verify(Peers.ANCHORS).toText()).contains("TEST ROOTS");
            assertThat(read.verify(TrustAnchors.genuine())
                            .firstFailure()
                            .orElseThrow()
                            .code())
                    .isEqualTo("ROOT_UNTRUSTED");
            assertThat(read.verify(Peers.ANCHORS, ForgedTdx.TIME.plus(Duration.ofDays(2)))
                            .firstFailure()
                            .orElseThrow()
                            .code())
                    .isEqualTo("TLS_CERT_EXPIRED");
        }
    }

    @Test
    void should_say_of_a_quote_alone_that_it_is_bound_to_no_key() {
        Peers.Forged peer = Peers.peer(Clock.systemUTC());
        EvidenceBundle bundle = EvidenceBundle.collect(
                        new EvidenceBundle.Subject.Quote(peer.tdx().quote()),
                        Peers.policyFor(peer).build(),
                        ForgedTdx.TIME,
                        new Peers.Source(peer.tdx().collateral()),
                        Duration.ofSeconds(1))
                .toCompletableFuture()
                .join();

        assertThat(bundle.verify(Peers.ANCHORS).accepted()).contains(PeerIdentity.Kind.TDX);
        assertThat(bundle.verify(Peers.ANCHORS).toText()).contains("bound to no key");
    }
}
