package io.cocoon.tee.sevsnp;

import static org.assertj.core.api.Assertions.assertThat;

import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import io.cocoon.tl.Bytes;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Collateral that is verified once and used for many reports. 2026 part of the TEE dossier, 8.10 and hazards D13 and D21. */
class VerifiedSnpCollateralTest {

    private static final SnpForge GOOD = SnpForge.with(forge -> {});

    private static VerifiedSnpCollateral collateral() {
        return GOOD.verifiedCollateral().result().orElseThrow();
    }

    private static String code(Verification<?> found) {
        return found.firstFailure().map(AttestationCheck::code).orElse("");
    }

    private static Verification<SnpAppraisal> warm(SnpForge forge, VerifiedSnpCollateral collateral) {
        return SnpVerifier.verify(forge.report(), forge.endorsement(), collateral, forge.time);
    }

    private static void assertSame(SnpForge forge) {
        VerifiedSnpCollateral collateral = collateral();
        warm(GOOD, collateral);
        Verification<SnpAppraisal> cold = forge.verify();
        Verification<SnpAppraisal> found = warm(forge, collateral);
        assertThat(found.checks()).isEqualTo(cold.checks());
        assertThat(found.expires()).isEqualTo(cold.expires());
        assertThat(found.result().map(SnpAppraisal::endorsement))
                .isEqualTo(cold.result().map(SnpAppraisal::endorsement));
    }

    @Test
    void should_make_the_same_checks_as_with_collateral_that_is_verified_anew() {
        assertSame(GOOD);
        List<Consumer<SnpForge>> changes = List.of(
                forge -> forge.version = 7,
                forge -> forge.amd.remove("2"),
                forge -> forge.leaf.flipSignature = true,
                forge -> forge.leaf.notAfter = SnpForge.TIME.minusSeconds(1),
                forge -> forge.reportSigner = SnpForge.OTHER_CHIP,
                forge -> forge.chipId[0] ^= 1,
                forge -> forge.reportedTcb[0]++,
                forge -> forge.policy = 0);
        changes.forEach(change -> assertSame(SnpForge.with(change)));
    }

    @Test
    void should_remember_a_certificate_once_however_its_text_is_written() {
        VerifiedSnpCollateral collateral = collateral();
        Bytes other = Bytes.utf8("text\n" + GOOD.endorsement().toUtf8().replace("\n", "\r\n"));

        assertThat(code(warm(GOOD, collateral))).isEmpty();
        assertThat(code(SnpVerifier.verify(GOOD.report(), other, collateral, SnpForge.TIME)))
                .isEmpty();

        assertThat(collateral.remembered()).isEqualTo(1);
    }

    @Test
    void should_not_remember_a_certificate_that_the_intermediate_did_not_sign() {
        VerifiedSnpCollateral collateral = collateral();
        SnpForge forged = SnpForge.with(forge -> forge.leaf.flipSignature = true);

        assertThat(code(warm(GOOD, collateral))).isEmpty();
        assertThat(code(warm(forged, collateral))).isEqualTo("CHAIN_SIGNATURE");
        assertThat(code(warm(forged, collateral))).isEqualTo("CHAIN_SIGNATURE");

        assertThat(collateral.remembered()).isEqualTo(1);
    }

    @Test
    void should_forget_the_certificate_that_was_not_used_for_longest() {
        VerifiedSnpCollateral collateral = collateral();
        warm(GOOD, collateral);
        for (int i = 1; i <= VerifiedSnpCollateral.MAX_REMEMBERED; i++) {
            int seconds = i;
            SnpForge again = SnpForge.with(forge -> forge.leaf.notAfter = forge.leaf.notAfter.minusSeconds(seconds));
            assertThat(code(SnpVerifier.verifyEndorsement(again.endorsement(), collateral, SnpForge.TIME)))
                    .isEmpty();
        }

        assertThat(collateral.remembered()).isEqualTo(VerifiedSnpCollateral.MAX_REMEMBERED);
        assertThat(code(warm(GOOD, collateral))).isEmpty();
    }

    @Test
    void should_check_all_dates_again_at_every_use() {
        SnpForge forge = SnpForge.with(made -> {
            made.leaf.notAfter = Instant.parse("2026-11-02T00:00:00Z");
            made.nextUpdate = Instant.parse("2026-11-03T00:00:00Z");
        });
        VerifiedSnpCollateral collateral = forge.verifiedCollateral().result().orElseThrow();
        Bytes report = forge.report();

        assertThat(code(warm(forge, collateral))).isEmpty();
        assertThat(code(SnpVerifier.verify(report, forge.endorsement(), collateral, forge.leaf.notAfter)))
                .isEmpty();
        assertThat(code(SnpVerifier.verify(
                        report, forge.endorsement(), collateral, forge.leaf.notAfter.plusSeconds(1))))
                .isEqualTo("CERT_EXPIRED");
        assertThat(code(SnpVerifier.verify(report, GOOD.endorsement(), collateral, forge.nextUpdate.plusSeconds(1))))
                .isEqualTo("CRL_EXPIRED");
        assertThat(code(SnpVerifier.verify(report, GOOD.endorsement(), collateral, forge.thisUpdate.minusSeconds(1))))
                .isEqualTo("CRL_NOT_YET_VALID");
    }

    @Test
    void should_expire_with_what_ends_first() {
        assertThat(collateral().expires()).isEqualTo(GOOD.nextUpdate);
        SnpForge shorter = SnpForge.with(forge -> forge.intermediate.notAfter = SnpForge.TIME.plusSeconds(9));
        assertThat(shorter.verifiedCollateral().result().orElseThrow().expires())
                .isEqualTo(SnpForge.TIME.plusSeconds(9));
        SnpForge withoutList = SnpForge.with(forge -> {
            forge.list = made -> Optional.empty();
            forge.revocationRequired = false;
        });
        assertThat(withoutList.verifiedCollateral().result().orElseThrow().expires())
                .isEqualTo(withoutList.root.notAfter);
        assertThat(collateral().product()).isEqualTo(SnpProduct.GENOA);
    }

    @Test
    void should_refuse_collateral_that_does_not_hold_and_name_every_check() {
        List<Consumer<SnpForge>> changes = List.of(
                forge -> forge.intermediate.signer = SnpForge.STRANGER,
                forge -> forge.intermediate.pathLength = 1,
                forge -> forge.intermediate.notAfter = SnpForge.TIME.minusSeconds(1),
                forge -> forge.listSigner = SnpForge.STRANGER,
                forge -> forge.revoked.add(0x10001));
        List<String> wanted =
                List.of("ROOT_NOT_TRUSTED", "CHAIN_SIGNATURE", "CERT_EXPIRED", "CRL_SIGNATURE", "INTERMEDIATE_REVOKED");
        List<String> names = GOOD.verifiedCollateral().checks().stream()
                .map(AttestationCheck::name)
                .toList();
        for (int i = 0; i < wanted.size(); i++) {
            Verification<VerifiedSnpCollateral> found =
                    SnpForge.with(changes.get(i)).verifiedCollateral();
            assertThat(code(found)).isEqualTo(wanted.get(i));
            assertThat(found.result()).isEmpty();
            assertThat(found.checks()).extracting(AttestationCheck::name).containsExactlyElementsOf(names);
        }
    }

    @Test
    void should_keep_what_was_trusted_when_it_was_verified() {
        SnpForge vlek = SnpForge.vlek(forge -> forge.allowVlek = false);
        VerifiedSnpCollateral without = vlek.verifiedCollateral().result().orElseThrow();
        vlek.allowVlek = true;
        VerifiedSnpCollateral allowed = vlek.verifiedCollateral().result().orElseThrow();

        assertThat(code(warm(vlek, without))).isEqualTo("SIGNER_VLEK");
        assertThat(code(warm(vlek, allowed))).isEmpty();
    }

    @Test
    void d13_should_judge_every_report_anew_whatever_was_judged_before() {
        VerifiedSnpCollateral collateral = collateral();
        BigInteger order = SnpForge.CHIP.order();
        SnpForge negated =
                SnpForge.with(forge -> forge.signature = pair -> new BigInteger[] {pair[0], order.subtract(pair[1])});
        SnpForge foreign = SnpForge.with(forge -> forge.reportSigner = SnpForge.OTHER_CHIP);

        assertThat(code(warm(GOOD, collateral))).isEmpty();
        assertThat(code(warm(negated, collateral))).isEmpty();
        assertThat(code(warm(foreign, collateral))).isEqualTo("REPORT_SIGNATURE");
        assertThat(code(warm(GOOD, collateral))).isEmpty();
        assertThat(collateral.remembered()).isEqualTo(1);
    }

    @Test
    void d21_should_accept_a_certificate_issued_anew_for_the_same_key() {
        VerifiedSnpCollateral collateral = collateral();
        SnpForge again = SnpForge.with(forge -> {
            forge.leaf.notBefore = forge.leaf.notBefore.plusSeconds(60);
            forge.leaf.notAfter = forge.leaf.notAfter.plusSeconds(60);
        });

        SnpAppraisal first = warm(GOOD, collateral).result().orElseThrow();
        SnpAppraisal second = SnpVerifier.verify(GOOD.report(), again.endorsement(), collateral, SnpForge.TIME)
                .result()
                .orElseThrow();

        assertThat(again.endorsement()).isNotEqualTo(GOOD.endorsement());
        assertThat(second.endorsement().hwId()).isEqualTo(first.endorsement().hwId());
        assertThat(second.imageHash()).isEqualTo(first.imageHash());
    }

    @Test
    void should_verify_an_endorsement_alone() {
        VerifiedSnpCollateral collateral = collateral();
        Verification<SnpEndorsement> found =
                SnpVerifier.verifyEndorsement(GOOD.endorsement(), collateral, SnpForge.TIME);

        assertThat(found.result().orElseThrow().product()).isEqualTo(SnpProduct.GENOA);
        assertThat(found.checks()).noneMatch(check -> check.name().startsWith("snp.report."));
        assertThat(found.checks())
                .isEqualTo(SnpVerifier.verifyEndorsement(
                                GOOD.endorsement(), GOOD.collateral(), GOOD.trust(), SnpForge.TIME)
                        .checks());
    }
}
