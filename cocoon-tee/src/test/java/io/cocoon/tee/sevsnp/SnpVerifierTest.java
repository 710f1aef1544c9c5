package io.cocoon.tee.sevsnp;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tee.AttestationCheck;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Verification on synthetic evidence. 2026 part of the TEE dossier, 8 and 12. */
class SnpVerifierTest {

    private static final SnpRequirements DEFAULT = SnpRequirements.builder().build();

    private final SnpEvidence good = SnpEvidence.of("ok-genoa-v3");

    /** Everything that is refused whatever a policy says; the findings are tested one by one below. */
    @TestFactory
    Stream<DynamicTest> should_find_the_first_broken_rule_of_every_synthetic_attack() {
        return StreamSupport.stream(
                        TestData.json(SnpEvidence.FOLDER + "cases.json")
                                .path("cases")
                                .spliterator(),
                        false)
                .map(each -> DynamicTest.dynamicTest(each.path("id").asText(), () -> check(each)));
    }

    private static void check(JsonNode each) {
        SnpEvidence evidence = SnpEvidence.of(each);
        String wanted = each.path("reason").asText();
        String found = evidence.code();
        Set<String> byPolicy = Set.of("POLICY_SMT", "TCB_BELOW_MINIMUM", "TCB_LAUNCH_BELOW_MINIMUM", "MEASUREMENT");
        if (found.isEmpty() && !byPolicy.contains(wanted)) {
            Bytes data = Bytes.fromHex(each.path("expected_report_data").asText());
            found = SnpEvidence.judged(evidence.appraisal(), DEFAULT, Optional.of(data));
        }
        assertThat(found).isEqualTo(byPolicy.contains(wanted) ? "" : wanted);
    }

    @Test
    void should_list_every_check_and_none_as_passed_after_the_first_failure() {
        var passed = good.verify();
        var failed = SnpEvidence.of("crl-expired").verify();
        assertThat(passed.checks()).extracting(AttestationCheck::outcome).containsOnly(AttestationCheck.Outcome.PASSED);
        assertThat(failed.checks())
                .extracting(AttestationCheck::name)
                .containsExactlyElementsOf(
                        passed.checks().stream().map(AttestationCheck::name).toList());
        assertThat(failed.checks().stream()
                        .dropWhile(check -> check.outcome() == AttestationCheck.Outcome.PASSED)
                        .skip(1))
                .extracting(AttestationCheck::outcome)
                .containsOnly(AttestationCheck.Outcome.NOT_APPLICABLE);
    }

    @Test
    void should_expire_with_the_list_to_the_second() {
        Instant end = good.verify().expires();
        assertThat(end).isEqualTo("2027-04-01T00:00:00Z");
        assertThat(good.at(end).code()).isEmpty();
        assertThat(good.at(end.plusSeconds(1)).code()).isEqualTo("CRL_EXPIRED");
        Instant begin = Instant.parse("2026-04-01T00:00:00Z");
        assertThat(good.at(begin).code()).isEmpty();
        assertThat(good.at(begin.minusSeconds(1)).code()).isEqualTo("CRL_NOT_YET_VALID");
    }

    @Test
    void d6_should_say_that_the_image_hash_covers_firmware_only() {
        SnpAppraisal found = good.appraisal();
        assertThat(found.findings()).contains(SnpFinding.SOFTWARE_IDENTITY_FIRMWARE_ONLY);
        SnpRequirements strict = SnpRequirements.builder()
                .accept(SnpFinding.SOFTWARE_IDENTITY_FIRMWARE_ONLY, false)
                .build();
        assertThat(SnpEvidence.judged(found, strict, Optional.empty())).isEqualTo("SOFTWARE_IDENTITY_FIRMWARE_ONLY");
    }

    @Test
    void d7_should_refuse_a_root_that_is_not_pinned_although_its_names_are_amds() {
        assertThat(good.withTrust(SnpTrust.amd()).code()).isEqualTo("ROOT_NOT_TRUSTED");
        assertThat(SnpEvidence.of("root-not-pinned").code()).isEqualTo("ROOT_NOT_TRUSTED");
    }

    @Test
    void d10_should_refuse_debug_and_a_report_that_the_host_asked_for() {
        assertThat(SnpEvidence.judged(SnpEvidence.of("policy-debug").appraisal(), DEFAULT, Optional.empty()))
                .isEqualTo("POLICY_DEBUG");
        SnpRequirements all = SnpRequirements.builder()
                .vmpls(Set.of(0L, 1L, 2L, 3L, SnpReport.VMPL_OF_HOST))
                .build();
        assertThat(SnpEvidence.judged(SnpEvidence.of("vmpl-from-host").appraisal(), all, Optional.empty()))
                .isEqualTo("VMPL");
    }

    @Test
    void d11_should_accept_product_names_with_a_stepping() {
        assertThat(SnpProduct.named("Milan-B0")).contains(SnpProduct.MILAN);
        assertThat(SnpProduct.named("Genoa-B2")).contains(SnpProduct.GENOA);
        assertThat(SnpProduct.named("Venice")).isEmpty();
        assertThat(SnpEvidence.of("ok-milan-v3").code()).isEmpty();
    }

    @Test
    void d12_should_compare_the_certificate_with_reported_tcb_of_every_component() {
        assertThat(SnpEvidence.of("tcb-cert-higher").code()).isEqualTo("TCB_CERT_MISMATCH");
        assertThat(SnpEvidence.of("tcb-cert-lower").code()).isEqualTo("TCB_CERT_MISMATCH");
        SnpTcb tcb = new SnpTcb(0, 10, 0, 23, 84);
        assertThat(tcb.isAtLeast(new SnpTcb(0, 9, 0, 24, 84))).isFalse();
        assertThat(tcb.isAtLeast(tcb)).isTrue();
    }

    @Test
    void should_refuse_a_replayed_report_for_another_key() {
        assertThat(SnpEvidence.judged(good.appraisal(), DEFAULT, Optional.of(Bytes.wrapUnshared(new byte[64]))))
                .isEqualTo("REPORT_DATA");
    }

    @Test
    void should_refuse_everything_when_a_list_is_empty() {
        SnpRequirements none = SnpRequirements.builder().measurements(Set.of()).build();
        assertThat(SnpEvidence.judged(good.appraisal(), none, Optional.empty())).isEqualTo("MEASUREMENT");
    }

    @Test
    void should_accept_a_vlek_only_where_trust_names_it() {
        SnpEvidence vlek = SnpEvidence.of("vlek-allowed");
        assertThat(vlek.appraisal().signer()).isEqualTo(SnpSigner.VLEK);
        assertThat(vlek.withTrust(vlek.trust().withVlek(false)).code()).isEqualTo("SIGNER_VLEK");
    }

    @Test
    void should_refuse_two_blocks_der_and_nul_bytes_where_one_pem_block_is_wanted() {
        Bytes two = good.endorsement().concat(good.endorsement());
        Bytes nul = Bytes.utf8(good.endorsement().toUtf8().replaceFirst("\nM", "\n\0M"));
        Bytes withText = Bytes.utf8("text\n").concat(good.endorsement());
        assertThat(good.withEndorsement(two).code()).isEqualTo("VCEK_ENCODING");
        assertThat(good.withEndorsement(nul).code()).isEqualTo("VCEK_ENCODING");
        assertThat(good.withEndorsement(Bytes.wrapUnshared(new byte[1 << 20])).code())
                .isEqualTo("VCEK_ENCODING");
        assertThat(good.withEndorsement(withText).code()).isEmpty();
    }
}
