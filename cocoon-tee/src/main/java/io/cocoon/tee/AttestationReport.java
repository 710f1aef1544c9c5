package io.cocoon.tee;

import io.cocoon.tl.Int256;
import io.cocoon.transport.PeerIdentity;
import io.cocoon.transport.PeerReport;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What was checked about one peer, in order, and the verdict. Immutable.
 *
 * @param policy the policy's name
 * @param time when the verdict was reached
 * @param accepted what the peer was proven to be, or empty if it was refused
 * @param key the peer's public key; zero if its certificate could not be read
 * @param imageHash hash of the measured image; zero if there is none
 * @param checks in the order in which they were made
 */
public record AttestationReport(
        String policy,
        Instant time,
        Optional<PeerIdentity.Kind> accepted,
        Int256 key,
        Int256 imageHash,
        List<AttestationCheck> checks)
        implements PeerReport {

    public AttestationReport {
        checks = List.copyOf(checks);
    }

    /** Returns the first check that failed. */
    public Optional<AttestationCheck> firstFailure() {
        return checks.stream()
                .filter(check -> check.outcome() == AttestationCheck.Outcome.FAILED)
                .findFirst();
    }

    /** Returns from when the level of the platform's firmware is, if the report has it: TDX only. */
    public Optional<Instant> tcbDate() {
        return checks.stream()
                .filter(check -> check.name().equals("policy.tdx.tcb-date")
                        && check.outcome() != AttestationCheck.Outcome.NOT_APPLICABLE)
                .map(AttestationCheck::seen)
                .findFirst()
                .map(seen -> Instant.parse(seen.substring(seen.lastIndexOf(' ') + 1)));
    }

    /** Returns the verdict in a few words, in capital letters where nothing was proven. */
    public String verdict() {
        if (accepted.isEmpty()) {
            return "REFUSED";
        }
        boolean testRoots = checks.stream()
                .anyMatch(check -> check.name().equals("trust.anchors")
                        && check.outcome() == AttestationCheck.Outcome.NOT_APPLICABLE);
        boolean gpus = checks.stream()
                .anyMatch(check ->
                        check.name().equals("policy.gpu") && check.outcome() == AttestationCheck.Outcome.PASSED);
        return verdict(accepted.get())
                + (gpus
                        ? accepted.get() == PeerIdentity.Kind.UNATTESTED
                                ? "; the GPUs alone are genuine"
                                : ", with GPUs"
                        : "")
                + (testRoots ? ", by TEST ROOTS: proves nothing outside of tests" : "");
    }

    private static String verdict(PeerIdentity.Kind kind) {
        return switch (kind) {
            case UNATTESTED -> "accepted UNATTESTED: nothing was proven about this peer";
            case SIMULATED -> "accepted SIMULATED: its evidence proves nothing; for test networks only";
            case TDX -> "accepted: Intel TDX evidence verified";
            case SEV_SNP -> "accepted: AMD SEV-SNP evidence verified";
        };
    }

    String refusal() {
        return firstFailure()
                .map(check -> "the peer was refused by policy " + policy + ": " + check.name() + " (" + check.code()
                        + "): seen " + check.seen() + "; wanted " + check.wanted()
                        + (check.nextStep().isEmpty() ? "" : "; " + check.nextStep()))
                .orElse("the peer was refused by policy " + policy);
    }

    @Override
    public String toText() {
        StringBuilder text = new StringBuilder(512);
        text.append(key.isZero() ? "Evidence without a key" : "Peer " + key.toHex())
                .append('\n');
        text.append("Verdict: ").append(verdict()).append('\n');
        text.append("Policy: ").append(policy).append(", at ").append(time).append('\n');
        firstFailure()
                .ifPresent(check -> text.append("Reason: ")
                        .append(check.name())
                        .append(" (")
                        .append(check.code())
                        .append(")\n"));
        if (!imageHash.isZero()) {
            text.append("Image: ").append(imageHash.toHex()).append('\n');
        }
        for (AttestationCheck check : checks) {
            String outcome = switch (check.outcome()) {
                case PASSED -> "passed ";
                case FAILED -> "FAILED ";
                case NOT_APPLICABLE -> "not run";
            };
            text.append("  ").append(outcome).append("  ").append(check.name());
            if (!check.code().isEmpty()) {
                text.append(" (").append(check.code()).append(')');
            }
            text.append(": ").append(check.seen());
            if (!check.wanted().isEmpty()) {
                text.append("; wanted ").append(check.wanted());
            }
            text.append(" [").append(check.rule()).append("]\n");
            if (!check.nextStep().isEmpty()) {
                text.append("           next: ").append(check.nextStep()).append('\n');
            }
        }
        return text.toString();
    }

    /** Returns version 1 of the format that docs/attestation.md describes; members may be added, and none is taken away. */
    @Override
    public String toJson() {
        StringBuilder json = new StringBuilder(1024);
        json.append("{\"cocoonAttestationReport\":1,");
        member(json, "verdict", accepted.isPresent() ? "accepted" : "refused").append(',');
        member(json, "kind", accepted.map(Enum::name).orElse("")).append(',');
        member(json, "policy", policy).append(',');
        member(json, "time", time.toString()).append(',');
        member(json, "key", key.toHex()).append(',');
        member(json, "imageHash", imageHash.isZero() ? "" : imageHash.toHex()).append(",\"checks\":[");
        String separator = "";
        for (AttestationCheck check : checks) {
            json.append(separator).append('{');
            member(json, "name", check.name()).append(',');
            member(json, "outcome", check.outcome().name()).append(',');
            member(json, "code", check.code()).append(',');
            member(json, "seen", check.seen()).append(',');
            member(json, "wanted", check.wanted()).append(',');
            member(json, "rule", check.rule()).append(',');
            member(json, "nextStep", check.nextStep()).append('}');
            separator = ",";
        }
        return json.append("]}").toString();
    }

    private static StringBuilder member(StringBuilder json, String name, String value) {
        json.append('"').append(name).append("\":\"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < 0x20 || c >= 0x7f) {
                json.append("\\u%04x".formatted((int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"');
    }
}
