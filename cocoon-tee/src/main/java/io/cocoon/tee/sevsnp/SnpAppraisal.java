package io.cocoon.tee.sevsnp;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.util.EnumSet;
import java.util.Set;

/**
 * What verified SEV-SNP evidence proves: genuine AMD hardware, firmware of at least {@link #reportedTcb}, and a guest whose initial
 * memory has {@link #measurement}. Immutable. Whether that is good enough is a policy's decision; which software runs is not said,
 * see {@link SnpFinding#SOFTWARE_IDENTITY_FIRMWARE_ONLY}. 2026 part of the TEE dossier, 8.11.
 *
 * @param report the report
 * @param endorsement what the certificate of its key says
 * @param reportedTcb proven by the certificate
 * @param currentTcb, committedTcb, launchTcb signed statements of firmware of at least the reported level
 * @param findings what a policy has to judge
 */
public record SnpAppraisal(
        SnpReport report,
        SnpEndorsement endorsement,
        SnpTcb reportedTcb,
        SnpTcb currentTcb,
        SnpTcb committedTcb,
        SnpTcb launchTcb,
        Set<SnpFinding> findings) {

    public SnpAppraisal {
        findings = Set.copyOf(findings);
    }

    static SnpAppraisal of(SnpReport report, SnpEndorsement endorsement) {
        SnpProduct product = endorsement.product();
        return new SnpAppraisal(
                report,
                endorsement,
                SnpTcb.of(product, report.reportedTcb()),
                SnpTcb.of(product, report.currentTcb()),
                SnpTcb.of(product, report.committedTcb()),
                SnpTcb.of(product, report.launchTcb()),
                findings(report));
    }

    private static Set<SnpFinding> findings(SnpReport report) {
        EnumSet<SnpFinding> found = EnumSet.of(SnpFinding.SOFTWARE_IDENTITY_FIRMWARE_ONLY);
        SnpGuestPolicy policy = report.policy();
        add(found, policy.allowsDebug(), SnpFinding.DEBUG);
        add(found, policy.allowsMigrationAgent(), SnpFinding.MIGRATE_MA);
        add(found, policy.allowsSmt(), SnpFinding.SMT);
        add(found, !policy.requiresSingleSocket(), SnpFinding.SEVERAL_SOCKETS);
        add(found, policy.allowsCxl(), SnpFinding.CXL);
        add(found, report.vmpl() != 0, SnpFinding.VMPL);
        boolean isVlek = report.signer() == SnpSigner.VLEK;
        add(found, isVlek, SnpFinding.VLEK);
        add(found, report.chipKeyMasked(), SnpFinding.MASK_CHIP_KEY);
        add(found, !isVlek && report.chipIdMasked(), SnpFinding.CHIP_ID_MASKED);
        boolean isCommitted = report.currentTcb().equals(report.committedTcb())
                && report.currentFirmware().equals(report.committedFirmware());
        add(found, !isCommitted, SnpFinding.PROVISIONAL_FIRMWARE);
        return found;
    }

    private static void add(Set<SnpFinding> found, boolean applies, SnpFinding finding) {
        if (applies) {
            found.add(finding);
        }
    }

    /** Returns the product, on which certificate, chain and (from version 3 on) report agree. */
    public SnpProduct product() {
        return endorsement.product();
    }

    /** Returns which kind of key signed. */
    public SnpSigner signer() {
        return endorsement.signer();
    }

    /** Returns the launch digest, 48 bytes. */
    public Bytes measurement() {
        return report.measurement();
    }

    /** Returns the 64 bytes that the guest gave. */
    public Bytes reportData() {
        return report.reportData();
    }

    /** Returns 32 bytes that the host gave at launch. */
    public Bytes hostData() {
        return report.hostData();
    }

    /** Returns the network's name of what was launched, see {@link SnpReport#imageHash}. */
    public Int256 imageHash() {
        return report.imageHash();
    }
}
