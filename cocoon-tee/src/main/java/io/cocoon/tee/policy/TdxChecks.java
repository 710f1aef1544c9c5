package io.cocoon.tee.policy;

import io.cocoon.tee.tdx.TcbStatus;
import io.cocoon.tee.tdx.TdBody;
import io.cocoon.tee.tdx.TdFinding;
import io.cocoon.tee.tdx.TdxAppraisal;
import io.cocoon.tl.Bytes;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What a policy says about a genuine quote. All checks are made, also after one that failed: a report shows everything. */
final class TdxChecks {

    static final String IMAGE = "policy.image-hash";
    private static final String MRTD = "policy.tdx.mrtd";
    private static final String RTMRS = "policy.tdx.rtmrs";
    private static final String ROOT = "policy.tdx.collateral-root";
    private static final String STATUS = "policy.tdx.tcb-status";
    private static final String CURRENT = "policy.tdx.tcb-status-current";
    private static final String EVALUATION = "policy.tdx.tcb-evaluation";
    private static final String DATE = "policy.tdx.tcb-date";
    private static final String ADVISORIES = "policy.tdx.advisories";
    private static final String DEBUG = "policy.tdx.debug";
    private static final String ATTRIBUTES = "policy.tdx.attributes";
    private static final String SERVICE_TD = "policy.tdx.service-td";

    /** What {@link #make} checks. */
    static final List<String> NAMES = List.of(
            DEBUG, IMAGE, MRTD, RTMRS, ROOT, STATUS, CURRENT, EVALUATION, DATE, ADVISORIES, ATTRIBUTES, SERVICE_TD);

    private static final String TCB_RULE = "TEE dossier 7.7, 7.8";
    private static final String ATTRIBUTE_RULE = "TEE dossier 7.9, T2";
    private static final Set<TdFinding> DEBUG_GROUP =
            EnumSet.of(TdFinding.TD_DEBUG, TdFinding.TD_PROFILING_OR_RESERVED, TdFinding.ENCLAVE_DEBUG);

    private TdxChecks() {}

    static void make(Checks checks, TdxAppraisal seen, TdBody body, AttestationPolicy policy, Instant time) {
        TdxRules rules = policy.tdx();
        debug(checks, seen);
        Judge.imageHash(checks, IMAGE, seen.imageHash(), policy);
        checks.check(
                MRTD,
                rules.mrTd().allows(body.measurements().mrTd()),
                "MRTD",
                body.measurements().mrTd().toHex(),
                rules.mrTd().describe("firmware hash"),
                "TEE dossier 5.1, 8.1",
                "start the domain with firmware that the policy lists, or list it");
        checks.check(
                RTMRS,
                rules.rtmrs().allows(body.measurements().rtmrs()),
                "RTMRS",
                String.join(
                        " ",
                        body.measurements().rtmrs().stream().map(Bytes::toHex).toList()),
                rules.rtmrs().describe("set of registers"),
                "TEE dossier 5.1, 8.1",
                "start the image that the policy lists, in a machine of the listed shape, or list these registers");
        checks.check(
                ROOT,
                rules.collateralRoots().contains(seen.collateralRootHash()),
                "COLLATERAL_ROOT",
                seen.collateralRootHash().toHex(),
                "one of " + rules.collateralRoots().size() + " root keys",
                "TEE dossier 3.5, T13",
                "take collateral that Intel signed, or list this root on purpose");
        status(checks, STATUS, seen.status(), seen, rules, time);
        Optional<TcbStatus> current = seen.currentStatus();
        if (current.isPresent()) {
            status(checks, CURRENT, current.get(), seen, rules, time);
        } else {
            checks.notApplicable(CURRENT, "only quotes of TD 1.5 tell the level of the module that runs now", TCB_RULE);
        }
        checks.check(
                EVALUATION,
                seen.tcbEvaluationNumber() >= rules.minimumTcbEvaluation(),
                "TCB_EVALUATION",
                "evaluation " + seen.tcbEvaluationNumber(),
                "at least " + rules.minimumTcbEvaluation(),
                TCB_RULE,
                "get newer collateral: an older set can hide an advisory");
        checks.check(
                DATE,
                !seen.tcbDate().isBefore(rules.minimumTcbDate()),
                "TCB_DATE",
                "a TCB level of " + seen.tcbDate(),
                "not before " + rules.minimumTcbDate(),
                TCB_RULE,
                "the peer's operator has to update the platform's firmware");
        advisories(checks, seen, rules);
        attributes(checks, seen, rules);
        serviceTd(checks, body, rules);
    }

    private static void debug(Checks checks, TdxAppraisal seen) {
        List<TdFinding> found =
                seen.findings().stream().filter(DEBUG_GROUP::contains).toList();
        checks.check(
                DEBUG,
                found.isEmpty(),
                found.isEmpty() ? "" : found.get(0).name(),
                found.isEmpty() ? "no debug attribute" : String.valueOf(found),
                "a domain that the host can neither read, change nor profile; no policy can allow it",
                ATTRIBUTE_RULE,
                "the peer has to run without debugging; its image hash does not show the difference");
    }

    private static void status(
            Checks checks, String name, TcbStatus status, TdxAppraisal seen, TdxRules rules, Instant time) {
        String advisories = seen.advisoryIds().isEmpty() ? "" : ", advisories " + seen.advisoryIds();
        String shown = status.word() + " (platform " + seen.platformStatus().word() + ", module "
                + seen.moduleStatus().map(TcbStatus::word).orElse("none") + ", QE "
                + seen.qeStatus().word() + advisories + ")";
        if (status == TcbStatus.UP_TO_DATE) {
            checks.check(name, true, "", shown, "UpToDate", TCB_RULE, "");
            return;
        }
        Integer days = rules.toleratedDays().get(status);
        if (days == null || status == TcbStatus.REVOKED) {
            checks.check(
                    name,
                    false,
                    "TCB_STATUS",
                    shown,
                    rules.toleratedDays().isEmpty()
                            ? "UpToDate"
                            : "UpToDate, or one of "
                                    + new TreeSet<>(rules.toleratedDays().keySet().stream()
                                            .map(TcbStatus::word)
                                            .toList()),
                    TCB_RULE,
                    "the peer's operator has to update or configure the platform; a policy can tolerate a status by name");
            return;
        }
        Instant end = seen.tcbDate().plus(Duration.ofDays(days));
        checks.check(
                name,
                !time.isAfter(end),
                "TCB_GRACE_OVER",
                shown + ", TCB level of " + seen.tcbDate(),
                "tolerated for " + days + " days after that date, until " + end,
                TCB_RULE,
                "the time of tolerance is over: the peer's operator has to update the platform");
    }

    private static void advisories(Checks checks, TdxAppraisal seen, TdxRules rules) {
        Set<String> refused = new TreeSet<>(seen.advisoryIds());
        refused.retainAll(rules.refusedAdvisories());
        checks.check(
                ADVISORIES,
                refused.isEmpty(),
                "ADVISORY",
                refused.isEmpty() ? seen.advisoryIds().size() + " advisories " + seen.advisoryIds() : "" + refused,
                rules.refusedAdvisories().isEmpty()
                        ? "anything: the policy refuses no advisory"
                        : "none of " + new TreeSet<>(rules.refusedAdvisories()),
                TCB_RULE,
                "the peer's operator has to apply Intel's advisory");
    }

    private static void attributes(Checks checks, TdxAppraisal seen, TdxRules rules) {
        List<TdFinding> found = seen.findings().stream()
                .filter(finding -> !DEBUG_GROUP.contains(finding) && finding != TdFinding.TD_SERVICE_TD_BOUND)
                .toList();
        Optional<TdFinding> refused = found.stream()
                .filter(finding -> !rules.toleratedFindings().contains(finding))
                .findFirst();
        checks.check(
                ATTRIBUTES,
                refused.isEmpty(),
                refused.map(Enum::name).orElse(""),
                found.isEmpty() ? "no finding" : String.valueOf(found),
                rules.toleratedFindings().isEmpty()
                        ? "no finding"
                        : "none but " + new TreeSet<>(rules.toleratedFindings()),
                ATTRIBUTE_RULE,
                "the peer's operator has to start the domain with other attributes; a policy can tolerate a finding by name");
    }

    private static void serviceTd(Checks checks, TdBody body, TdxRules rules) {
        Optional<Bytes> bound = body.mrServiceTd().filter(value -> !isZero(value));
        checks.check(
                SERVICE_TD,
                bound.isEmpty() || rules.serviceTds().contains(bound.get()),
                TdFinding.TD_SERVICE_TD_BOUND.name(),
                bound.map(value -> "service domain " + value.toHex()).orElse("no service domain is bound"),
                rules.serviceTds().isEmpty()
                        ? "none"
                        : "none, or one of " + rules.serviceTds().size() + " values",
                ATTRIBUTE_RULE,
                "a service domain can move the domain elsewhere; a policy can allow one by its value");
    }

    private static boolean isZero(Bytes bytes) {
        for (int i = 0; i < bytes.length(); i++) {
            if (bytes.get(i) != 0) {
                return false;
            }
        }
        return true;
    }
}
