package io.cocoon.tee.tdx;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a genuine quote is found to be. TEE dossier 7.6 to 7.9. */
class TdxVerifierTest {

    private static TdxAppraisal verified(Consumer<TdxForge> change) {
        Verification<TdxAppraisal> found = TdxForge.with(change).verify();
        assertThat(found.firstFailure()).isEmpty();
        return found.result().orElseThrow();
    }

    @Test
    void should_find_a_healthy_domain_up_to_date_and_say_what_it_checked() {
        Verification<TdxAppraisal> found = new TdxForge().verify();

        TdxAppraisal appraisal = found.result().orElseThrow();
        assertThat(appraisal.status()).isEqualTo(TcbStatus.UP_TO_DATE);
        assertThat(appraisal.moduleStatus()).contains(TcbStatus.UP_TO_DATE);
        assertThat(appraisal.currentStatus()).isEmpty();
        assertThat(appraisal.advisoryIds()).isEmpty();
        assertThat(appraisal.findings()).isEmpty();
        assertThat(appraisal.tcbDate()).isEqualTo(Instant.parse("2025-08-13T00:00:00Z"));
        assertThat(appraisal.tcbEvaluationNumber()).isEqualTo(21);
        assertThat(appraisal.fmspc().toHex()).isEqualTo("f0c056101765");
        assertThat(appraisal.collateralRootHash())
                .isEqualTo(new TdxForge().trust().rootHash());
        assertThat(found.checks())
                .extracting(AttestationCheck::name)
                .containsExactly(Arrays.stream(Step.values()).map(Step::check).toArray(String[]::new));
        assertThat(found.checks())
                .allSatisfy(check -> assertThat(check.outcome()).isEqualTo(AttestationCheck.Outcome.PASSED));
    }

    @Test
    void should_expire_with_the_first_of_all_that_was_used() {
        assertThat(new TdxForge().verify().expires()).isEqualTo(Instant.parse("2026-11-14T00:00:00Z"));
        Instant sooner = TdxForge.TIME.plusSeconds(60);
        assertThat(TdxForge.with(f -> f.pckList.nextUpdate = sooner).verify().expires())
                .isEqualTo(sooner);
        assertThat(TdxForge.with(f -> f.pck.notAfter = sooner).verify().expires())
                .isEqualTo(sooner);
    }

    @Test
    void should_verify_in_the_first_and_in_the_last_second() {
        assertThat(TdxForge.with(f -> f.time = Instant.parse("2026-11-14T00:00:00Z"))
                        .verify()
                        .result())
                .isPresent();
        assertThat(TdxForge.with(f -> f.time = Instant.parse("2026-10-15T00:00:00Z"))
                        .verify()
                        .result())
                .isPresent();
    }

    @Test
    void should_refuse_collateral_that_expired_since_it_was_verified_and_take_it_again_when_the_clock_steps_back() {
        TdxForge forge = new TdxForge();
        VerifiedCollateral collateral = VerifiedCollateral.verify(forge.collateral(), forge.trust(), TdxForge.TIME)
                .result()
                .orElseThrow();
        Instant later = collateral.expires().plusSeconds(1);

        assertThat(TdxVerifier.verify(forge.quote(), collateral, TdxForge.TIME).result())
                .isPresent();
        assertThat(TdxVerifier.verify(forge.quote(), collateral, later)
                        .firstFailure()
                        .map(AttestationCheck::code))
                .contains("TCB_INFO_EXPIRED");
        assertThat(TdxVerifier.verify(forge.quote(), collateral, TdxForge.TIME).result())
                .isPresent();
    }

    @Test
    void should_find_the_collateral_s_own_failure_without_a_quote() {
        TdxForge forge = TdxForge.with(f -> f.rootList.flipSignature = true);

        Verification<VerifiedCollateral> found =
                VerifiedCollateral.verify(forge.collateral(), forge.trust(), TdxForge.TIME);

        assertThat(found.result()).isEmpty();
        assertThat(found.firstFailure().map(AttestationCheck::name)).contains("tdx.crl.root");
        assertThat(found.checks()).hasSize(10);
    }

    @ParameterizedTest
    @CsvSource({
        "7, UP_TO_DATE, ''",
        "255, UP_TO_DATE, ''",
        "6, SW_HARDENING_NEEDED, T-SA-0006",
        "5, CONFIGURATION_NEEDED, T-SA-0005",
        "4, CONFIGURATION_AND_SW_HARDENING_NEEDED, T-SA-0004",
        "3, OUT_OF_DATE, T-SA-0003",
        "2, OUT_OF_DATE_CONFIGURATION_NEEDED, T-SA-0002",
        "1, REVOKED, T-SA-0001",
    })
    void should_take_the_first_level_that_the_platform_reaches(int component, TcbStatus status, String advisory) {
        TdxAppraisal appraisal = verified(f -> f.components[0] = component);

        assertThat(appraisal.status()).isEqualTo(status);
        assertThat(appraisal.platformStatus()).isEqualTo(status);
        assertThat(String.join(",", appraisal.advisoryIds())).isEqualTo(advisory);
    }

    @Test
    void should_fall_through_to_an_older_level_for_a_pcesvn_or_a_component_that_is_too_low() {
        assertThat(verified(f -> f.pceSvn = 12).status()).isEqualTo(TcbStatus.OUT_OF_DATE);
        assertThat(verified(f -> f.pceSvn = 300).status()).isEqualTo(TcbStatus.UP_TO_DATE);
    }

    @Test
    void should_leave_the_module_s_components_to_the_module_s_own_levels() {
        // TDX component 0 of the newest level is 5; the module's own newest level asks for 4.
        assertThat(verified(f -> f.teeTcbSvn[0] = 4).status()).isEqualTo(TcbStatus.UP_TO_DATE);
    }

    @Test
    void should_compare_all_components_of_a_module_that_states_version_0() {
        TdxAppraisal appraisal = verified(f -> f.teeTcbSvn[1] = 0);

        // Component 1 of every level but the last asks for 1.
        assertThat(appraisal.moduleStatus()).isEmpty();
        assertThat(appraisal.status()).isEqualTo(TcbStatus.REVOKED);
    }

    @ParameterizedTest
    @CsvSource({
        "UP_TO_DATE, UP_TO_DATE, UP_TO_DATE, UP_TO_DATE",
        "UP_TO_DATE, OUT_OF_DATE, UP_TO_DATE, OUT_OF_DATE",
        "SW_HARDENING_NEEDED, UP_TO_DATE, OUT_OF_DATE, OUT_OF_DATE",
        "CONFIGURATION_NEEDED, OUT_OF_DATE, UP_TO_DATE, OUT_OF_DATE_CONFIGURATION_NEEDED",
        "CONFIGURATION_AND_SW_HARDENING_NEEDED, UP_TO_DATE, OUT_OF_DATE, OUT_OF_DATE_CONFIGURATION_NEEDED",
        "OUT_OF_DATE, OUT_OF_DATE, UP_TO_DATE, OUT_OF_DATE",
        "OUT_OF_DATE_CONFIGURATION_NEEDED, OUT_OF_DATE, OUT_OF_DATE, OUT_OF_DATE_CONFIGURATION_NEEDED",
        "REVOKED, OUT_OF_DATE, OUT_OF_DATE, REVOKED",
        "UP_TO_DATE, REVOKED, UP_TO_DATE, REVOKED",
        "OUT_OF_DATE, UP_TO_DATE, REVOKED, REVOKED",
        "UP_TO_DATE, UP_TO_DATE, CONFIGURATION_NEEDED, UP_TO_DATE",
    })
    void should_converge_the_three_statuses(TcbStatus platform, TcbStatus module, TcbStatus qe, TcbStatus status) {
        assertThat(TcbEvaluation.converge(platform, module, qe)).isEqualTo(status);
    }

    @Test
    void should_converge_what_a_quote_shows_with_all_advisories_and_the_earliest_date() {
        TdxAppraisal appraisal = verified(f -> {
            f.components[0] = 5;
            f.teeTcbSvn[0] = 2;
            f.qeSvn = 3;
        });

        assertThat(appraisal.status()).isEqualTo(TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED);
        assertThat(appraisal.moduleStatus()).contains(TcbStatus.OUT_OF_DATE);
        assertThat(appraisal.qeStatus()).isEqualTo(TcbStatus.OUT_OF_DATE);
        assertThat(appraisal.advisoryIds()).containsExactly("T-SA-0005", "T-SA-0102", "T-SA-0203");
        assertThat(appraisal.tcbDate()).isEqualTo(Instant.parse("2024-03-13T00:00:00Z"));
    }

    @ParameterizedTest
    @CsvSource({
        "2, 5, 7, TD_RELAUNCH_ADVISED, UP_TO_DATE",
        "2, 5, 6, TD_RELAUNCH_ADVISED, SW_HARDENING_NEEDED",
        "2, 5, 5, TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED, CONFIGURATION_NEEDED",
        "2, 5, 4, TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED, CONFIGURATION_AND_SW_HARDENING_NEEDED",
        "2, 2, 7, OUT_OF_DATE, OUT_OF_DATE",
        "1, 5, 7, REVOKED, UP_TO_DATE",
        "5, 2, 7, UP_TO_DATE, OUT_OF_DATE",
        "5, 1, 7, UP_TO_DATE, REVOKED",
        "5, 5, 7, UP_TO_DATE, UP_TO_DATE",
    })
    void should_advise_to_launch_anew_when_only_the_launch_was_out_of_date(
            byte launch, byte current, int component, TcbStatus status, TcbStatus now) {
        TdxAppraisal appraisal = verified(f -> {
            f.version = 5;
            f.bodyType = 3;
            f.teeTcbSvn[0] = launch;
            f.teeTcbSvn2[0] = current;
            f.components[0] = component;
        });

        assertThat(appraisal.status()).isEqualTo(status);
        assertThat(appraisal.currentStatus()).contains(now);
    }

    @Test
    void should_read_a_td_10_body_in_a_version_5_quote() {
        TdxAppraisal appraisal = verified(f -> f.version = 5);

        assertThat(appraisal.currentStatus()).isEmpty();
        assertThat(appraisal.imageHash()).isEqualTo(verified(f -> {}).imageHash());
    }

    @Test
    void should_verify_an_sgx_quote_with_sgx_collateral() {
        TdxAppraisal appraisal = verified(f -> {
            f.version = 3;
            f.tee = 0;
            f.tcbInfo = text -> text.replace("\"id\":\"TDX\",\"version\"", "\"id\":\"SGX\",\"version\"");
            f.qeIdentity = text -> text.replace("\"TD_QE\"", "\"QE\"");
        });

        assertThat(appraisal.status()).isEqualTo(TcbStatus.UP_TO_DATE);
        assertThat(appraisal.moduleStatus()).isEmpty();
        assertThat(appraisal.quote().isSgx()).isTrue();
    }

    @Test
    void should_find_an_sgx_enclave_in_debug_mode() {
        assertThat(verified(f -> {
                            f.version = 3;
                            f.tee = 0;
                            f.sgxAttributes[0] |= 2;
                            f.tcbInfo =
                                    text -> text.replace("\"id\":\"TDX\",\"version\"", "\"id\":\"SGX\",\"version\"");
                            f.qeIdentity = text -> text.replace("\"TD_QE\"", "\"QE\"");
                        })
                        .findings())
                .containsExactly(TdFinding.ENCLAVE_DEBUG);
    }

    @Test
    void should_verify_a_platform_of_the_processor_ca() {
        TdxAppraisal appraisal = verified(f -> {
            f.platform.subject = TdxForge.PROCESSOR_NAME;
            f.pck.issuer = TdxForge.PROCESSOR_NAME;
            f.pckList.issuer = TdxForge.PROCESSOR_NAME;
        });

        assertThat(appraisal.pck().platformCa()).isFalse();
        assertThat(appraisal.pck().platformInstanceId()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0, TD_DEBUG",
        "1, TD_PROFILING_OR_RESERVED",
        "7, TD_PROFILING_OR_RESERVED",
        "8, TD_RESERVED_ATTRIBUTES",
        "26, TD_RESERVED_ATTRIBUTES",
        "29, TD_MIGRATABLE",
        "32, TD_RESERVED_ATTRIBUTES",
        "62, TD_RESERVED_ATTRIBUTES",
    })
    void should_find_an_attribute_that_a_strict_policy_refuses(int bit, TdFinding finding) {
        assertThat(verified(f -> f.tdAttributes |= 1L << bit).findings()).containsExactly(finding);
    }

    @ParameterizedTest
    @CsvSource({"27", "30", "31", "63"})
    void should_find_nothing_about_an_attribute_that_is_allowed(int bit) {
        assertThat(verified(f -> f.tdAttributes |= 1L << bit).findings()).isEmpty();
    }

    @Test
    void should_find_an_attribute_that_is_missing_and_odd_features() {
        assertThat(verified(f -> f.tdAttributes = 0).findings()).containsExactly(TdFinding.TD_SEPT_VE_NOT_DISABLED);
        assertThat(verified(f -> f.xfam = 0x61ae5).findings()).containsExactly(TdFinding.TD_XFAM);
        assertThat(verified(f -> f.xfam |= 0x8).findings()).containsExactly(TdFinding.TD_XFAM);
        assertThat(verified(f -> {
                            f.version = 5;
                            f.bodyType = 3;
                            f.mrServiceTd[0] = 1;
                        })
                        .findings())
                .containsExactly(TdFinding.TD_SERVICE_TD_BOUND);
    }

    @Test
    void should_count_and_ignore_bytes_behind_the_quote() {
        TdxForge forge = new TdxForge();
        Bytes padded = forge.quote().concat(Bytes.wrapUnshared(TdxForge.filled(70, 0x5a)));

        TdxAppraisal appraisal = TdxVerifier.verify(padded, forge.collateral(), forge.trust(), forge.time)
                .result()
                .orElseThrow();

        assertThat(appraisal.trailingBytes()).isEqualTo(70);
        assertThat(appraisal.canonicalLength()).isEqualTo(forge.quote().length());
        assertThat(appraisal.quote().canonical()).isEqualTo(forge.quote());
    }

    @Test
    void should_verify_a_negated_s_as_the_rules_of_ecdsa_say_and_so_give_signatures_no_identity() {
        TdxForge forge = TdxForge.with(f -> f.quoteSignature = signature -> {
            java.math.BigInteger s = new java.math.BigInteger(1, Arrays.copyOfRange(signature, 32, 64));
            byte[] negated = org.bouncycastle.util.BigIntegers.asUnsignedByteArray(
                    32, TdxForge.ATTESTATION.order().subtract(s));
            System.arraycopy(negated, 0, signature, 32, 32);
            return signature;
        });

        assertThat(forge.verify().result()).isPresent();
        assertThat(forge.quote()).isNotEqualTo(new TdxForge().quote());
    }

    @Test
    void should_take_a_chain_without_its_final_nul_and_much_data_of_the_quoting_enclave() {
        assertThat(verified(f -> f.chainEnd = "").status()).isEqualTo(TcbStatus.UP_TO_DATE);
        assertThat(verified(f -> f.qeData = TdxForge.filled(1_000, 3)).status()).isEqualTo(TcbStatus.UP_TO_DATE);
    }

    @Test
    void should_name_the_older_of_two_evaluations() {
        assertThat(verified(f -> f.qeIdentity = text ->
                                text.replace("\"tcbEvaluationDataNumber\":21", "\"tcbEvaluationDataNumber\":20"))
                        .tcbEvaluationNumber())
                .isEqualTo(20);
    }

    @Test
    void should_show_the_platform_before_verification() throws TdxQuoteException {
        PckIdentity pck = TdxQuote.parse(new TdxForge().quote()).pck();

        assertThat(pck.fmspc().toHex()).isEqualTo("f0c056101765");
        assertThat(pck.platformCa()).isTrue();
        assertThat(pck.pceSvn()).isEqualTo(13);
        assertThat(pck.components().toHex()).isEqualTo("07050202030100050000000000000000");
    }

    @Test
    void should_not_know_a_genuine_platform_of_another_root() {
        TdxForge forge = new TdxForge();

        assertThat(TdxVerifier.verify(forge.quote(), forge.collateral(), TdxTrust.intel(), forge.time)
                        .firstFailure()
                        .map(AttestationCheck::code))
                .contains("ROOT_UNTRUSTED");
        assertThat(TdxTrust.intel().rootHash().toHex())
                .isEqualTo(
                        "46e403bd34f05a3f2817ab9badcaacc7ffc98e0f261008cd30dae936cace18d5dcf58eef31463613de1570d516200993");
        assertThat(List.of(TdFinding.values())).hasSize(8);
    }
}
