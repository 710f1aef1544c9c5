package io.cocoon.testkit.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import io.cocoon.tl.Bytes;
import io.cocoon.transport.ProofOfWork;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Probes of recorded routers, and the openings of direct connections: their challenges of proof of work and the answers,
 * the records about peers, and the certificates that were shown, refused or not. TEE dossier 4.4.
 */
final class RouterProbeKind implements ConformanceKind {

    private static final String DECODED = "peerinfo_decoded";
    private static final Instant RECORDED = Instant.parse("2026-11-23T18:00:00Z");

    /**
     * One deliberate difference from the reference.
     *
     * @param code what we refuse by; empty where we accept what the reference refuses
     * @param rule why
     */
    private record Difference(String code, String rule) {}

    private static final Difference NO_EVIDENCE =
            new Difference("EVIDENCE_MISSING", "no evidence is never simulated evidence: TEE dossier 2026, D1");
    private static final Difference INCOMPLETE =
            new Difference("EVIDENCE_INCOMPLETE", "all extensions of a TEE: TEE dossier 2026, 2.7 rule 2");
    private static final Difference NAME = new Difference("", "a dialler does not look at names: TEE dossier 4.3, T29");

    /** Accepted by a reference router, refused here. */
    private static final Map<String, Difference> STRICTER = Map.of(
            "none", NO_EVIDENCE,
            "v3_plain", NO_EVIDENCE,
            "v3_sev_report_only", INCOMPLETE,
            "v3_fake_noclaims", INCOMPLETE,
            "v3_tdx_noclaims", INCOMPLETE,
            "v3_tdx_not_critical",
                    new Difference("EVIDENCE_NOT_CRITICAL", "evidence is critical: TEE dossier 2026, 2.7 rule 1"),
            "v3_tdx_badquote",
                    new Difference("EVIDENCE_NOT_SIMULATED", "simulated evidence is for this key: TEE dossier 2.1"),
            "v3_sev_badreport",
                    new Difference("REPORT_DATA_EXTENSION", "report data of this key: TEE dossier 2026, 2.7 rule 4"));

    /** Refused by a dialling reference router, accepted here. */
    private static final Map<String, Difference> UNNAMED_SERVERS = Map.of("v3_plain", NAME, "v3_ip", NAME);

    /** What the older generation refuses of the newer one, and we take: TEE dossier 2026, 2.6. */
    private static final Set<String> NEWER = Set.of("client_tdx", "proxy_tdx", "client_sev");

    @Override
    public boolean accepts(String path) {
        return path.matches("captures[^/]*/router-probes/.+\\.jsonl") || path.endsWith(".raw.jsonl");
    }

    @Override
    public void check(Path root, String path, ConformanceReport report) throws IOException {
        int number = 0;
        List<JsonNode> lines = JsonLines.read(root.resolve(path));
        ProofOfWork.Challenge[] challenge = new ProofOfWork.Challenge[1];
        for (JsonNode line : lines) {
            String name = "line " + ++number;
            String what = line.path("what").asText();
            String hex = line.path("hex").asText();
            if (what.endsWith("challenge") || hex.startsWith("91128e41") && hex.length() == 48) {
                report.run(path, name, () -> challenge[0] = challenge(JsonLines.hex(line, "hex")));
            } else if (what.equals("solution") && challenge[0] != null) {
                report.run(path, name, () -> checkSolution(line, challenge[0]));
            } else if (what.endsWith("response") && hex.length() == 24) {
                boolean wanted = !closedAtOnce(lines, number);
                report.run(path, name, () -> checkResponse(line, challenge[0], wanted));
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

    /** Returns whether the router's next word after the line of this number was the end of the connection. */
    private static boolean closedAtOnce(List<JsonNode> lines, int number) {
        return number < lines.size()
                && lines.get(number).path("result").asText().equals("eof")
                && lines.get(number).path("hex").asText().isEmpty();
    }

    private static void checkResponse(JsonNode line, ProofOfWork.@Nullable Challenge challenge, boolean wanted) {
        boolean valid;
        try {
            long nonce = ProofOfWork.parseResponse(JsonLines.hex(line, "hex"));
            valid = challenge == null || ProofOfWork.verify(challenge, nonce);
        } catch (IOException e) {
            valid = false;
        }
        JsonLines.requireEqual(wanted, valid, "whether the response is valid");
    }

    /** Reads from the recording whether the router took the certificate: the peer behind it answered. */
    private static boolean taken(JsonNode line, String end) {
        return end.equals("client")
                ? !line.path("reply").asText().isEmpty()
                : !line.has("server_error") && line.path("socks_reply").asText().endsWith(" ok");
    }

    private static void checkShown(String path, String name, JsonNode line, String end, ConformanceReport report) {
        String member = end + "_cert_der_hex_presented";
        if (!line.path(member).isTextual()) {
            return;
        }
        String shown = line.path(end + "_cert").asText().replaceFirst("^v3s_", "v3_");
        String file = path.substring(path.lastIndexOf('/') + 1);
        boolean asClient = end.equals("client");
        report.run(path, name + " " + shown, () -> {
            Bytes der = JsonLines.hex(line, member);
            if (line.has("error") || file.contains("hash")) {
                // Decided before the certificate was shown, or by a list of images; its form is good.
                JsonLines.requireEqual("", CertificateKind.refusal(der, asClient, RECORDED), "code");
                return;
            }
            String code = CertificateKind.verdict(der, asClient, file.contains("fake"), RECORDED);
            boolean reference = taken(line, end);
            if (reference == code.isEmpty()) {
                return;
            }
            Difference difference = difference(file, shown, asClient, reference);
            if (difference == null || !difference.code().equals(code)) {
                throw new AssertionError("the reference " + (reference ? "accepts" : "refuses") + ", we "
                        + (code.isEmpty() ? "accept" : "refuse by " + code) + "; a deliberate difference would be "
                        + difference);
            }
        });
    }

    private static @Nullable Difference difference(String file, String shown, boolean asClient, boolean reference) {
        if (reference) {
            return STRICTER.get(shown);
        }
        if (file.contains("older-router") && NEWER.contains(shown)) {
            return new Difference("", "the older generation does not read the newer evidence: TEE dossier 2026, 2.6");
        }
        return asClient ? null : UNNAMED_SERVERS.get(shown);
    }
}
