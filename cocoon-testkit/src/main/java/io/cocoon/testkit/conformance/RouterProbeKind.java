package io.cocoon.testkit.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tl.Bytes;
import io.cocoon.transport.ProofOfWork;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Set;

/**
 * Probes of recorded routers, and the openings of direct connections: their challenges of proof of work and the answers,
 * the records about peers, and the certificates that were shown, refused or not. TEE dossier 4.4.
 */
final class RouterProbeKind implements ConformanceKind {

    private static final String DECODED = "peerinfo_decoded";
    private static final Instant RECORDED = Instant.parse("2026-11-23T18:00:00Z");

    /** Certificates that no policy accepts: their form breaks a rule, at the reference and here. */
    private static final Set<String> REFUSED =
            Set.of("expired_fake", "expired_tdx", "v3_ecdsa", "v3_unknowncrit", "v3_both", "v3_big_quote");

    /** Accepted by the reference, refused here on purpose: the 2026 part of the TEE dossier, 2.7. */
    private static final Set<String> STRICTER = Set.of(
            "v3_sev_report_only", "v3_fake_noclaims", "v3_tdx_noclaims", "v3_tdx_not_critical", "v3_sev_badreport");

    @Override
    public boolean accepts(String path) {
        return path.matches("captures[^/]*/router-probes/.+\\.jsonl") || path.endsWith(".raw.jsonl");
    }

    @Override
    public void check(Path root, String path, ConformanceReport report) throws IOException {
        int number = 0;
        ProofOfWork.Challenge[] challenge = new ProofOfWork.Challenge[1];
        for (JsonNode line : JsonLines.read(root.resolve(path))) {
            String name = "line " + ++number;
            String what = line.path("what").asText();
            String hex = line.path("hex").asText();
            if (what.endsWith("challenge") || hex.startsWith("91128e41") && hex.length() == 48) {
                report.run(path, name, () -> challenge[0] = challenge(JsonLines.hex(line, "hex")));
            } else if (what.equals("solution") && challenge[0] != null) {
                report.run(path, name, () -> checkSolution(line, challenge[0]));
            } else if (what.endsWith("response") && hex.length() == 24 && !path.contains("wrong-magic")) {
                report.run(path, name, () -> ProofOfWork.parseResponse(JsonLines.hex(line, "hex")));
            }
            if (line.has(DECODED)) {
                report.run(path, name + " record", () -> checkRecord(line));
            }
            if (line.has("server_cert_der")) {
                report.run(
                        path,
                        name + " own certificate",
                        () -> JsonLines.requireEqual(
                                "",
                                CertificateKind.refusal(JsonLines.hex(line, "server_cert_der"), false, RECORDED),
                                "code"));
            }
            checkShown(path, name, line, "client", report);
            checkShown(path, name, line, "server", report);
        }
    }

    private static ProofOfWork.Challenge challenge(Bytes wire) throws Exception {
        ProofOfWork.Challenge challenge = ProofOfWork.Challenge.parse(wire);
        JsonLines.requireEqual(wire, Bytes.wrapUnshared(challenge.toByteArray()), "challenge written back");
        return challenge;
    }

    private static void checkSolution(JsonNode line, ProofOfWork.Challenge challenge) {
        JsonLines.requireEqual(
                true, ProofOfWork.verify(challenge, line.get("nonce").asLong()), "whether the solution is valid");
    }

    private static void checkRecord(JsonNode line) throws Exception {
        for (String member : new String[] {"sink_received_hex", "after", "hex"}) {
            String hex = line.path(member).asText();
            if (hex.length() >= 8 && !line.path(member).isNull()) {
                Bytes received = Bytes.fromHex(hex);
                int length = 4 + received.intLeAt(0);
                PeerInfoCheck.check(received.slice(0, Math.min(length, received.length())), line.get(DECODED));
                return;
            }
        }
        throw new AssertionError("a decoded record without its bytes");
    }

    private static void checkShown(String path, String name, JsonNode line, String end, ConformanceReport report) {
        String member = end + "_cert_der_hex_presented";
        if (!line.path(member).isTextual()) {
            return;
        }
        String shown = line.path(end + "_cert").asText().replaceFirst("^v3s_", "v3_");
        report.run(path, name + " " + shown, () -> {
            String code = CertificateKind.refusal(JsonLines.hex(line, member), end.equals("client"), RECORDED);
            boolean wanted = !REFUSED.contains(shown) && !STRICTER.contains(shown);
            if (code.isEmpty() != wanted) {
                throw new AssertionError("wanted " + (wanted ? "accepted" : "refused") + ", found "
                        + (code.isEmpty() ? "accepted" : code));
            }
        });
    }
}
