package io.cocoon.tee.nvidia;

import static io.cocoon.tee.nvidia.GpuWorld.DRIVER_VERSION;
import static io.cocoon.tee.nvidia.GpuWorld.FWID;
import static io.cocoon.tee.nvidia.GpuWorld.NOW;
import static io.cocoon.tee.nvidia.GpuWorld.VBIOS_VERSION;
import static io.cocoon.tee.nvidia.GpuWorld.filled;
import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.AttestationCheck.Outcome;
import io.cocoon.tee.Verification;
import io.cocoon.tee.nvidia.GpuWorld.Answer;
import io.cocoon.tee.nvidia.GpuWorld.Cert;
import io.cocoon.tee.nvidia.GpuWorld.Report;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.security.KeyPair;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Evidence under roots of our own: what is accepted, and every attack by its name. */
class GpuVerifierTest {

    private static final List<Cert> CHAIN = GpuWorld.chain(GpuWorld.hopperFwid(FWID));
    private static final List<Cert> RIM_CHAIN = GpuWorld.rimChain();
    private static final Bytes DRIVER_RIM =
            GpuWorld.signXml(GpuWorld.tag(DRIVER_VERSION, "GH100", 7, 21, 22, 35), RIM_CHAIN);
    private static final Bytes VBIOS_RIM = GpuWorld.signXml(GpuWorld.tag(VBIOS_VERSION, "GH100", 0, 1, 2), RIM_CHAIN);
    private static final GpuNonce NONCE = GpuNonce.unbound(GpuWorld.NONCE);
    private static final GpuTrust TRUST = GpuWorld.trust();

    private static List<OcspAnswer> goodAnswers() {
        List<OcspAnswer> answers = new ArrayList<>(GpuWorld.answers(CHAIN, 1));
        answers.addAll(GpuWorld.answers(RIM_CHAIN, 0));
        return answers;
    }

    private static final List<OcspAnswer> ANSWERS = goodAnswers();

    private static GpuCollateral collateral() {
        return new GpuCollateral(DRIVER_RIM, VBIOS_RIM, ANSWERS);
    }

    private static Report report() {
        return new Report();
    }

    private static Verification<GpuAppraisal> verify(GpuEvidence evidence) {
        return GpuVerifier.verify(evidence, collateral(), TRUST, NONCE, NOW);
    }

    private static Verification<GpuAppraisal> verify(Report report) {
        return verify(GpuWorld.evidence("HOPPER", report, CHAIN));
    }

    private static Verification<GpuAppraisal> verify(GpuCollateral collateral, GpuTrust trust) {
        return GpuVerifier.verify(GpuWorld.evidence("HOPPER", report(), CHAIN), collateral, trust, NONCE, NOW);
    }

    private static Verification<GpuAppraisal> verifyWithout(GpuCollateral collateral) {
        return verify(collateral, TRUST.withoutOcsp());
    }

    private static void refused(Verification<?> found, String check, String code) {
        assertThat(found.result()).isEmpty();
        assertThat(found.firstFailure().map(AttestationCheck::name)).contains(check);
        assertThat(found.firstFailure().map(AttestationCheck::code)).contains(code);
    }

    private static AttestationCheck check(Verification<?> found, String name) {
        return found.checks().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void should_verify_a_report_with_its_manifests_and_answers() {
        Verification<GpuAppraisal> found = verify(report());
        assertThat(found.firstFailure()).isEmpty();
        GpuAppraisal appraisal = found.result().orElseThrow();
        assertThat(appraisal.driverVersion()).isEqualTo(DRIVER_VERSION);
        assertThat(appraisal.vbiosVersion()).isEqualTo(VBIOS_VERSION);
        assertThat(appraisal.model()).isEqualTo("TEST GSP BROM");
        assertThat(appraisal.ueid())
                .isEqualTo(CHAIN.get(0).holder().getSerialNumber().toString());
        assertThat(found.expires()).isEqualTo(NOW.plusSeconds(86_400));
    }

    @Test
    void should_report_evidence_without_a_binding_as_unbound_and_never_as_passed() {
        Verification<GpuAppraisal> found = verify(report());
        assertThat(found.result().orElseThrow().bound()).isFalse();
        assertThat(check(found, "gpu.binding").outcome()).isEqualTo(Outcome.NOT_APPLICABLE);
        assertThat(check(found, "gpu.binding").seen()).startsWith("UNBOUND");
    }

    @Test
    void should_bind_evidence_whose_nonce_is_made_of_the_tls_key_and_a_challenge() {
        GpuNonce nonce = GpuNonce.bound(Int256.of(filled(32, 7)), Bytes.wrapUnshared(filled(32, 8)));
        Report report = report();
        report.nonce = nonce.value().toByteArray();
        Verification<GpuAppraisal> found =
                GpuVerifier.verify(GpuWorld.evidence("HOPPER", report, CHAIN), collateral(), TRUST, nonce, NOW);
        assertThat(found.result().orElseThrow().bound()).isTrue();
        assertThat(check(found, "gpu.binding").outcome()).isEqualTo(Outcome.PASSED);
    }

    @Test
    void should_refuse_evidence_relayed_for_another_peers_key() {
        Bytes challenge = Bytes.wrapUnshared(filled(32, 8));
        Report report = report();
        report.nonce =
                GpuNonce.bound(Int256.of(filled(32, 7)), challenge).value().toByteArray();
        refused(
                GpuVerifier.verify(
                        GpuWorld.evidence("HOPPER", report, CHAIN),
                        collateral(),
                        TRUST,
                        GpuNonce.bound(Int256.of(filled(32, 9)), challenge),
                        NOW),
                "gpu.nonce",
                "NONCE_MISMATCH");
    }

    @Test
    void should_list_what_did_not_run_as_not_run() {
        Report report = report();
        report.nonce = filled(32, 9);
        Verification<GpuAppraisal> found = verify(report);
        refused(found, "gpu.nonce", "NONCE_MISMATCH");
        assertThat(check(found, "gpu.measurements").outcome()).isEqualTo(Outcome.NOT_APPLICABLE);
        assertThat(check(found, "gpu.measurements").seen()).isEqualTo("not run: gpu.nonce failed");
    }

    @Test
    void should_refuse_a_switch_and_an_unknown_architecture() {
        refused(verify(GpuWorld.evidence("LS10", report(), CHAIN)), "gpu.architecture", "ARCHITECTURE");
    }

    // The device chain.

    private static Verification<GpuAppraisal> verifyChain(List<Cert> chain) {
        return verify(new GpuEvidence(
                "HOPPER", report().signed(CHAIN.get(0).keys().getPrivate()), GpuWorld.pem(chain), GpuWorld.NONCE));
    }

    @Test
    void should_refuse_a_foreign_root_with_equal_names() {
        List<KeyPair> keys = new ArrayList<>(GpuWorld.KEYS);
        keys.set(4, GpuWorld.STRANGER);
        refused(verifyChain(GpuWorld.chain(keys, GpuWorld.TO, GpuWorld.hopperFwid(FWID))), "gpu.chain", "CHAIN");
    }

    @Test
    void should_refuse_four_certificates() {
        refused(verifyChain(CHAIN.subList(1, 5)), "gpu.chain", "CHAIN");
    }

    @Test
    void should_refuse_six_certificates() {
        List<Cert> six = new ArrayList<>(CHAIN);
        six.add(CHAIN.get(4));
        refused(verifyChain(six), "gpu.chain", "CHAIN");
    }

    @Test
    void should_refuse_certificates_in_another_order() {
        List<Cert> swapped = new ArrayList<>(CHAIN);
        Collections.swap(swapped, 2, 3);
        refused(verifyChain(swapped), "gpu.chain", "CHAIN");
    }

    @Test
    void should_refuse_a_device_certificate_that_another_key_signed() {
        List<Cert> chain = new ArrayList<>(CHAIN);
        chain.set(
                0,
                GpuWorld.certificate(
                        "TEST GSP FMC LF",
                        GpuWorld.KEYS.get(0),
                        "TEST GSP BROM",
                        GpuWorld.STRANGER.getPrivate(),
                        false,
                        GpuWorld.TO,
                        GpuWorld.hopperFwid(FWID)));
        refused(verifyChain(chain), "gpu.chain", "CHAIN");
    }

    @Test
    void should_refuse_an_issuer_that_is_no_ca() {
        List<Cert> chain = new ArrayList<>(CHAIN);
        chain.set(
                1,
                GpuWorld.certificate(
                        "TEST GSP BROM",
                        GpuWorld.KEYS.get(1),
                        "TEST Provisioner",
                        GpuWorld.KEYS.get(2).getPrivate(),
                        false,
                        GpuWorld.TO));
        refused(verifyChain(chain), "gpu.chain", "CHAIN");
    }

    @Test
    void should_refuse_an_expired_chain_one_second_after_its_end() {
        List<Cert> chain = GpuWorld.chain(GpuWorld.KEYS, NOW.minusSeconds(1), GpuWorld.hopperFwid(FWID));
        refused(verifyChain(chain), "gpu.chain", "CERTIFICATE_TIME");
    }

    @Test
    void should_accept_a_chain_in_its_last_second() {
        List<Cert> chain = GpuWorld.chain(GpuWorld.KEYS, NOW, GpuWorld.hopperFwid(FWID));
        assertThat(GpuVerifier.verifyReport(GpuWorld.evidence("HOPPER", report(), chain), TRUST, NONCE, NOW)
                        .result())
                .isPresent();
    }

    // FWID.

    @Test
    void should_refuse_a_report_whose_fwid_is_not_the_certificates() {
        Report report = report();
        report.opaque.put(20, filled(48, 0x67));
        refused(verify(report), "gpu.fwid", "FWID_MISMATCH");
    }

    @Test
    void should_refuse_a_report_without_fwid_unless_that_is_tolerated_by_name() {
        Report report = report();
        report.opaque.remove(20);
        refused(verify(report), "gpu.fwid", "FWID_MISSING");
        Verification<GpuAppraisal> tolerated = GpuVerifier.verify(
                GpuWorld.evidence("HOPPER", report, CHAIN), collateral(), TRUST.toleratingMissingFwid(), NONCE, NOW);
        assertThat(tolerated.result()).isPresent();
        assertThat(check(tolerated, "gpu.fwid").outcome()).isEqualTo(Outcome.NOT_APPLICABLE);
    }

    @Test
    void should_refuse_a_device_certificate_without_fwid() {
        refused(verifyChain(GpuWorld.chain()), "gpu.fwid", "FWID_MISSING");
    }

    @Test
    void should_refuse_a_blackwell_chain_under_hopper_rules() {
        refused(verifyChain(GpuWorld.chain(GpuWorld.blackwellFwid(FWID))), "gpu.fwid", "FWID_MISSING");
    }

    @Test
    void should_refuse_a_hopper_chain_under_blackwell_rules() {
        refused(verify(GpuWorld.evidence("BLACKWELL", report(), CHAIN)), "gpu.fwid", "FWID_MISSING");
    }

    @Test
    void should_take_the_first_fwid_of_blackwells_tcb_info() {
        List<Cert> chain = GpuWorld.chain(GpuWorld.blackwellFwid(FWID));
        assertThat(GpuVerifier.verifyReport(GpuWorld.evidence("BLACKWELL", report(), chain), TRUST, NONCE, NOW)
                        .result())
                .isPresent();
    }

    // The report.

    @Test
    void should_refuse_a_replayed_report() {
        refused(
                GpuVerifier.verify(
                        GpuWorld.evidence("HOPPER", report(), CHAIN),
                        collateral(),
                        TRUST,
                        GpuNonce.unbound(Bytes.wrapUnshared(filled(32, 0))),
                        NOW),
                "gpu.nonce",
                "NONCE_MISMATCH");
    }

    @Test
    void should_refuse_a_report_that_another_key_signed() {
        GpuEvidence evidence = new GpuEvidence(
                "HOPPER", report().signed(GpuWorld.STRANGER.getPrivate()), GpuWorld.pem(CHAIN), GpuWorld.NONCE);
        refused(verify(evidence), "gpu.report.signature", "SIGNATURE");
    }

    @Test
    void should_refuse_a_signature_of_zeros() {
        Bytes good = report().signed(CHAIN.get(0).keys().getPrivate());
        Bytes zeros = good.slice(0, good.length() - 96).concat(Bytes.wrapUnshared(new byte[96]));
        refused(
                verify(new GpuEvidence("HOPPER", zeros, GpuWorld.pem(CHAIN), GpuWorld.NONCE)),
                "gpu.report.signature",
                "SIGNATURE");
    }

    @Test
    void should_refuse_a_report_of_one_gpu_with_the_chain_of_another() {
        List<KeyPair> keys = new ArrayList<>(GpuWorld.KEYS);
        keys.set(0, GpuWorld.STRANGER);
        refused(
                verifyChain(GpuWorld.chain(keys, GpuWorld.TO, GpuWorld.hopperFwid(FWID))),
                "gpu.report.signature",
                "SIGNATURE");
    }

    // Manifests and measurements.

    @Test
    void should_refuse_a_measurement_that_matches_no_alternative() {
        Report report = report();
        report.values.put(8, filled(48, 0x99));
        Verification<GpuAppraisal> found = verify(report);
        refused(found, "gpu.measurements", "MEASUREMENTS");
        assertThat(found.firstFailure().orElseThrow().seen()).endsWith("[7]");
    }

    @Test
    void should_not_look_at_a_measurement_that_no_golden_value_names() {
        Report report = report();
        report.values.put(60, filled(48, 0x99));
        assertThat(verify(report).result()).isPresent();
    }

    @Test
    void should_leave_index_35_out_while_the_video_decoder_is_off() {
        Report report = report();
        report.values.put(36, filled(48, 0x99));
        assertThat(verify(report).result()).isPresent();
    }

    @Test
    void should_compare_index_35_while_the_video_decoder_is_on() {
        Report report = report();
        report.values.put(36, filled(48, 0x99));
        report.opaque.put(11, new byte[] {(byte) 0xaa});
        refused(verify(report), "gpu.measurements", "MEASUREMENTS");
    }

    @Test
    void should_refuse_a_video_decoder_that_is_neither_on_nor_off() {
        Report report = report();
        report.opaque.put(11, new byte[] {0x56});
        refused(verify(report), "gpu.measurements", "FORMAT");
    }

    @Test
    void should_refuse_a_golden_index_in_both_manifests() {
        Bytes vbios = GpuWorld.signXml(GpuWorld.tag(VBIOS_VERSION, "GH100", 0, 7), RIM_CHAIN);
        refused(verifyWithout(new GpuCollateral(DRIVER_RIM, vbios, List.of())), "gpu.measurements", "INDEX_CONFLICT");
    }

    @Test
    void should_refuse_manifests_without_active_golden_values() {
        Bytes vbios = GpuWorld.signXml(GpuWorld.tag(VBIOS_VERSION, "GH100"), RIM_CHAIN);
        refused(verifyWithout(new GpuCollateral(DRIVER_RIM, vbios, List.of())), "gpu.measurements", "MEASUREMENTS");
    }

    @Test
    void should_refuse_the_manifest_of_another_driver_version() {
        Bytes older = GpuWorld.signXml(GpuWorld.tag("550.90.07", "GH100", 7), RIM_CHAIN);
        refused(verifyWithout(new GpuCollateral(older, VBIOS_RIM, List.of())), "gpu.rim.driver", "RIM_VERSION");
    }

    @Test
    void should_refuse_the_manifest_of_another_vbios_version() {
        Bytes other = GpuWorld.signXml(GpuWorld.tag("96.00.74.00.21", "GH100", 0), RIM_CHAIN);
        refused(verifyWithout(new GpuCollateral(DRIVER_RIM, other, List.of())), "gpu.rim.vbios", "RIM_VERSION");
    }

    @Test
    void should_refuse_the_manifest_of_another_chip() {
        Bytes other = GpuWorld.signXml(GpuWorld.tag(DRIVER_VERSION, "GB100", 7), RIM_CHAIN);
        refused(verifyWithout(new GpuCollateral(other, VBIOS_RIM, List.of())), "gpu.rim.driver", "RIM_PRODUCT");
    }

    @Test
    void should_refuse_manifests_in_each_others_place() {
        refused(verifyWithout(new GpuCollateral(VBIOS_RIM, DRIVER_RIM, List.of())), "gpu.rim.driver", "RIM_VERSION");
    }

    @Test
    void should_refuse_a_manifest_under_another_root() {
        Cert root = GpuWorld.certificate(
                "RIM Root", GpuWorld.STRANGER, "RIM Root", GpuWorld.STRANGER.getPrivate(), true, GpuWorld.TO);
        Cert signer = GpuWorld.certificate(
                "RIM Signer", GpuWorld.RIM_SIGNER, "RIM Root", GpuWorld.STRANGER.getPrivate(), false, GpuWorld.TO);
        Bytes other = GpuWorld.signXml(GpuWorld.tag(DRIVER_VERSION, "GH100", 7), List.of(signer, root));
        refused(verifyWithout(new GpuCollateral(other, VBIOS_RIM, List.of())), "gpu.rim.driver", "CHAIN");
    }

    @Test
    void should_refuse_a_manifest_under_the_device_root() {
        Cert root = CHAIN.get(4);
        Cert signer = GpuWorld.certificate(
                "RIM Signer",
                GpuWorld.RIM_SIGNER,
                "TEST Root",
                GpuWorld.KEYS.get(4).getPrivate(),
                false,
                GpuWorld.TO);
        Bytes other = GpuWorld.signXml(GpuWorld.tag(DRIVER_VERSION, "GH100", 7), List.of(signer, root));
        refused(verifyWithout(new GpuCollateral(other, VBIOS_RIM, List.of())), "gpu.rim.driver", "CHAIN");
    }

    @Test
    void should_refuse_a_manifest_whose_signer_is_expired() {
        Instant past = NOW.minusSeconds(1);
        Bytes old = GpuWorld.signXml(GpuWorld.tag(DRIVER_VERSION, "GH100", 7), GpuWorld.rimChain(past));
        refused(verifyWithout(new GpuCollateral(old, VBIOS_RIM, List.of())), "gpu.rim.driver", "CERTIFICATE_TIME");
    }

    @Test
    void should_refuse_a_manifest_that_its_root_signed_with_no_signer() {
        Bytes lone = GpuWorld.signXml(GpuWorld.tag(DRIVER_VERSION, "GH100", 7), RIM_CHAIN.subList(1, 2));
        refused(verifyWithout(new GpuCollateral(lone, VBIOS_RIM, List.of())), "gpu.rim.driver", "CHAIN");
    }

    // Revocation.

    private static Verification<GpuAppraisal> withAnswer(int position, Answer answer, GpuTrust trust) {
        List<OcspAnswer> answers = new ArrayList<>(ANSWERS);
        answers.set(position, answer.make());
        return verify(new GpuCollateral(DRIVER_RIM, VBIOS_RIM, answers), trust);
    }

    private static Answer deviceAnswer() {
        return new Answer(CHAIN.get(1), CHAIN.get(2));
    }

    private static Answer rimAnswer() {
        return new Answer(RIM_CHAIN.get(0), RIM_CHAIN.get(1));
    }

    @Test
    void should_refuse_when_no_ocsp_answer_is_there() {
        refused(verify(new GpuCollateral(DRIVER_RIM, VBIOS_RIM, List.of()), TRUST), "gpu.ocsp.device", "OCSP_MISSING");
    }

    @Test
    void should_report_revocation_as_unknown_when_the_trust_asks_for_none() {
        Verification<GpuAppraisal> found = verifyWithout(new GpuCollateral(DRIVER_RIM, VBIOS_RIM, List.of()));
        assertThat(found.result()).isPresent();
        assertThat(check(found, "gpu.ocsp.device").outcome()).isEqualTo(Outcome.NOT_APPLICABLE);
    }

    @Test
    void should_refuse_a_revoked_certificate() {
        Answer answer = deviceAnswer();
        answer.status = new org.bouncycastle.cert.ocsp.RevokedStatus(java.util.Date.from(GpuWorld.FROM), 1);
        refused(withAnswer(0, answer, TRUST), "gpu.ocsp.device", "OCSP_STATUS");
    }

    @Test
    void should_refuse_an_unknown_certificate() {
        Answer answer = deviceAnswer();
        answer.status = new org.bouncycastle.cert.ocsp.UnknownStatus();
        refused(withAnswer(0, answer, TRUST), "gpu.ocsp.device", "OCSP_STATUS");
    }

    @Test
    void should_refuse_a_manifests_certificate_on_hold_unless_that_is_tolerated_by_name() {
        refused(withAnswer(3, rimAnswer().onHold(), TRUST), "gpu.ocsp.rim.driver", "OCSP_STATUS");
        assertThat(withAnswer(3, rimAnswer().onHold(), TRUST.toleratingRimCertificateHold())
                        .result())
                .isPresent();
    }

    @Test
    void should_refuse_a_device_certificate_on_hold_even_if_manifests_may_be() {
        refused(
                withAnswer(0, deviceAnswer().onHold(), TRUST.toleratingRimCertificateHold()),
                "gpu.ocsp.device",
                "OCSP_STATUS");
    }

    @Test
    void should_refuse_an_answer_without_nonce() {
        Answer answer = deviceAnswer();
        answer.withNonce = false;
        refused(withAnswer(0, answer, TRUST), "gpu.ocsp.device", "OCSP_NONCE");
    }

    @Test
    void should_refuse_an_answer_to_another_nonce() {
        Answer answer = deviceAnswer();
        answer.nonce = Bytes.wrapUnshared(filled(32, 0x23));
        refused(withAnswer(0, answer, TRUST), "gpu.ocsp.device", "OCSP_NONCE");
    }

    @Test
    void should_refuse_an_old_answer() {
        Answer answer = deviceAnswer();
        answer.nextUpdate = NOW.minusSeconds(1);
        refused(withAnswer(0, answer, TRUST), "gpu.ocsp.device", "OCSP_TIME");
    }

    @Test
    void should_refuse_an_answer_of_the_future() {
        Answer answer = deviceAnswer();
        answer.thisUpdate = NOW.plusSeconds(61);
        refused(withAnswer(0, answer, TRUST), "gpu.ocsp.device", "OCSP_TIME");
    }

    @Test
    void should_refuse_an_answer_without_next_update() {
        Answer answer = deviceAnswer();
        answer.withNextUpdate = false;
        refused(withAnswer(0, answer, TRUST), "gpu.ocsp.device", "OCSP_TIME");
    }

    @Test
    void should_refuse_an_answer_for_another_certificate() {
        refused(withAnswer(0, new Answer(CHAIN.get(0), CHAIN.get(1)), TRUST), "gpu.ocsp.device", "OCSP_MISSING");
    }

    @Test
    void should_refuse_an_answer_that_another_key_signed() {
        Answer answer = deviceAnswer();
        answer.signingKey = GpuWorld.STRANGER;
        refused(withAnswer(0, answer, TRUST), "gpu.ocsp.device", "OCSP_SIGNATURE");
    }

    @Test
    void should_refuse_a_responder_that_the_issuer_did_not_certify() {
        Answer answer = deviceAnswer();
        answer.responderIssuerKey = GpuWorld.STRANGER.getPrivate();
        refused(withAnswer(0, answer, TRUST), "gpu.ocsp.device", "OCSP_SIGNER");
    }

    @Test
    void should_refuse_a_responder_without_the_right_to_sign_answers() {
        Answer answer = deviceAnswer();
        answer.withSigningUsage = false;
        refused(withAnswer(0, answer, TRUST), "gpu.ocsp.device", "OCSP_SIGNER");
    }

    @Test
    void should_refuse_an_expired_responder() {
        Answer answer = deviceAnswer();
        answer.responderTo = NOW.minusSeconds(1);
        refused(withAnswer(0, answer, TRUST), "gpu.ocsp.device", "OCSP_SIGNER");
    }

    @Test
    void should_accept_an_answer_that_the_issuer_signed_itself() {
        Answer answer = deviceAnswer();
        answer.byIssuer = true;
        assertThat(withAnswer(0, answer, TRUST).result()).isPresent();
    }

    @Test
    void should_refuse_an_answer_that_cannot_be_read() {
        List<OcspAnswer> answers = new ArrayList<>(ANSWERS);
        answers.set(0, new OcspAnswer(Bytes.utf8("<html>"), GpuWorld.OCSP_NONCE));
        refused(verify(new GpuCollateral(DRIVER_RIM, VBIOS_RIM, answers), TRUST), "gpu.ocsp.device", "OCSP");
    }
}
