package io.cocoon.testkit.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.CertificateRules;
import io.cocoon.tee.Evidence;
import io.cocoon.tee.PeerEvidence;
import io.cocoon.tee.SimulatedEvidence;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.Set;

/**
 * Certificates of peers: the recorded ones must be read to the key and evidence that the recording names, the measured ones
 * judged as the reference did, or stricter on purpose. TEE dossier 1 and 4.4; its 2026 part, 2.7.
 */
final class CertificateKind implements ConformanceKind {

    private static final String DER = "der_hex";
    private static final String PRESENTED = "server_cert_der_hex";
    private static final Instant RECORDED = Instant.parse("2026-11-23T18:00:00Z");

    /**
     * The default rules without the bound on a certificate's lifetime: the made-up certificates live for years, so that they
     * can be used for years. That the bound works is a check of its own.
     */
    static final CertificateRules MEASURED = CertificateRules.DEFAULT.withMaxLifetime(Duration.ofDays(36_525));

    private static final String LIFETIME = "TLS_CERT_LIFETIME";

    /** What the reference accepts and we refuse, on purpose, by the code of the refusal. */
    private static final Map<String, String> STRICTER = Map.of(
            "no-quote", "EVIDENCE_INCOMPLETE",
            "quote-not-critical", "EVIDENCE_NOT_CRITICAL",
            "duplicate-quote-good-bad", "EXTENSION_DUPLICATE");

    /** Refused by the reference as a dialler only because of names, which a dialler of ours does not look at. */
    private static final Set<String> NAMES =
            Set.of("san-ip-only", "only-private-extensions", "no-extensions", "v1-no-extensions");

    @Override
    public boolean accepts(String path) {
        return path.matches("captures[^/]*/certs/.+\\.info\\.json") || path.matches("(tdx/)?ratls/cases\\.json");
    }

    @Override
    public void check(Path root, String path, ConformanceReport report) throws IOException {
        JsonNode content = JsonLines.parse(Files.readString(root.resolve(path)));
        if (content.isArray()) {
            int number = 0;
            for (JsonNode each : content) {
                report.run(path, "certificate " + ++number, () -> readable(JsonLines.hex(each, PRESENTED)));
            }
        } else if (content.has("cases")) {
            Instant time = Instant.parse(content.path("time").asText());
            Path folder = root.resolve(path).resolveSibling("..").normalize();
            for (JsonNode each : content.path("cases")) {
                checkMeasured(folder, path, each, time, report);
            }
        } else {
            report.run(path, "certificate", () -> checkRecorded(content));
        }
    }

    private static void readable(Bytes der) throws IOException {
        PeerEvidence.read(der, false, RECORDED, MEASURED);
    }

    private static void checkRecorded(JsonNode info) throws IOException {
        boolean tdx = info.has("tdx_quote_extension_hex");
        boolean sev = info.has("sev_attestation_report_extension_hex");
        if (tdx && sev) {
            JsonLines.requireEqual("EVIDENCE_AMBIGUOUS", refusal(JsonLines.hex(info, DER), true, RECORDED), "refusal");
            return;
        }
        PeerEvidence peer = PeerEvidence.read(JsonLines.hex(info, DER), true, RECORDED, MEASURED);
        JsonLines.requireEqual(JsonLines.hex(info, "public_key_hex"), peer.key().toBytes(), "key");
        JsonLines.requireEqual(
                JsonLines.hex(info, "sha512_of_public_key_hex"), peer.expectedReportData(), "report data of the key");
        if (peer.evidence() instanceof Evidence.Tdx found && tdx) {
            JsonLines.requireEqual(JsonLines.hex(info, "tdx_quote_extension_hex"), found.quote(), "quote");
            JsonLines.requireEqual(JsonLines.hex(info, "tdx_claims_extension_hex"), found.claims(), "claims");
        } else if (peer.evidence() instanceof Evidence.SevSnp found && sev) {
            JsonLines.requireEqual(
                    JsonLines.hex(info, "sev_report_data_extension_hex"), found.reportData(), "report data");
            JsonLines.requireEqual(
                    JsonLines.hex(info, "sev_attestation_report_extension_hex"), found.report(), "report");
            JsonLines.requireEqual(JsonLines.hex(info, "sev_vcek_extension_hex"), found.endorsement(), "endorsement");
        } else {
            // Recordings of December 2025 do not name the extensions; no evidence has no image hash either.
            JsonLines.requireEqual(tdx || sev, false, "whether evidence of another kind was read");
        }
    }

    private static void checkMeasured(Path folder, String path, JsonNode each, Instant time, ConformanceReport report) {
        String name = each.path("name").asText();
        Bytes der;
        try {
            der = firstCertificate(folder.resolve(each.path("certificate").asText()));
        } catch (NoSuchFileException e) {
            report.absent(path);
            return;
        } catch (IOException e) {
            report.run(path, name, () -> {
                throw e;
            });
            return;
        }
        each.path("reference")
                .fields()
                .forEachRemaining(role -> report.run(
                        path,
                        name + " " + role.getKey(),
                        () -> compare(name, role.getKey(), role.getValue().asBoolean(), der, time)));
    }

    private static void compare(String name, String role, boolean reference, Bytes der, Instant time) {
        boolean asClient = role.startsWith("asClient");
        String code = verdict(der, asClient, role.endsWith("FakeTdx"), time);
        boolean stricter = reference && code.equals(STRICTER.get(name));
        boolean withoutName = !reference && !asClient && NAMES.contains(name);
        if (!stricter && !withoutName && reference != code.isEmpty()) {
            throw new AssertionError("the reference " + (reference ? "accepts" : "refuses") + ", we "
                    + (code.isEmpty() ? "accept" : "refuse by " + code));
        }
    }

    /** Returns the code of a refusal by form or, if asked for, by the policy for simulated evidence; or nothing. */
    static String verdict(Bytes der, boolean asClient, boolean simulated, Instant time) {
        String form = refusal(der, asClient, time);
        if (!form.isEmpty() || !simulated) {
            return form;
        }
        try {
            return SimulatedEvidence.policy()
                    .judge(PeerEvidence.read(der, asClient, time, MEASURED))
                    .toCompletableFuture()
                    .join()
                    .checks()
                    .stream()
                    .map(AttestationCheck::code)
                    .filter(code -> !code.isEmpty())
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /**
     * Returns the code of a refusal by form, or nothing.
     *
     * @throws AssertionError if the default rules say anything else, but for the bound on the lifetime
     */
    static String refusal(Bytes der, boolean asClient, Instant time) {
        String code = refusal(der, asClient, time, MEASURED);
        String byDefault = refusal(der, asClient, time, CertificateRules.DEFAULT);
        if (!byDefault.equals(code) && !byDefault.equals(LIFETIME)) {
            throw new AssertionError("refused by " + byDefault + " under the default rules, by '" + code
                    + "' without the bound on lifetimes; wanted " + LIFETIME + " as the only difference");
        }
        return code;
    }

    private static String refusal(Bytes der, boolean asClient, Instant time, CertificateRules rules) {
        try {
            PeerEvidence.read(der, asClient, time, rules);
            return "";
        } catch (IOException e) {
            String text = String.valueOf(e.getMessage());
            return text.substring(0, Math.max(0, text.indexOf(':')));
        }
    }

    private static Bytes firstCertificate(Path pem) throws IOException {
        String text = Files.readString(pem, StandardCharsets.US_ASCII);
        String begin = "-----BEGIN CERTIFICATE-----";
        int from = text.indexOf(begin) + begin.length();
        int to = text.indexOf("-----END CERTIFICATE-----");
        if (from < begin.length() || to < from) {
            throw new IOException("no certificate in " + pem.getFileName());
        }
        return Bytes.wrapUnshared(
                Base64.getMimeDecoder().decode(text.substring(from, to).trim()));
    }
}
