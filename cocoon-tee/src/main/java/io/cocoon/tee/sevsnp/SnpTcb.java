package io.cocoon.tee.sevsnp;

import io.cocoon.tl.Bytes;

/**
 * The version numbers (SPLs) of the firmware components of one chip. Immutable. They are compared component by component: a
 * TCB is at least another exactly if every component is. 2026 part of the TEE dossier, 8.3.
 *
 * @param fmc first mutable code, 0 to 255; only Turin has it, 0 elsewhere
 * @param bootloader 0 to 255
 * @param tee trusted execution environment, 0 to 255
 * @param snp SEV-SNP firmware, 0 to 255
 * @param microcode 0 to 255
 */
public record SnpTcb(int fmc, int bootloader, int tee, int snp, int microcode) {

    /** Length of a TCB in a report. */
    public static final int BYTES = 8;

    private static final int MAX = 255;

    public SnpTcb {
        if (((fmc | bootloader | tee | snp | microcode) & ~MAX) != 0) {
            throw new IllegalArgumentException("SPLs are 0 to 255, not fmc " + fmc + ", bootloader " + bootloader
                    + ", tee " + tee + ", snp " + snp + ", microcode " + microcode);
        }
    }

    /**
     * Reads the eight bytes of a report in the product's layout. Unused bytes are not looked at, see {@link #unusedAreZero}.
     *
     * @throws IllegalArgumentException if there are not eight bytes
     */
    public static SnpTcb of(SnpProduct product, Bytes bytes) {
        if (bytes.length() != BYTES) {
            throw new IllegalArgumentException("a TCB has " + BYTES + " bytes, not " + bytes.length());
        }
        return product == SnpProduct.TURIN
                ? new SnpTcb(at(bytes, 0), at(bytes, 1), at(bytes, 2), at(bytes, 3), at(bytes, 7))
                : new SnpTcb(0, at(bytes, 0), at(bytes, 1), at(bytes, 6), at(bytes, 7));
    }

    private static int at(Bytes bytes, int index) {
        return bytes.get(index) & MAX;
    }

    static boolean unusedAreZero(SnpProduct product, Bytes bytes) {
        int from = product == SnpProduct.TURIN ? 4 : 2;
        int to = product == SnpProduct.TURIN ? 7 : 6;
        int all = 0;
        for (int i = from; i < to; i++) {
            all |= bytes.get(i);
        }
        return all == 0;
    }

    /** Returns whether every component is at least the other's. */
    public boolean isAtLeast(SnpTcb other) {
        return fmc >= other.fmc
                && bootloader >= other.bootloader
                && tee >= other.tee
                && snp >= other.snp
                && microcode >= other.microcode;
    }

    @Override
    public String toString() {
        return "fmc " + fmc + ", bootloader " + bootloader + ", tee " + tee + ", snp " + snp + ", microcode "
                + microcode;
    }
}
