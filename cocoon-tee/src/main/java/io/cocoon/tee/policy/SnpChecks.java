package io.cocoon.tee.policy;

import io.cocoon.tee.sevsnp.SnpAppraisal;
import io.cocoon.tee.sevsnp.SnpRequirements;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What a policy says about a genuine report. 2026 part of the TEE dossier, 8.8. All checks are made, also after a failure. */
final class SnpChecks {

    private static final String SOFTWARE = "policy.snp.software";

    /** What {@link #make} checks. */
    static final List<String> NAMES = Stream.concat(
                    Stream.of(TdxChecks.IMAGE, SOFTWARE), SnpRequirements.CHECKS.stream())
            .toList();

    private SnpChecks() {}

    static void make(Checks checks, SnpAppraisal seen, AttestationPolicy policy) {
        Judge.imageHash(checks, TdxChecks.IMAGE, seen.imageHash(), policy);
        checks.notApplicable(
                SOFTWARE,
                policy.snp().software() == SnpRules.Software.FIRMWARE_ONLY
                        ? "SOFTWARE IS NOT PROVEN: the policy accepts images whose measurement covers the firmware only;"
                                + " hardware and firmware are attested, the host chooses the kernel"
                        : "a report cannot say what its measurement covers: the policy states that the listed images measure"
                                + " kernel, initial RAM disk and command line",
                "2026 part of the TEE dossier, 6.6, 8.11, D6");
        checks.add(policy.snp().requirements().judge(seen, Optional.empty()));
    }
}
