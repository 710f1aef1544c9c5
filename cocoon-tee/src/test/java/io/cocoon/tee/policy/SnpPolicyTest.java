package io.cocoon.tee.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tee.AttestationReport;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.sevsnp.SnpTcb;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.tdx.ForgedTdx;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import io.cocoon.transport.PeerIdentity;
import java.time.Instant;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Policies on SEV-SNP reports that our own roots signed. 2026 part of the TEE dossier, 8.8. */
class SnpPolicyTest {

    private static final String FOLDER = "sev-snp/2026/synthetic/";

    private static Bytes file(String name) {
        return Bytes.wrapUnshared(TestData.bytes(FOLDER + name));
    }

    private static Bytes pem(String... names) {
        StringBuilder text = new StringBuilder();
        for (String name : names) {
            text.append("-----BEGIN CERTIFICATE-----\n")
                    .append(Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(TestData.bytes(FOLDER + name)))
                    .append("\n-----END CERTIFICATE-----\n");
        }
        return Bytes.utf8(text.toString());
    }

    private static AttestationPolicy.Builder strict() {
        return AttestationPolicy.builder("snp")
                .allowSevSnp(SnpRules.Software.MEASURED_BOOT)
                .anyImage();
    }

    private static AttestationReport judge(String id, UnaryOperator<AttestationPolicy.Builder> change) {
        JsonNode matching = null;
        for (JsonNode each : TestData.json(FOLDER + "cases.json").get("cases")) {
            matching = each.get("id").asText().equals(id) ? each : matching;
        }
        JsonNode found = Objects.requireNonNull(matching, id);
        String root = found.get("trusted_root").asText();
        SnpProduct product = root.contains("milan")
                ? SnpProduct.MILAN
                : root.contains("genoa") ? SnpProduct.GENOA : SnpProduct.TURIN;
        EvidenceBundle bundle = new EvidenceBundle(
                Instant.parse(found.get("verify_at").asText()),
                change.apply(strict()).build(),
                new EvidenceBundle.Subject.Report(
                        file(found.get("report").asText()),
                        pem(found.get("endorsement_key_cert").asText())),
                Optional.empty(),
                Optional.of(new SnpCollateral(
                        product,
                        pem(found.get("intermediate").asText(), root),
                        Optional.of(file(found.get("crl").asText())))),
                Optional.empty());
        return bundle.verify(TrustAnchors.forTestsOnly(
                "our own roots", ForgedTdx.trust(), SnpTrust.of(product, SnpTrust.keyHash(file(root)))));
    }

    private static void accepted(AttestationReport report) {
        assertThat(report.accepted()).as(report.toText()).contains(PeerIdentity.Kind.SEV_SNP);
    }

    private static void refused(AttestationReport report, String code) {
        assertThat(report.firstFailure().orElseThrow().code())
                .as(report.toText())
                .isEqualTo(code);
    }

    @Test
    void should_accept_a_healthy_report_and_say_what_it_does_not_prove() {
        AttestationReport report = judge("ok-genoa-v3", it -> it);

        accepted(report);
        assertThat(report.toText()).contains("bound to no key", "a report cannot say what its measurement covers");
    }

    @Test
    void d6_should_say_in_capitals_that_software_is_not_proven() {
        AttestationReport report = judge("ok-genoa-v3", it -> it.allowSevSnp(SnpRules.Software.FIRMWARE_ONLY));

        accepted(report);
        assertThat(report.toText()).contains("SOFTWARE IS NOT PROVEN");
    }

    @Test
    void d10_should_refuse_debug_always_and_smt_on_demand() {
        refused(judge("policy-debug", AttestationPolicy.Builder::allowMaskedChip), "POLICY_DEBUG");
        refused(judge("policy-smt-refused-by-caller", AttestationPolicy.Builder::refuseSmt), "POLICY_SMT");
    }

    @Test
    void d10_should_bound_the_privilege_level() {
        refused(judge("vmpl-from-host", it -> it), "VMPL");
        refused(judge("vmpl-from-host", it -> it.vmpls(Set.of(0, 1, 2, 3))), "VMPL");
        refused(judge("ok-genoa-v3", it -> it.vmpls(Set.of(1))), "VMPL");
    }

    @Test
    void d10_should_compare_the_least_tcb_component_by_component() {
        SnpTcb none = new SnpTcb(0, 0, 0, 0, 0);
        SnpTcb high = new SnpTcb(0, 0, 0, 255, 0);
        accepted(judge("ok-genoa-v3", it -> it.minimumTcb(SnpProduct.GENOA, none)));
        refused(judge("ok-genoa-v3", it -> it.minimumTcb(SnpProduct.GENOA, high)), "TCB_BELOW_MINIMUM");
        accepted(judge("ok-genoa-v3", it -> it.minimumTcb(SnpProduct.MILAN, high)));
        refused(judge("ok-genoa-v3", it -> it.minimumLaunchTcb(SnpProduct.GENOA, high)), "TCB_LAUNCH_BELOW_MINIMUM");
    }

    @Test
    void should_compare_measurements() {
        refused(judge("ok-genoa-v3", it -> it.measurements(Set.of(Bytes.fromHex("ab".repeat(48))))), "MEASUREMENT");
        refused(judge("ok-genoa-v3", it -> it.measurements(Set.of())), "MEASUREMENT");
    }

    @Test
    void should_compare_id_key_author_key_and_host_data_with_lists() {
        Bytes zero48 = Bytes.fromHex("00".repeat(48));
        refused(judge("ok-genoa-v3", it -> it.idKeyDigests(Set.of(Bytes.fromHex("ab".repeat(48))))), "ID_KEY_DIGEST");
        refused(judge("ok-genoa-v3", it -> it.idKeyDigests(Set.of())), "ID_KEY_DIGEST");
        refused(judge("ok-genoa-v3", it -> it.authorKeyDigests(Set.of(zero48))), "AUTHOR_KEY_DIGEST");
        refused(judge("ok-genoa-v3", it -> it.hostData(Set.of(Bytes.fromHex("ab".repeat(32))))), "HOST_DATA");
        Bytes report = file("ok-genoa-v3.report.bin");
        accepted(judge(
                "ok-genoa-v3",
                it -> it.idKeyDigests(Set.of(report.slice(0xe0, 48))).hostData(Set.of(report.slice(0xc0, 32)))));
    }

    @Test
    void d7_should_refuse_other_roots() {
        accepted(judge("ok-genoa-v3", it -> it));
        refused(judgeWithAmd(), "ROOT_NOT_TRUSTED");
    }

    private static AttestationReport judgeWithAmd() {
        return new EvidenceBundle(
                        Instant.parse("2026-04-15T00:00:00Z"),
                        strict().build(),
                        new EvidenceBundle.Subject.Report(file("ok-genoa-v3.report.bin"), pem("ok-genoa-v3.ek.der")),
                        Optional.empty(),
                        Optional.of(new SnpCollateral(
                                SnpProduct.GENOA,
                                pem("ask-genoa.der", "ark-genoa.der"),
                                Optional.of(file("crl-genoa.der")))),
                        Optional.empty())
                .verify(TrustAnchors.genuine());
    }
}
