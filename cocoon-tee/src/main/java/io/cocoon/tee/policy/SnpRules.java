package io.cocoon.tee.policy;

import io.cocoon.tee.sevsnp.SnpFinding;
import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tee.sevsnp.SnpRequirements;
import io.cocoon.tee.sevsnp.SnpTcb;
import io.cocoon.tl.Bytes;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a policy demands of a SEV-SNP guest, beside its image. Immutable. 2026 part of the TEE dossier, 8.8 and 8.11.
 *
 * <p>DEBUG and MIGRATE_MA in the guest's policy have no member here: they are always refused.
 *
 * @param software what the listed images cover
 * @param measurements allowed launch digests, 48 bytes each
 * @param idKeyDigests allowed digests of the key that signed the launch's identity block, 48 bytes each
 * @param authorKeyDigests allowed digests of the key that signed that key, 48 bytes each; a guest without one is refused by a list
 * @param hostData allowed data that the host gave at launch, 32 bytes each
 * @param minimumTcb the least REPORTED_TCB of each product; a product without an entry has none
 * @param minimumLaunchTcb the least LAUNCH_TCB of each product
 * @param vmpls allowed privilege levels, 0 to 3
 * @param allowSmt whether the guest's policy may allow simultaneous multithreading
 * @param requireSingleSocket whether the guest's policy must demand one socket
 * @param allowCxl whether the guest's policy may allow CXL memory
 * @param allowVlek whether a cloud provider's key may have signed instead of the chip's
 * @param allowMaskedChip whether the chip's identity may be masked
 * @param allowProvisionalFirmware whether the running firmware may be another than the committed one
 */
public record SnpRules(
        Software software,
        AllowList<Bytes> measurements,
        AllowList<Bytes> idKeyDigests,
        AllowList<Bytes> authorKeyDigests,
        AllowList<Bytes> hostData,
        Map<SnpProduct, SnpTcb> minimumTcb,
        Map<SnpProduct, SnpTcb> minimumLaunchTcb,
        Set<Integer> vmpls,
        boolean allowSmt,
        boolean requireSingleSocket,
        boolean allowCxl,
        boolean allowVlek,
        boolean allowMaskedChip,
        boolean allowProvisionalFirmware) {

    static final int HOST_DATA_BYTES = 32;

    /** What the measurement of the allowed images covers. The report cannot say it; the operator has to. */
    public enum Software {
        /** Firmware with a section for kernel hashes, and the hashes in it: kernel, initial RAM disk, command line. */
        MEASURED_BOOT("measured-boot"),
        /**
         * Firmware alone, as in the reference's image of April 2026 (D6): the host can boot any kernel under the same hash.
         * Genuine hardware is proven, the software is not.
         */
        FIRMWARE_ONLY("firmware-only-accepted");

        private final String word;

        Software(String word) {
            this.word = word;
        }

        /** Returns the word for it in policy files. */
        public String word() {
            return word;
        }
    }

    /** The defaults of the dossier's table, for images whose measurement covers what is booted. */
    public static final SnpRules STRICT = new SnpRules(
            Software.MEASURED_BOOT,
            AllowList.any(),
            AllowList.any(),
            AllowList.any(),
            AllowList.any(),
            Map.of(),
            Map.of(),
            Set.of(0),
            true,
            false,
            false,
            false,
            false,
            true);

    /**
     * Returns these rules as the requirements that evidence is judged by. DEBUG and MIGRATE_MA stay refused, as the requirements
     * have it by default; the image is judged by the policy, because it has one list for all kinds of hardware.
     */
    SnpRequirements requirements() {
        SnpRequirements.Builder wanted = SnpRequirements.builder()
                .accept(SnpFinding.SMT, allowSmt)
                .accept(SnpFinding.SEVERAL_SOCKETS, !requireSingleSocket)
                .accept(SnpFinding.CXL, allowCxl)
                .accept(SnpFinding.VLEK, allowVlek)
                .accept(SnpFinding.MASK_CHIP_KEY, allowMaskedChip)
                .accept(SnpFinding.CHIP_ID_MASKED, allowMaskedChip)
                .accept(SnpFinding.PROVISIONAL_FIRMWARE, allowProvisionalFirmware)
                .vmpls(vmpls.stream().map(Integer::longValue).collect(Collectors.toSet()));
        minimumTcb.forEach(wanted::minimumTcb);
        minimumLaunchTcb.forEach(wanted::minimumLaunchTcb);
        if (!measurements.isAny()) {
            wanted.measurements(measurements.values());
        }
        if (!idKeyDigests.isAny()) {
            wanted.idKeyDigests(idKeyDigests.values());
        }
        if (!authorKeyDigests.isAny()) {
            wanted.authorKeyDigests(authorKeyDigests.values());
        }
        if (!hostData.isAny()) {
            wanted.hostData(hostData.values());
        }
        return wanted.build();
    }

    /**
     * @throws IllegalArgumentException if a length or a level is out of its range
     */
    public SnpRules {
        minimumTcb = Map.copyOf(minimumTcb);
        minimumLaunchTcb = Map.copyOf(minimumLaunchTcb);
        vmpls = Set.copyOf(vmpls);
        requireLength("a measurement", TdxRules.REGISTER_BYTES, measurements);
        requireLength("an id key digest", TdxRules.REGISTER_BYTES, idKeyDigests);
        requireLength("an author key digest", TdxRules.REGISTER_BYTES, authorKeyDigests);
        requireLength("host data", HOST_DATA_BYTES, hostData);
        for (int vmpl : vmpls) {
            if (vmpl < 0 || vmpl > 3) {
                throw new IllegalArgumentException("a VMPL is 0 to 3, got " + vmpl);
            }
        }
    }

    private static void requireLength(String what, int bytes, AllowList<Bytes> list) {
        for (Bytes value : list.values()) {
            if (value.length() != bytes) {
                throw new IllegalArgumentException(what + " has " + bytes + " bytes, this has " + value.length());
            }
        }
    }
}
