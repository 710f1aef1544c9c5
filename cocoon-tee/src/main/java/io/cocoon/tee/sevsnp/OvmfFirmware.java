package io.cocoon.tee.sevsnp;

import io.cocoon.tl.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a firmware file (OVMF) says about how a guest is launched from it. Immutable. Every offset and count is checked before it is
 * used. 2026 part of the TEE dossier, 9.2.
 */
public final class OvmfFirmware {

    /** Longest file that is read, in bytes. */
    public static final int MAX_BYTES = 64 * 1024 * 1024;

    /** Length of a page, of which a file has a whole number. */
    public static final int PAGE = 4096;

    /** Most sections of a file's metadata. */
    public static final int MAX_SECTIONS = 64;

    /** Most bytes of all sections together. */
    public static final long MAX_SECTION_BYTES = 256L * 1024 * 1024;

    private static final int FOOTER_FROM_END = 32;
    private static final int ENTRY_HEAD = 18;
    private static final Bytes FOOTER = Bytes.fromHex("de82b596b21ff745baeaa366c55a082d");
    private static final Bytes HASH_TABLE = Bytes.fromHex("1f3755723b3a044b927b1da6efa8d454");
    private static final Bytes METADATA = Bytes.fromHex("666588dc4a989847a75e5585a7bf67cc");
    private static final Bytes RESET_BLOCK = Bytes.fromHex("de71f7007e1acb4f890e68c77e2fb44e");
    private static final int SIGNATURE = 0x56455341;

    /** Kinds of sections. */
    enum Kind {
        ZERO(1),
        SECRETS(2),
        CPUID(3),
        CALLING_AREA(4),
        KERNEL_HASHES(0x10);

        private final int number;

        Kind(int number) {
            this.number = number;
        }
    }

    /** One range of guest memory that is measured at launch; address and length are whole pages. */
    record Section(long address, long length, Kind kind) {}

    private final Bytes file;
    private final List<Section> sections;
    private final OptionalLong hashTable;
    private final OptionalLong reset;

    private OvmfFirmware(Bytes file, List<Section> sections, OptionalLong hashTable, OptionalLong reset) {
        this.file = file;
        this.sections = List.copyOf(sections);
        this.hashTable = hashTable;
        this.reset = reset;
    }

    /**
     * Reads a file.
     *
     * @throws SnpException with code {@code FIRMWARE_FORMAT} if the file is not such firmware
     */
    public static OvmfFirmware parse(Bytes file) throws SnpException {
        if (file.isEmpty() || file.length() > MAX_BYTES || file.length() % PAGE != 0) {
            throw format("a file of " + file.length() + " bytes", "whole pages, at most " + MAX_BYTES + " bytes");
        }
        int end = file.length() - FOOTER_FROM_END;
        if (!file.slice(end - 16, 16).equals(FOOTER)) {
            throw format("no table at its end", "the table of OVMF 32 bytes before the end");
        }
        int total = size(file, end);
        if (total < ENTRY_HEAD || total > end) {
            throw format("a table of " + total + " bytes", ENTRY_HEAD + " to " + end + " bytes");
        }
        int start = end - total;
        int at = end - ENTRY_HEAD;
        OptionalLong hashTable = OptionalLong.empty();
        OptionalLong reset = OptionalLong.empty();
        OptionalLong metadata = OptionalLong.empty();
        while (at > start) {
            if (at - start < ENTRY_HEAD) {
                throw format("a table entry cut off", "whole entries");
            }
            int size = size(file, at);
            if (size < ENTRY_HEAD || size > at - start) {
                throw format("a table entry of " + size + " bytes", ENTRY_HEAD + " to " + (at - start));
            }
            Bytes guid = file.slice(at - 16, 16);
            Bytes data = file.slice(at - size, size - ENTRY_HEAD);
            if (guid.equals(HASH_TABLE)) {
                long address = number(data, 8);
                hashTable = address == 0 ? OptionalLong.empty() : OptionalLong.of(address);
            } else if (guid.equals(RESET_BLOCK)) {
                reset = OptionalLong.of(number(data, 4));
            } else if (guid.equals(METADATA)) {
                metadata = OptionalLong.of(number(data, 4));
            }
            at -= size;
        }
        if (metadata.isEmpty()) {
            throw format("no SEV metadata", "metadata of SEV-SNP");
        }
        return new OvmfFirmware(file, sections(file, metadata.getAsLong()), hashTable, reset);
    }

    private static SnpException format(String seen, String wanted) {
        return new SnpException("FIRMWARE_FORMAT", seen, wanted);
    }

    private static int size(Bytes file, int end) {
        return file.get(end - ENTRY_HEAD) & 0xff | (file.get(end - ENTRY_HEAD + 1) & 0xff) << 8;
    }

    /** Reads the first four bytes of an entry, which must have so many. */
    private static long number(Bytes data, int length) throws SnpException {
        if (data.length() != length) {
            throw format("table data of " + data.length() + " bytes", length + " bytes");
        }
        return data.intLeAt(0) & 0xffff_ffffL;
    }

    private static List<Section> sections(Bytes file, long fromEnd) throws SnpException {
        if (fromEnd < 16 || fromEnd > file.length()) {
            throw format("metadata " + fromEnd + " bytes before the end", "inside of the file");
        }
        Bytes rest = file.sliceFrom((int) (file.length() - fromEnd));
        long count = rest.intLeAt(12) & 0xffff_ffffL;
        if (rest.intLeAt(0) != SIGNATURE || rest.intLeAt(8) != 1 || count > MAX_SECTIONS) {
            throw format("metadata of another kind or with " + count + " sections", "ASEV, version 1, at most 64");
        }
        if (16 + 12 * count > rest.length()) {
            throw format("metadata cut off", count + " sections");
        }
        List<Section> sections = new ArrayList<>();
        long total = 0;
        for (int i = 0; i < count; i++) {
            long address = rest.intLeAt(16 + 12 * i) & 0xffff_ffffL;
            long length = rest.intLeAt(20 + 12 * i) & 0xffff_ffffL;
            Kind kind = kind(rest.intLeAt(24 + 12 * i));
            total += length;
            boolean onePage = kind == Kind.SECRETS || kind == Kind.CPUID;
            if (address % PAGE != 0
                    || length == 0
                    || length % PAGE != 0
                    || total > MAX_SECTION_BYTES
                    || (onePage && length != PAGE)) {
                throw format("a section of " + length + " bytes at " + address, "whole pages, at most 256 MiB in all");
            }
            sections.add(new Section(address, length, kind));
        }
        return sections;
    }

    private static Kind kind(int number) throws SnpException {
        for (Kind kind : Kind.values()) {
            if (kind.number == number) {
                return kind;
            }
        }
        throw format("a section of kind " + number, "kind 1, 2, 3, 4 or 16");
    }

    Bytes file() {
        return file;
    }

    List<Section> sections() {
        return sections;
    }

    /** Returns where the table of kernel hashes goes, if the firmware checks one. */
    OptionalLong hashTable() {
        return hashTable;
    }

    /** Returns where virtual CPUs other than the first start. */
    OptionalLong reset() {
        return reset;
    }

    /** Returns whether the firmware can be launched with kernel hashes; without them the host chooses any kernel. */
    public boolean measuresKernel() {
        return hashTable.isPresent() && sections.stream().anyMatch(each -> each.kind() == Kind.KERNEL_HASHES);
    }
}
