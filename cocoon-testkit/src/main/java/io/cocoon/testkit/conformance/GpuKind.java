package io.cocoon.testkit.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tee.AttestationCheck;
import io.cocoon.tee.Verification;
import io.cocoon.tee.nvidia.GpuEvidence;
import io.cocoon.tee.nvidia.GpuEvidenceException;
import io.cocoon.tee.nvidia.GpuNonce;
import io.cocoon.tee.nvidia.GpuReport;
import io.cocoon.tee.nvidia.GpuRim;
import io.cocoon.tee.nvidia.GpuTrust;
import io.cocoon.tee.nvidia.GpuVerifier;
import io.cocoon.tee.nvidia.OpaqueField;
import io.cocoon.tl.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Evidence of NVIDIA GPUs: reports with their chains against NVIDIA's pinned roots, manifests with their XML signature,
 * golden measurements against reports, serialized evidence. TEE dossier 10.2 and its 2026 part, 10.2.
 */
final class GpuKind implements ConformanceKind {

    /** Inside of every device chain's validity, which ends in the year 9999. */
    private static final Instant TIME = Instant.parse("2026-11-23T18:00:00Z");

    /** Reports of 2023 have no FWID field; the cases count them as verified. */
    private static final GpuTrust TRUST = GpuTrust.nvidia().toleratingMissingFwid();

    @Override
    public boolean accepts(String path) {
        return path.equals("nvidia/cases.json") || path.matches("nvidia/evidence/[^/]+\\.json");
    }

    @Override
    public void check(Path root, String path, ConformanceReport report) throws IOException {
        Path folder = root.resolve(path).resolveSibling("");
        if (!path.endsWith("/cases.json")) {
            checkEvidence(path, bytes(root, path), report);
            return;
        }
        JsonNode cases = JsonLines.parse(Files.readString(root.resolve(path)));
        for (JsonNode each : cases.path("reports")) {
            String name = each.path("id").asText();
            run(
                    report,
                    path,
                    name,
                    folder,
                    List.of(text(each, "report"), text(each, "chain")),
                    files -> checkReport(each, files.get(0), files.get(1)));
        }
        for (JsonNode each : cases.path("rims")) {
            String file = text(each, "file");
            run(report, path, file, folder, List.of(file), files -> checkRim(each, files.get(0)));
        }
        for (JsonNode each : cases.path("measurementComparison")) {
            List<String> names = List.of(text(each, "report"), text(each, "rim"));
            run(
                    report,
                    path,
                    String.join(" against ", names),
                    folder,
                    names,
                    files -> checkComparison(each, files.get(0), files.get(1)));
        }
    }

    @FunctionalInterface
    private interface FileCase {
        void run(List<Bytes> files) throws Exception;
    }

    private static void run(
            ConformanceReport report, String path, String name, Path folder, List<String> files, FileCase test) {
        if (!files.stream().allMatch(file -> Files.isRegularFile(folder.resolve(file)))) {
            report.absent(path);
            return;
        }
        report.run(path, name, () -> {
            List<Bytes> contents = new ArrayList<>();
            for (String file : files) {
                contents.add(bytes(folder, file));
            }
            test.run(contents);
        });
    }

    private static Bytes bytes(Path folder, String file) throws IOException {
        return Bytes.wrapUnshared(Files.readAllBytes(folder.resolve(file)));
    }

    private static String text(JsonNode each, String member) {
        return each.path(member).asText();
    }

    private static void checkReport(JsonNode each, Bytes report, Bytes chain) throws IOException {
        GpuEvidence evidence = new GpuEvidence(architecture(chain), report, chain, JsonLines.hex(each, "nonce"));
        Verification<GpuReport> found =
                GpuVerifier.verifyReport(evidence, TRUST, GpuNonce.unbound(JsonLines.hex(each, "nonce")), TIME);
        JsonNode expect = each.path("expect");
        boolean verified = expect.path("outcome").asText().equals("verified");
        if (verified != found.result().isPresent()) {
            throw new AssertionError("wanted " + expect.path("outcome") + ", found "
                    + found.firstFailure().map(AttestationCheck::toString).orElse("verified"));
        }
        if (!verified) {
            List<String> codes = new ArrayList<>();
            expect.path("errors").forEach(code -> codes.add(code.asText()));
            String code = found.firstFailure().map(AttestationCheck::code).orElse("");
            if (!codes.contains(code)) {
                throw new AssertionError("refused by " + code + ", wanted one of " + codes);
            }
        }
        if (expect.has("driverVersion")) {
            checkFacts(expect, GpuReport.parse(report));
        }
    }

    /** The cases do not name the generation; the device certificate's name does. */
    private static String architecture(Bytes chain) {
        String pem = chain.toUtf8();
        int from = pem.indexOf("-----BEGIN CERTIFICATE-----") + "-----BEGIN CERTIFICATE-----".length();
        int to = pem.indexOf("-----END CERTIFICATE-----");
        byte[] der = from <= to ? Base64.getMimeDecoder().decode(pem.substring(from, to)) : new byte[0];
        return new String(der, StandardCharsets.ISO_8859_1).contains("GB1") ? "BLACKWELL" : "HOPPER";
    }

    private static void checkFacts(JsonNode expect, GpuReport report) throws IOException {
        JsonLines.requireEqual(text(expect, "driverVersion"), report.driverVersion(), "driver version");
        JsonLines.requireEqual(
                JsonLines.hex(expect, "vbiosVersionRaw"),
                report.opaque(OpaqueField.VBIOS_VERSION).orElse(Bytes.empty()),
                "VBIOS version");
        JsonLines.requireEqual(
                expect.path("measurementBlocks").asInt(), report.measurements().size(), "measurement blocks");
        JsonLines.requireEqual(
                expect.path("fwidPresent").asBoolean(),
                report.opaque(OpaqueField.FWID).isPresent(),
                "whether there is an FWID");
        JsonNode opaque = expect.path("opaque");
        for (Map.Entry<String, JsonNode> field : opaque.properties()) {
            Bytes found = report.opaque(OpaqueField.valueOf(field.getKey())).orElse(Bytes.empty());
            JsonLines.requireEqual(field.getValue().asText(), found.toHex(), field.getKey());
        }
        JsonLines.requireEqual(opaque.size(), report.opaque().size(), "number of opaque fields");
    }

    private static void checkRim(JsonNode each, Bytes xml) throws IOException {
        if (!each.path("signatureValid").asBoolean()) {
            try {
                GpuRim.open(xml);
            } catch (GpuEvidenceException e) {
                JsonLines.requireEqual("RIM_SIGNATURE", e.code(), "code");
                return;
            }
            throw new AssertionError("accepted, wanted: the signature does not hold");
        }
        GpuRim rim = GpuRim.open(xml);
        JsonLines.requireEqual(text(each, "colloquialVersion"), rim.version(), "version");
        JsonLines.requireEqual(each.path("resources").asInt(), rim.resources(), "resources");
        JsonLines.requireEqual(
                numbers(each.path("active")), List.copyOf(rim.active().keySet()), "active indices");
        JsonLines.requireEqual(each.path("certificates").asInt(), rim.certificateCount(), "certificates");
    }

    private static void checkComparison(JsonNode each, Bytes report, Bytes rim) throws IOException {
        JsonLines.requireEqual(
                numbers(each.path("mismatchingIndices")),
                List.copyOf(GpuRim.open(rim).mismatches(GpuReport.parse(report))),
                "mismatching indices");
    }

    private static List<Integer> numbers(JsonNode array) {
        List<Integer> numbers = new ArrayList<>();
        array.forEach(number -> numbers.add(number.asInt()));
        return numbers.stream().sorted().toList();
    }

    private static void checkEvidence(String path, Bytes json, ConformanceReport report) {
        List<GpuEvidence> all = new ArrayList<>();
        report.run(path, "serialized evidence", () -> all.addAll(GpuEvidence.readAll(json)));
        int number = 0;
        for (GpuEvidence each : all) {
            report.run(path, "device " + number++, () -> checkDevice(each));
        }
    }

    private static void checkDevice(GpuEvidence evidence) throws IOException {
        Verification<GpuReport> found =
                GpuVerifier.verifyReport(evidence, TRUST, GpuNonce.unbound(evidence.nonce()), TIME);
        String code = found.firstFailure().map(AttestationCheck::code).orElse("");
        if (evidence.architecture().equals("LS10")) {
            GpuReport.parseSwitch(evidence.report());
            JsonLines.requireEqual("ARCHITECTURE", code, "code for a switch");
        } else {
            JsonLines.requireEqual("", code, "code");
        }
    }
}
