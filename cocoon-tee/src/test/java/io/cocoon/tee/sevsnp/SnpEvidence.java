package io.cocoon.tee.sevsnp;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import io.cocoon.testdata.TestData;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

/** Synthetic evidence, complete with chain and list, of the test data. */
record SnpEvidence(Bytes report, Bytes endorsement, SnpCollateral collateral, SnpTrust trust, Instant time) {

    static final String FOLDER = "sev-snp/2026/synthetic/";

    static SnpEvidence of(String id) {
        for (JsonNode each : TestData.json(FOLDER + "cases.json").path("cases")) {
            if (each.path("id").asText().equals(id)) {
                return of(each);
            }
        }
        throw new IllegalArgumentException("no case " + id);
    }

    static SnpEvidence of(JsonNode each) {
        Bytes root = file(each, "trusted_root");
        String name = each.path("trusted_root").asText();
        SnpProduct product = name.contains("milan")
                ? SnpProduct.MILAN
                : name.contains("turin") ? SnpProduct.TURIN : SnpProduct.GENOA;
        boolean vlek = each.path("policy").path("allow_vlek").asBoolean(false);
        return new SnpEvidence(
                file(each, "report"),
                pem(file(each, "endorsement_key_cert")),
                new SnpCollateral(
                        product,
                        pem(file(each, "intermediate")).concat(pem(root)),
                        each.path("crl").isTextual() ? Optional.of(file(each, "crl")) : Optional.empty()),
                SnpTrust.of(product, SnpTrust.keyHash(root)).withVlek(vlek),
                Instant.parse(each.path("verify_at").asText()));
    }

    private static Bytes file(JsonNode each, String member) {
        return Bytes.wrapUnshared(TestData.bytes(FOLDER + each.path(member).asText()));
    }

    static Bytes pem(Bytes der) {
        return Bytes.utf8("-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der.toByteArray())
                + "\n-----END CERTIFICATE-----\n");
    }

    SnpEvidence withReport(Bytes other) {
        return new SnpEvidence(other, endorsement, collateral, trust, time);
    }

    SnpEvidence withEndorsement(Bytes other) {
        return new SnpEvidence(report, other, collateral, trust, time);
    }

    SnpEvidence withTrust(SnpTrust other) {
        return new SnpEvidence(report, endorsement, collateral, other, time);
    }

    SnpEvidence at(Instant other) {
        return new SnpEvidence(report, endorsement, collateral, trust, other);
    }

    Verification<SnpAppraisal> verify() {
        return SnpVerifier.verify(report, endorsement, collateral, trust, time);
    }

    SnpAppraisal appraisal() {
        return verify().result().orElseThrow(() -> new AssertionError(code()));
    }

    String code() {
        return verify().firstFailure().map(AttestationCheck::code).orElse("");
    }

    static String judged(SnpAppraisal found, SnpRequirements requirements, Optional<Bytes> data) {
        return requirements.judge(found, data).stream()
                .filter(check -> check.outcome() == AttestationCheck.Outcome.FAILED)
                .map(AttestationCheck::code)
                .findFirst()
                .orElse("");
    }
}
