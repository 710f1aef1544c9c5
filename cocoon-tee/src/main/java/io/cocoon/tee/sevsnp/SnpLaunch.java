package io.cocoon.tee.sevsnp;

import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import java.util.Optional;

/**
 * Computes the MEASUREMENT that a launch will have, so that an operator can list it. Pure functions. One image has as many
 * measurements as there are CPU types and counts (hazard D25). 2026 part of the TEE dossier, 9.
 */
public final class SnpLaunch {

    /** Most virtual CPUs of a guest. */
    public static final int MAX_VCPUS = 8_192;

    /** SEV features of a guest without more than SEV-SNP; QEMU adds 0x20 in some versions. */
    public static final long FEATURES_SNP = 1;

    private static final int DIGEST = SnpReport.DIGEST_BYTES;
    private static final int PAGE_INFO = 0x70;
    private static final int NORMAL = 1;
    private static final int VMSA = 2;
    private static final int ZERO = 3;
    private static final int SECRETS = 5;
    private static final int CPUID = 6;
    private static final long VMSA_ADDRESS = 0xffff_ffff_f000L;
    private static final long RESET_ADDRESS = 0xffff_fff0L;
    private static final long FOUR_GIB = 1L << 32;
    private static final int LAST_PLAIN_FAMILY = 15;
    private static final int MAX_FAMILY = LAST_PLAIN_FAMILY + 255;

    /** Non-zero bytes of a VMSA that no parameter changes: offset, then value. */
    private static final int[] VMSA_BYTES = {
        0x002, 0x93, 0x004, 0xff, 0x005, 0xff, 0x011, 0xf0, 0x012, 0x9b, 0x014, 0xff, 0x015, 0xff, 0x022, 0x93, 0x024,
                0xff,
        0x025, 0xff, 0x032, 0x93, 0x034, 0xff, 0x035, 0xff, 0x042, 0x93, 0x044, 0xff, 0x045, 0xff, 0x052, 0x93, 0x054,
                0xff,
        0x055, 0xff, 0x064, 0xff, 0x065, 0xff, 0x072, 0x82, 0x074, 0xff, 0x075, 0xff, 0x084, 0xff, 0x085, 0xff, 0x092,
                0x8b,
        0x094, 0xff, 0x095, 0xff, 0x0d1, 0x10, 0x148, 0x40, 0x158, 0x10, 0x161, 0x04, 0x168, 0xf0, 0x169, 0x0f, 0x16a,
                0xff,
        0x16b, 0xff, 0x170, 0x02, 0x268, 0x06, 0x269, 0x04, 0x26a, 0x07, 0x26c, 0x06, 0x26d, 0x04, 0x26e, 0x07, 0x3e8,
                0x01,
        0x408, 0x80, 0x409, 0x1f, 0x410, 0x7f, 0x411, 0x03
    };

    private static final Bytes TABLE = Bytes.fromHex("06d63894224fc94cb479a793d411fd21");
    private static final Bytes COMMAND_LINE = Bytes.fromHex("d82dd09720bd944caa78e7714d36ab2a");
    private static final Bytes INITRD = Bytes.fromHex("31f7ba442f3ad74b9af141e29169781d");
    private static final Bytes KERNEL = Bytes.fromHex("3794e74dd2ab7f42b835d5b172d2045b");

    private SnpLaunch() {}

    /**
     * SHA-256 of what is booted.
     *
     * @param kernel of the kernel file
     * @param initrd of the initrd file; of nothing if there is none
     * @param commandLine of the text with one terminating NUL
     */
    public record KernelHashes(Bytes kernel, Bytes initrd, Bytes commandLine) {
        public KernelHashes {
            for (Bytes each : new Bytes[] {kernel, initrd, commandLine}) {
                if (each.length() != 32) {
                    throw new IllegalArgumentException("a SHA-256 has 32 bytes, not " + each.length());
                }
            }
        }

        /** Returns the hashes of the files; no initrd is an empty one. */
        public static KernelHashes of(Bytes kernel, Bytes initrd, String commandLine) {
            return new KernelHashes(
                    hash(kernel), hash(initrd), hash(Bytes.utf8(commandLine).concat(Bytes.copyOf(new byte[1]))));
        }

        private static Bytes hash(Bytes content) {
            return Bytes.wrapUnshared(Signatures.sha256(content));
        }

        /** Returns the table that the firmware compares with what the host hands it, padded to 176 bytes. */
        public Bytes table() {
            Bytes table = TABLE.concat(Bytes.fromHex("a800"));
            table = entry(entry(entry(table, COMMAND_LINE, commandLine), INITRD, initrd), KERNEL, kernel);
            return table.concat(Bytes.copyOf(new byte[8]));
        }

        private static Bytes entry(Bytes table, Bytes guid, Bytes hash) {
            return table.concat(guid).concat(Bytes.fromHex("3200")).concat(hash);
        }
    }

    /**
     * Returns what EAX of CPUID 1 is for a CPU type.
     *
     * @param family in full, 16 to 270
     * @param model in full, 0 to 255
     * @param stepping 0 to 15
     */
    public static int cpuSignature(int family, int model, int stepping) {
        if (family <= LAST_PLAIN_FAMILY || family > MAX_FAMILY || (model & ~0xff) != 0 || (stepping & ~0xf) != 0) {
            throw new IllegalArgumentException("wanted family 16 to 270, model 0 to 255, stepping 0 to 15, not "
                    + family + ", " + model + ", " + stepping);
        }
        return family - LAST_PLAIN_FAMILY << 20
                | model >> 4 << 16
                | LAST_PLAIN_FAMILY << 8
                | (model & 15) << 4
                | stepping;
    }

    /** Returns the digest after the pages of a firmware file alone, which may be published instead of the file. */
    public static Bytes firmwareDigest(Bytes file) {
        if (file.isEmpty() || file.length() % OvmfFirmware.PAGE != 0 || file.length() > OvmfFirmware.MAX_BYTES) {
            throw new IllegalArgumentException("firmware of " + file.length() + " bytes is not whole pages");
        }
        byte[] digest = new byte[DIGEST];
        for (int at = 0; at < file.length(); at += OvmfFirmware.PAGE) {
            digest = normal(digest, file.slice(at, OvmfFirmware.PAGE), FOUR_GIB - file.length() + at);
        }
        return Bytes.wrapUnshared(digest);
    }

    /**
     * Returns the MEASUREMENT of a launch by QEMU.
     *
     * @param firmware the file that is launched
     * @param firmwareDigest {@link #firmwareDigest} of the whole file, where {@code firmware} is only its end
     * @param hashes what is booted, if the guest is launched with kernel hashes
     * @param vcpus 1 to {@link #MAX_VCPUS}
     * @param cpuSignature see {@link #cpuSignature}
     * @param features of SEV, see {@link #FEATURES_SNP}
     * @throws SnpException with code {@code FIRMWARE_FORMAT} if this firmware cannot be launched so
     */
    public static Bytes measurement(
            OvmfFirmware firmware,
            Optional<Bytes> firmwareDigest,
            Optional<KernelHashes> hashes,
            int vcpus,
            int cpuSignature,
            long features)
            throws SnpException {
        if (vcpus < 1 || vcpus > MAX_VCPUS) {
            throw new IllegalArgumentException("wanted 1 to " + MAX_VCPUS + " virtual CPUs, not " + vcpus);
        }
        if (hashes.isPresent() && !firmware.measuresKernel()) {
            throw new SnpException(
                    "FIRMWARE_FORMAT", "no place for kernel hashes", "a build that checks them, as OVMF's AmdSev");
        }
        if (vcpus > 1 && firmware.reset().isEmpty()) {
            throw new SnpException("FIRMWARE_FORMAT", "no reset block", "one, for more than one virtual CPU");
        }
        byte[] digest =
                firmwareDigest.orElseGet(() -> firmwareDigest(firmware.file())).toByteArray();
        for (OvmfFirmware.Section section : firmware.sections()) {
            digest = section(digest, section, firmware, hashes);
        }
        byte[] contents = Signatures.sha384(vmsa(RESET_ADDRESS, cpuSignature, features));
        for (int i = 0; i < vcpus; i++) {
            if (i == 1) {
                contents = Signatures.sha384(vmsa(firmware.reset().getAsLong(), cpuSignature, features));
            }
            digest = page(digest, contents, VMSA, VMSA_ADDRESS);
        }
        return Bytes.wrapUnshared(digest);
    }

    private static byte[] section(
            byte[] digest, OvmfFirmware.Section section, OvmfFirmware firmware, Optional<KernelHashes> hashes)
            throws SnpException {
        boolean isTable = section.kind() == OvmfFirmware.Kind.KERNEL_HASHES && hashes.isPresent();
        if (isTable) {
            int at = (int) (firmware.hashTable().orElse(0) % OvmfFirmware.PAGE);
            Bytes table = hashes.get().table();
            if (section.length() != OvmfFirmware.PAGE || at + table.length() > OvmfFirmware.PAGE) {
                throw new SnpException("FIRMWARE_FORMAT", "a hash table at " + at, "inside of one page");
            }
            byte[] page = new byte[OvmfFirmware.PAGE];
            table.copyTo(page, at);
            return normal(digest, Bytes.wrapUnshared(page), section.address());
        }
        int type = switch (section.kind()) {
            case SECRETS -> SECRETS;
            case CPUID -> CPUID;
            case ZERO, CALLING_AREA, KERNEL_HASHES -> ZERO;
        };
        byte[] next = digest;
        for (long at = 0; at < section.length(); at += OvmfFirmware.PAGE) {
            next = page(next, new byte[DIGEST], type, section.address() + at);
        }
        return next;
    }

    static byte[] normal(byte[] digest, Bytes page, long address) {
        return page(digest, Signatures.sha384(page), NORMAL, address);
    }

    /** One step of the launch digest. */
    static byte[] page(byte[] digest, byte[] contents, int type, long address) {
        byte[] info = new byte[PAGE_INFO];
        System.arraycopy(digest, 0, info, 0, DIGEST);
        System.arraycopy(contents, 0, info, DIGEST, DIGEST);
        info[0x60] = PAGE_INFO;
        info[0x62] = (byte) type;
        put(info, 0x68, address);
        return Signatures.sha384(Bytes.wrapUnshared(info));
    }

    private static void put(byte[] target, int at, long value) {
        for (int i = 0; i < Long.BYTES; i++) {
            target[at + i] = (byte) (value >>> 8 * i);
        }
    }

    /** Returns the first state of a virtual CPU, as QEMU sets it. */
    static Bytes vmsa(long address, int cpuSignature, long features) {
        byte[] page = new byte[OvmfFirmware.PAGE];
        for (int i = 0; i < VMSA_BYTES.length; i += 2) {
            page[VMSA_BYTES[i]] = (byte) VMSA_BYTES[i + 1];
        }
        put(page, 0x18, address & 0xffff_0000L);
        put(page, 0x178, address & 0xffff);
        put(page, 0x310, cpuSignature & 0xffff_ffffL);
        put(page, 0x3b0, features);
        return Bytes.wrapUnshared(page);
    }
}
