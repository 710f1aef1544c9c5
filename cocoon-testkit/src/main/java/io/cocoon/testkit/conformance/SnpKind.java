package io.cocoon.testkit.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Evidence;
import io.cocoon.tee.PeerEvidence;
import io.cocoon.tee.Verification;
import io.cocoon.tee.sevsnp.SnpAppraisal;
import io.cocoon.tee.sevsnp.SnpCollateral;
import io.cocoon.tee.sevsnp.SnpException;
import io.cocoon.tee.sevsnp.SnpFinding;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.sevsnp.SnpReport;
import io.cocoon.tee.sevsnp.SnpRequirements;
import io.cocoon.tee.sevsnp.SnpTcb;
import io.cocoon.tee.sevsnp.SnpTrust;
import io.cocoon.tee.sevsnp.SnpVerifier;
import io.cocoon.tee.sevsnp.VerifiedSnpCollateral;
import io.cocoon.tee.tdx.TdxQuote;
import io.cocoon.tee.tdx.TdxQuoteException;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** SEV-SNP evidence: verdicts, codes and fields. TEE dossier 10.1; its 2026 part, 2.7 and 8. */
final class SnpKind implements ConformanceKind {

    private static final String SHARED = "shared/testdata/";
    private static final String NEWER = "sev-snp/2026/.+/cases\\.json";

    /** Codes of the first generation of cases, which are coarser. */
    private static final Map<String, Set<String>> COARSE = Map.of(
            "FORMAT",
            Set.of("REPORT_LENGTH", "REPORT_VERSION", "RESERVED_NOT_ZERO", "SIGNATURE_ALGORITHM"),
            "SIGNATURE",
            Set.of("REPORT_SIGNATURE", "SIGNATURE_RANGE"),
            "CHAIN",
            Set.of(
                    "CHAIN_SIGNATURE",
                    "ROOT_NOT_TRUSTED",
                    "SIGNER_CERT_KIND",
                    "CERT_KEY_TYPE",
                    "CERT_SIGNATURE_ALGORITHM"),
            "TCB_MISMATCH",
            Set.of("TCB_CERT_MISMATCH"));

    @Override
    public boolean accepts(String path) {
        return path.matches(NEWER) || path.equals("sev-snp/cases.json");
    }

    @Override
    public void check(Path root, String path, ConformanceReport report) throws IOException {
        JsonNode content = JsonLines.parse(Files.readString(root.resolve(path)));
        Path folder = root.resolve(path).resolveSibling(".").normalize();
        for (JsonNode each : content.path("cases")) {
            String id = each.path("id").asText();
            try {
                String found;
                Optional<SnpAppraisal> appraisal = Optional.empty();
                if (each.has("cert")) {
                    found = certificate(root, folder, content, each);
                } else if (each.path("expect").isObject()) {
                    Outcome outcome = verify(root, folder, each, SnpTrust.amd().withVlek(true), false);
                    appraisal = outcome.appraisal();
                    found = outcome.code();
                } else {
                    Outcome outcome = newer(root, folder, each);
                    found = outcome.code();
                }
                String code = found;
                Optional<SnpAppraisal> verified = appraisal;
                report.run(path, id, () -> compare(each, code, verified));
            } catch (NoSuchFileException e) {
                report.absent(path);
            } catch (IOException | RuntimeException | AssertionError e) {
                report.run(path, id, () -> {
                    throw e;
                });
            }
        }
        for (Iterator<Map.Entry<String, JsonNode>> fields =
                        content.path("fields").fields();
                fields.hasNext(); ) {
            Map.Entry<String, JsonNode> each = fields.next();
            boolean newer = path.matches(NEWER);
            Path file = folder.resolve(newer ? each.getKey() + ".report.bin" : "reports/" + each.getKey() + ".bin");
            if (Files.exists(file)) {
                report.run(path, "fields " + each.getKey(), () -> fields(bytes(file), each.getValue()));
            } else {
                report.absent(path);
            }
        }
    }

    private record Outcome(String code, Optional<SnpAppraisal> appraisal) {}

    private static void compare(JsonNode each, String found, Optional<SnpAppraisal> appraisal) {
        JsonNode expect = each.path("expect");
        if (!expect.isObject()) {
            String wanted =
                    expect.asText().equals("accept") ? "" : each.path("reason").asText();
            JsonLines.requireEqual(wanted, found, "code");
            return;
        }
        if (expect.path("outcome").asText().equals("verified")) {
            JsonLines.requireEqual("", found, "code");
            appraisal.ifPresent(result -> {
                JsonLines.requireEqual(
                        expect.path("signingKey").asText(), result.signer().toString(), "signer");
                Set<String> flags = new HashSet<>();
                expect.path("policyFlags").forEach(flag -> flags.add(flag.asText()));
                Set<String> seen = new HashSet<>();
                if (result.findings().contains(SnpFinding.DEBUG)) {
                    seen.add("DEBUG_ALLOWED");
                }
                if (result.findings().contains(SnpFinding.MIGRATE_MA)) {
                    seen.add("MIGRATE_MA_ALLOWED");
                }
                if (result.findings().contains(SnpFinding.VMPL)) {
                    seen.add("VMPL_" + result.report().vmpl());
                }
                JsonLines.requireEqual(flags, seen, "policy flags");
            });
            return;
        }
        Set<String> wanted = new HashSet<>();
        expect.path("errors").forEach(error -> {
            wanted.add(error.asText());
            wanted.addAll(COARSE.getOrDefault(error.asText(), Set.of()));
        });
        if (!wanted.contains(found)) {
            throw new AssertionError("code: wanted one of " + wanted + ", found '" + found + "'");
        }
    }

    private static Path resolve(Path root, Path folder, String name) {
        return name.startsWith(SHARED) ? root.resolve(name.substring(SHARED.length())) : folder.resolve(name);
    }

    private static Bytes bytes(Path file) throws IOException {
        return Bytes.wrapUnshared(Files.readAllBytes(file));
    }

    private static Bytes pem(Bytes der) {
        return Bytes.utf8("-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der.toByteArray())
                + "\n-----END CERTIFICATE-----\n");
    }

    private static Outcome verify(Path root, Path folder, JsonNode each, SnpTrust trust, boolean crlRequired)
            throws IOException {
        Bytes chain = bytes(resolve(root, folder, each.path("chain").asText()));
        JsonNode certificate =
                each.path(each.has("endorsement_key_cert") ? "endorsement_key_cert" : "endorsementKeyCertificate");
        Bytes endorsement = pem(bytes(resolve(root, folder, certificate.asText())));
        Optional<Bytes> crl = each.path("crl").isTextual()
                ? Optional.of(bytes(resolve(root, folder, each.path("crl").asText())))
                : Optional.empty();
        Instant time = Instant.parse(
                each.path(each.has("verify_at") ? "verify_at" : "time").asText());
        SnpCollateral collateral = new SnpCollateral(SnpProduct.MILAN, chain, crl);
        SnpTrust chosen = trust.withRevocationRequired(crlRequired);
        if (each.path("report").isNull()) {
            return new Outcome(
                    code(SnpVerifier.verifyEndorsement(endorsement, collateral, chosen, time)), Optional.empty());
        }
        Bytes report = bytes(resolve(root, folder, each.path("report").asText()));
        Verification<SnpAppraisal> result = verify(report, endorsement, collateral, chosen, time);
        return new Outcome(code(result), result.result());
    }

    /** Verifies with collateral as it came, and twice with collateral that was verified before: the checks are the same. */
    private static Verification<SnpAppraisal> verify(
            Bytes report, Bytes endorsement, SnpCollateral collateral, SnpTrust trust, Instant time) {
        Verification<SnpAppraisal> cold = SnpVerifier.verify(report, endorsement, collateral, trust, time);
        Optional<VerifiedSnpCollateral> verified =
                VerifiedSnpCollateral.verify(collateral, trust, time).result();
        for (int i = 0; i < 2 && verified.isPresent(); i++) {
            Verification<SnpAppraisal> warm = SnpVerifier.verify(report, endorsement, verified.get(), time);
            if (!cold.checks().equals(warm.checks()) || !cold.expires().equals(warm.expires())) {
                throw new AssertionError("other checks against collateral verified before: " + warm.firstFailure());
            }
        }
        return cold;
    }

    private static String code(Verification<?> result) {
        return result.firstFailure().map(AttestationCheck::code).orElse("");
    }

    private static Outcome newer(Path root, Path folder, JsonNode each) throws IOException {
        JsonNode policy = each.path("policy");
        boolean crlRequired = !policy.path("crl_optional").asBoolean(false);
        SnpRequirements requirements = requirements(policy);
        Outcome outcome;
        if (each.has("chain")) {
            SnpTrust trust = SnpTrust.amd().withVlek(policy.path("allow_vlek").asBoolean(false));
            outcome = verify(root, folder, each, trust, crlRequired);
        } else {
            Bytes trusted =
                    bytes(resolve(root, folder, each.path("trusted_root").asText()));
            Bytes chain = pem(bytes(
                            resolve(root, folder, each.path("intermediate").asText())))
                    .concat(pem(trusted));
            Optional<Bytes> crl = each.path("crl").isTextual()
                    ? Optional.of(bytes(resolve(root, folder, each.path("crl").asText())))
                    : Optional.empty();
            SnpTrust trust = trust(trusted)
                    .withVlek(policy.path("allow_vlek").asBoolean(false))
                    .withRevocationRequired(crlRequired);
            Verification<SnpAppraisal> result = verify(
                    bytes(resolve(root, folder, each.path("report").asText())),
                    pem(bytes(resolve(
                            root, folder, each.path("endorsement_key_cert").asText()))),
                    new SnpCollateral(SnpProduct.MILAN, chain, crl),
                    trust,
                    Instant.parse(each.path("verify_at").asText()));
            outcome = new Outcome(code(result), result.result());
        }
        if (outcome.appraisal().isEmpty()) {
            return outcome;
        }
        Optional<Bytes> data = each.path("expected_report_data").isTextual()
                ? Optional.of(JsonLines.hex(each, "expected_report_data"))
                : Optional.empty();
        return new Outcome(judge(requirements, outcome.appraisal().get(), data), outcome.appraisal());
    }

    private static String judge(SnpRequirements requirements, SnpAppraisal appraisal, Optional<Bytes> data) {
        return requirements.judge(appraisal, data).stream()
                .filter(check -> check.outcome() == AttestationCheck.Outcome.FAILED)
                .map(AttestationCheck::code)
                .findFirst()
                .orElse("");
    }

    /** Trusts a root that the case names; which product's says its name, ARK-Milan and so on. */
    private static SnpTrust trust(Bytes root) {
        String text = new String(root.toByteArray(), StandardCharsets.ISO_8859_1);
        for (SnpProduct product : SnpProduct.values()) {
            if (text.contains("ARK-" + product.word())) {
                return SnpTrust.of(product, SnpTrust.keyHash(root));
            }
        }
        throw new IllegalArgumentException("a trusted root without the name ARK-<product>");
    }

    private static SnpRequirements requirements(JsonNode policy) {
        SnpRequirements.Builder builder = SnpRequirements.builder();
        policy.fields().forEachRemaining(member -> apply(builder, member.getKey(), member.getValue()));
        return builder.build();
    }

    private static void apply(SnpRequirements.Builder builder, String name, JsonNode value) {
        switch (name) {
            case "crl_optional", "allow_vlek" -> {
                // Belongs to what is trusted, not to what is demanded.
            }
            case "allow_debug" -> builder.accept(SnpFinding.DEBUG, value.asBoolean());
            case "allow_migrate_ma" -> builder.accept(SnpFinding.MIGRATE_MA, value.asBoolean());
            case "allow_smt" -> builder.accept(SnpFinding.SMT, value.asBoolean());
            case "require_single_socket" -> builder.accept(SnpFinding.SEVERAL_SOCKETS, !value.asBoolean());
            case "allow_cxl" -> builder.accept(SnpFinding.CXL, value.asBoolean());
            case "allow_mask_chip_key" ->
                builder.accept(SnpFinding.MASK_CHIP_KEY, value.asBoolean())
                        .accept(SnpFinding.CHIP_ID_MASKED, value.asBoolean());
            case "allow_masked_chip_id", "allow_chip_id_masked" ->
                builder.accept(SnpFinding.CHIP_ID_MASKED, value.asBoolean());
            case "permit_provisional_firmware" -> builder.accept(SnpFinding.PROVISIONAL_FIRMWARE, value.asBoolean());
            case "allowed_vmpl" -> {
                Set<Long> levels = new HashSet<>();
                value.forEach(each -> levels.add(each.asLong()));
                builder.vmpls(levels);
            }
            case "minimum_tcb" ->
                value.fields()
                        .forEachRemaining(each -> builder.minimumTcb(product(each.getKey()), tcb(each.getValue())));
            case "minimum_launch_tcb" ->
                value.fields()
                        .forEachRemaining(
                                each -> builder.minimumLaunchTcb(product(each.getKey()), tcb(each.getValue())));
            case "expect_product" -> builder.product(product(value.asText()));
            case "allowed_measurements" -> builder.measurements(hexes(value));
            case "allowed_image_hashes" ->
                builder.imageHashes(hexes(value).stream()
                        .map(each -> Int256.of(each.toByteArray()))
                        .collect(Collectors.toSet()));
            case "allowed_id_key_digests" -> builder.idKeyDigests(hexes(value));
            case "allowed_author_key_digests" -> builder.authorKeyDigests(hexes(value));
            case "allowed_host_data" -> builder.hostData(hexes(value));
            default -> throw new IllegalArgumentException("unknown member of a policy: " + name);
        }
    }

    private static SnpProduct product(String name) {
        return SnpProduct.named(name).orElseThrow(() -> new IllegalArgumentException("unknown product " + name));
    }

    private static SnpTcb tcb(JsonNode value) {
        return new SnpTcb(
                value.path("fmc").asInt(),
                value.path("bl").asInt(),
                value.path("tee").asInt(),
                value.path("snp").asInt(),
                value.path("ucode").asInt());
    }

    private static Set<Bytes> hexes(JsonNode value) {
        Set<Bytes> all = new HashSet<>();
        value.forEach(each -> all.add(Bytes.fromHex(each.asText())));
        return all;
    }

    private static String certificate(Path root, Path folder, JsonNode suite, JsonNode each) throws IOException {
        String text = Files.readString(folder.resolve(each.path("cert").asText()), StandardCharsets.US_ASCII);
        String begin = "-----BEGIN CERTIFICATE-----";
        int from = text.indexOf(begin) + begin.length();
        Bytes der = Bytes.wrapUnshared(
                Base64.getMimeDecoder().decode(text.substring(from, text.indexOf("-----END", from))));
        Instant time = Instant.parse(suite.path("verify_at").asText());
        String refusal = CertificateKind.refusal(der, true, time);
        if (!refusal.isEmpty()) {
            return refusal;
        }
        PeerEvidence peer = PeerEvidence.read(der, true, time, CertificateKind.MEASURED);
        if (peer.evidence() instanceof Evidence.None) {
            return "EVIDENCE_MISSING";
        }
        if (peer.evidence() instanceof Evidence.Tdx tdx) {
            return quote(tdx.quote());
        }
        if (!(peer.evidence() instanceof Evidence.SevSnp found)) {
            throw new IllegalStateException("a kind of evidence that this suite does not have");
        }
        JsonNode pki = suite.path("pki");
        Bytes ark = bytes(resolve(root, folder, pki.path("ark").asText()));
        Bytes ask = bytes(resolve(root, folder, pki.path("ask").asText()));
        SnpCollateral collateral = new SnpCollateral(
                SnpProduct.GENOA,
                pem(ask).concat(pem(ark)),
                Optional.of(bytes(resolve(root, folder, pki.path("crl").asText()))));
        Verification<SnpAppraisal> result =
                SnpVerifier.verify(found.report(), found.endorsement(), collateral, trust(ark), time);
        return result.result().isEmpty()
                ? code(result)
                : judge(
                        SnpRequirements.builder().build(),
                        result.result().get(),
                        Optional.of(peer.expectedReportData()));
    }

    /** Reads a quote. The suite has no collateral of Intel's, so that a quote that can be read fails its case. */
    private static String quote(Bytes quote) {
        try {
            return "a TDX quote of version " + TdxQuote.parse(quote).version();
        } catch (TdxQuoteException e) {
            return e.code();
        }
    }

    private static void fields(Bytes raw, JsonNode wanted) throws SnpException {
        SnpReport report = SnpReport.parse(raw);
        List<String> unknown = new java.util.ArrayList<>();
        wanted.fields().forEachRemaining(member -> {
            Object value = field(report, member.getKey());
            if (value == null) {
                unknown.add(member.getKey());
                return;
            }
            JsonNode given = member.getValue();
            String text = given.isNumber() && member.getKey().equals("policy")
                    ? "0x" + Long.toHexString(given.asLong())
                    : given.asText();
            JsonLines.requireEqual(text, String.valueOf(value), member.getKey());
        });
        if (!unknown.isEmpty()) {
            throw new AssertionError("fields that nobody compares: " + unknown);
        }
    }

    private static @org.jspecify.annotations.Nullable Object field(SnpReport report, String name) {
        Bytes raw = report.raw();
        return switch (name) {
            case "version" -> report.version();
            case "guest_svn" -> report.guestSvn();
            case "policy" -> report.policy();
            case "family", "family_id" -> report.familyId().toHex();
            case "image", "image_id" -> report.imageId().toHex();
            case "vmpl" -> report.vmpl();
            case "sigalgo" -> raw.intLeAt(0x34);
            case "cur_tcb", "current_tcb" -> report.currentTcb().toHex();
            case "plat" -> report.platformInfo().bits();
            case "platform_info" -> report.platformInfo();
            case "keyinfo" -> raw.intLeAt(0x48);
            case "report_data" -> report.reportData().toHex();
            case "measurement" -> report.measurement().toHex();
            case "host_data" -> report.hostData().toHex();
            case "id_key", "id_key_digest" -> report.idKeyDigest().toHex();
            case "auth_key", "author_key_digest" -> report.authorKeyDigest().toHex();
            case "report_id" -> report.reportId().toHex();
            case "ma", "report_id_ma" -> report.migrationAgentReportId().toHex();
            case "rep_tcb", "reported_tcb" -> report.reportedTcb().toHex();
            case "fms" -> report.cpuid().toHex();
            case "chip", "chip_id" -> report.chipId().toHex();
            case "com_tcb", "committed_tcb" -> report.committedTcb().toHex();
            case "cur_ver" -> raw.slice(0x1e8, 4).toHex();
            case "com_ver" -> raw.slice(0x1ec, 4).toHex();
            case "current_ver" -> report.currentFirmware();
            case "committed_ver" -> report.committedFirmware();
            case "launch_tcb" -> report.launchTcb().toHex();
            case "launch_mit" -> raw.slice(0x1f8, 8).toHex();
            case "current_mit" -> raw.slice(0x200, 8).toHex();
            default -> null;
        };
    }
}
