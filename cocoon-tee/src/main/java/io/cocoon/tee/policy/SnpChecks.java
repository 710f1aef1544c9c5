package io.cocoon.tee.policy;

import io.cocoon.tee.sevsnp.SnpGuestPolicy;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.sevsnp.SnpReport;
import io.cocoon.tee.sevsnp.SnpSigner;
import io.cocoon.tee.sevsnp.SnpTcb;
import io.cocoon.tl.Bytes;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What a policy says about a genuine report. 2026 part of the TEE dossier, 8.8. All checks are made, also after a failure. */
final class SnpChecks {

    private static final String DEBUG = "policy.snp.debug";
    private static final String MIGRATION = "policy.snp.migration";
    private static final String GUEST_POLICY = "policy.snp.guest-policy";
    private static final String VMPL = "policy.snp.vmpl";
    private static final String SIGNER = "policy.snp.signer";
    private static final String CHIP = "policy.snp.chip";
    private static final String TCB = "policy.snp.tcb";
    private static final String LAUNCH_TCB = "policy.snp.launch-tcb";
    private static final String FIRMWARE = "policy.snp.firmware";
    private static final String MEASUREMENT = "policy.snp.measurement";
    private static final String SOFTWARE = "policy.snp.software";

    /** What {@link #make} checks. */
    static final List<String> NAMES = List.of(
            DEBUG,
            MIGRATION,
            TdxChecks.IMAGE,
            MEASUREMENT,
            SOFTWARE,
            GUEST_POLICY,
            VMPL,
            SIGNER,
            CHIP,
            TCB,
            LAUNCH_TCB,
            FIRMWARE);

    private static final String RULE = "2026 part of the TEE dossier, 8.8";

    private SnpChecks() {}

    static void make(Checks checks, SnpReport seen, SnpProduct product, AttestationPolicy policy) {
        SnpRules rules = policy.snp();
        SnpGuestPolicy guest = seen.policy();
        checks.check(
                DEBUG,
                !guest.allowsDebug(),
                "POLICY_DEBUG",
                guest.allowsDebug() ? "guest policy " + guest + " with DEBUG" : "no DEBUG",
                "a guest that the host cannot read or change; no policy can allow it",
                RULE + ", D10",
                "the peer has to run without DEBUG; its image hash does not show the difference");
        checks.check(
                MIGRATION,
                !guest.allowsMigrationAgent(),
                "POLICY_MIGRATE_MA",
                guest.allowsMigrationAgent() ? "guest policy " + guest + " with MIGRATE_MA" : "no migration agent",
                "a guest that nobody can move; no policy can allow it",
                RULE,
                "the peer has to run without a migration agent");
        Judge.imageHash(checks, TdxChecks.IMAGE, seen.imageHash(), policy);
        checks.check(
                MEASUREMENT,
                rules.measurements().allows(seen.measurement()),
                "MEASUREMENT",
                seen.measurement().toHex(),
                rules.measurements().describe("measurement"),
                RULE,
                "start the image that the policy lists, with the listed processor type and count, or list this one");
        checks.notApplicable(
                SOFTWARE,
                rules.software() == SnpRules.Software.FIRMWARE_ONLY
                        ? "SOFTWARE IS NOT PROVEN: the policy accepts images whose measurement covers the firmware only;"
                                + " hardware and firmware are attested, the host chooses the kernel"
                        : "a report cannot say what its measurement covers: the policy states that the listed images measure"
                                + " kernel, initial RAM disk and command line",
                "2026 part of the TEE dossier, 6.6, 8.11, D6");
        guestPolicy(checks, guest, rules);
        checks.check(
                VMPL,
                seen.vmpl() <= 3 && rules.vmpls().contains((int) seen.vmpl()),
                "VMPL",
                seen.vmpl() == SnpReport.VMPL_OF_HOST ? "a report that the host asked for" : "level " + seen.vmpl(),
                "one of " + new TreeSet<>(rules.vmpls()),
                RULE,
                "the report has to come from the guest's trusted level");
        boolean vlek = seen.signer() == SnpSigner.VLEK;
        checks.check(
                SIGNER,
                !vlek || rules.allowVlek(),
                "SIGNER_VLEK",
                vlek ? "the key of a cloud provider" : "the key of the chip",
                rules.allowVlek() ? "either" : "the key of the chip",
                RULE,
                "a policy can allow keys of cloud providers (allowVlek)");
        boolean masked = seen.chipIdMasked() || seen.chipKeyMasked();
        checks.check(
                CHIP,
                !masked || rules.allowMaskedChip() || vlek && rules.allowVlek(),
                seen.chipKeyMasked() ? "MASK_CHIP_KEY" : "CHIP_ID_MASKED",
                masked ? "a chip that is not named" : "the chip's id",
                rules.allowMaskedChip() ? "anything" : "the chip's id",
                RULE,
                "a policy can allow masked chips (allowMaskedChip)");
        atLeast(checks, TCB, "TCB_BELOW_MINIMUM", product, seen.reportedTcb(), rules.minimumTcb());
        atLeast(checks, LAUNCH_TCB, "TCB_LAUNCH_BELOW_MINIMUM", product, seen.launchTcb(), rules.minimumLaunchTcb());
        boolean committed = seen.currentTcb().equals(seen.committedTcb());
        checks.check(
                FIRMWARE,
                committed || rules.allowProvisionalFirmware(),
                "PROVISIONAL_FIRMWARE",
                committed ? "committed firmware" : "firmware that is not committed, and can be rolled back",
                rules.allowProvisionalFirmware() ? "anything" : "committed firmware",
                RULE,
                "the peer's operator has to commit the firmware");
    }

    private static void guestPolicy(Checks checks, SnpGuestPolicy guest, SnpRules rules) {
        String code = "";
        String wanted = "SMT " + (rules.allowSmt() ? "may" : "may not") + " be allowed, CXL "
                + (rules.allowCxl() ? "may" : "may not") + ", a single socket "
                + (rules.requireSingleSocket() ? "must" : "need not") + " be demanded";
        if (guest.allowsSmt() && !rules.allowSmt()) {
            code = "POLICY_SMT";
        } else if (guest.allowsCxl() && !rules.allowCxl()) {
            code = "POLICY_CXL";
        } else if (!guest.requiresSingleSocket() && rules.requireSingleSocket()) {
            code = "POLICY_SINGLE_SOCKET";
        }
        checks.check(
                GUEST_POLICY,
                code.isEmpty(),
                code,
                "guest policy " + guest,
                wanted,
                RULE,
                "the peer's operator has to launch the guest with another policy");
    }

    private static void atLeast(
            Checks checks, String name, String code, SnpProduct product, Bytes bytes, Map<SnpProduct, SnpTcb> floors) {
        SnpTcb floor = floors.get(product);
        SnpTcb seen = SnpTcb.of(product, bytes);
        checks.check(
                name,
                floor == null || seen.isAtLeast(floor),
                code,
                product.word() + ": " + seen,
                floor == null ? "anything: the policy sets no least TCB for " + product.word() : "at least " + floor,
                RULE,
                "the peer's operator has to update the platform's firmware");
    }
}
