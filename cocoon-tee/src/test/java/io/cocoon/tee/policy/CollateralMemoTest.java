package io.cocoon.tee.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import io.cocoon.tee.sevsnp.SnpAppraisal;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.sevsnp.SnpVerifier;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Collateral of SEV-SNP that is verified once changes no answer. */
class CollateralMemoTest {

    private static final String FOLDER = "sev-snp/2026/synthetic/";

    private final CollateralMemo memo = new CollateralMemo();
    private final JsonNode evidence = evidence();
    private final Bytes report = file("report");
    private final Bytes endorsement = pem(file("endorsement_key_cert"));
    private final Instant time = Instant.parse(evidence.path("verify_at").asText());
    private final SnpTrust trust = SnpTrust.of(SnpProduct.GENOA, SnpTrust.keyHash(file("trusted_root")));

    private static JsonNode evidence() {
        for (JsonNode each : TestData.json(FOLDER + "cases.json").path("cases")) {
            if (each.path("id").asText().equals("ok-genoa-v3")) {
                return each;
            }
        }
        throw new AssertionError("no healthy evidence");
    }

    private Bytes file(String member) {
        return Bytes.wrapUnshared(TestData.bytes(FOLDER + evidence.path(member).asText()));
    }

    private static Bytes pem(Bytes der) {
        return Bytes.utf8("-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der.toByteArray())
                + "\n-----END CERTIFICATE-----\n");
    }

    private SnpCollateral collateral(Optional<Bytes> list) {
        return new SnpCollateral(SnpProduct.GENOA, pem(file("intermediate")).concat(pem(file("trusted_root"))), list);
    }

    private static String code(Verification<SnpAppraisal> found) {
        return found.firstFailure().map(AttestationCheck::code).orElse("");
    }

    @Test
    void should_make_the_same_checks_at_every_use() {
        SnpCollateral good = collateral(Optional.of(file("crl")));
        Verification<SnpAppraisal> cold = SnpVerifier.verify(report, endorsement, good, trust, time);
        for (int i = 0; i < 3; i++) {
            Verification<SnpAppraisal> found = memo.verify(report, endorsement, good, trust, time);
            assertThat(found.checks()).isEqualTo(cold.checks());
            assertThat(found.expires()).isEqualTo(cold.expires());
        }
        assertThat(code(memo.verify(
                        report, endorsement, good, trust, cold.expires().plusSeconds(1))))
                .isEqualTo("CRL_EXPIRED");
    }

    @Test
    void should_say_what_is_wrong_with_collateral_that_does_not_hold() {
        SnpCollateral withoutList = collateral(Optional.empty());
        assertThat(code(memo.verify(report, endorsement, withoutList, trust, time)))
                .isEqualTo("CRL_MISSING");
        assertThat(code(memo.verify(Bytes.empty(), endorsement, withoutList, trust, time)))
                .isEqualTo("REPORT_LENGTH");
    }

    @Test
    void should_not_use_what_another_trust_accepted() {
        SnpCollateral withoutList = collateral(Optional.empty());
        assertThat(code(memo.verify(report, endorsement, withoutList, trust.withRevocationRequired(false), time)))
                .isEmpty();
        assertThat(code(memo.verify(report, endorsement, withoutList, trust, time)))
                .isEqualTo("CRL_MISSING");
    }
}
