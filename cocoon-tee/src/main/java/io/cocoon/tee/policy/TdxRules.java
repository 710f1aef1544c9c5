package io.cocoon.tee.policy;

import io.cocoon.tee.tdx.TcbStatus;
import io.cocoon.tee.tdx.TdFinding;
import io.cocoon.tee.tdx.TdxTrust;
import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a policy demands of a trust domain, beside its image. Immutable. TEE dossier 7.7 to 7.9.
 *
 * @param mrTd allowed firmware, 48 bytes each
 * @param rtmrs allowed sets of the four run-time registers, 48 bytes each
 * @param toleratedDays for each tolerated status, how many days after the date of the TCB level that was reached; the status
 *     UpToDate needs no entry, and Revoked cannot have one
 * @param minimumTcbEvaluation the least {@code tcbEvaluationDataNumber}; 0 for none. Older collateral is validly signed
 *     until it expires and can hide an advisory
 * @param minimumTcbDate the least date of the TCB level; {@link Instant#EPOCH} for none
 * @param refusedAdvisories Intel's ids, for example {@code INTEL-SA-00960}
 * @param toleratedFindings never one of the debug group, nor a bound service domain
 * @param serviceTds values of MR_SERVICETD that are allowed, 48 bytes each; zero, no service domain, always is
 * @param collateralRoots SHA-384 of allowed root keys, 48 bytes each
 */
public record TdxRules(
        AllowList<Bytes> mrTd,
        AllowList<List<Bytes>> rtmrs,
        Map<TcbStatus, Integer> toleratedDays,
        int minimumTcbEvaluation,
        Instant minimumTcbDate,
        Set<String> refusedAdvisories,
        Set<TdFinding> toleratedFindings,
        Set<Bytes> serviceTds,
        Set<Bytes> collateralRoots) {

    /** Length of registers and hashes. */
    static final int REGISTER_BYTES = 48;

    /** How many run-time registers there are. */
    static final int RTMRS = 4;

    /** Longest tolerance of a status. */
    public static final int MAX_DAYS = 3_650;

    /** What no policy can tolerate. */
    static final Set<TdFinding> NEVER = Set.copyOf(EnumSet.of(
            TdFinding.TD_DEBUG,
            TdFinding.TD_PROFILING_OR_RESERVED,
            TdFinding.ENCLAVE_DEBUG,
            TdFinding.TD_SERVICE_TD_BOUND));

    /** Only UpToDate, no finding, Intel's root; firmware and registers are left to the image hash, which covers them. */
    public static final TdxRules STRICT = new TdxRules(
            AllowList.any(),
            AllowList.any(),
            Map.of(),
            0,
            Instant.EPOCH,
            Set.of(),
            Set.of(),
            Set.of(),
            Set.of(TdxTrust.intel().rootHash()));

    /**
     * @throws IllegalArgumentException if a length, a number or a tolerance is out of its range
     */
    public TdxRules {
        toleratedDays = Map.copyOf(toleratedDays);
        refusedAdvisories = Set.copyOf(refusedAdvisories);
        toleratedFindings = Set.copyOf(toleratedFindings);
        serviceTds = Set.copyOf(serviceTds);
        collateralRoots = Set.copyOf(collateralRoots);
        mrTd.values().forEach(value -> requireRegister("MRTD", value));
        for (List<Bytes> set : rtmrs.values()) {
            if (set.size() != RTMRS) {
                throw new IllegalArgumentException(
                        "a set of RTMRs has " + RTMRS + " registers, this has " + set.size());
            }
            set.forEach(value -> requireRegister("RTMR", value));
        }
        serviceTds.forEach(value -> requireRegister("MR_SERVICETD", value));
        collateralRoots.forEach(value -> requireRegister("a collateral root hash", value));
        refusedAdvisories.forEach(PolicyJson::requireAdvisory);
        toleratedDays.forEach((status, days) -> {
            if (status == TcbStatus.REVOKED) {
                throw new IllegalArgumentException("a revoked platform cannot be tolerated");
            }
            if (status == TcbStatus.UP_TO_DATE) {
                throw new IllegalArgumentException("UpToDate is good by itself and needs no tolerance");
            }
            if (days < 0 || days > MAX_DAYS) {
                throw new IllegalArgumentException(
                        status.word() + " can be tolerated for 0 to " + MAX_DAYS + " days, got " + days);
            }
        });
        for (TdFinding finding : toleratedFindings) {
            if (NEVER.contains(finding)) {
                throw new IllegalArgumentException(
                        finding == TdFinding.TD_SERVICE_TD_BOUND
                                ? "a service domain is allowed by its value (serviceTds), not as a finding"
                                : finding + " cannot be tolerated: the host could read what is inside");
            }
        }
        if (minimumTcbEvaluation < 0) {
            throw new IllegalArgumentException("a TCB evaluation number is 0 or more, got " + minimumTcbEvaluation);
        }
    }

    private static void requireRegister(String what, Bytes value) {
        if (value.length() != REGISTER_BYTES) {
            throw new IllegalArgumentException(what + " has " + REGISTER_BYTES + " bytes, this has " + value.length());
        }
    }
}
