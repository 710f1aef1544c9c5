package io.cocoon.tee.sevsnp;

/**
 * The POLICY of a guest, which the firmware enforces from its launch on. Immutable. 2026 part of the TEE dossier, 8.1.
 *
 * @param bits as in the report
 */
public record SnpGuestPolicy(long bits) {

    private static final int FIRST_RESERVED = 26;

    /** Returns the lowest minor version of the firmware interface that may run the guest. */
    public int minimumAbiMinor() {
        return (int) (bits & 0xff);
    }

    /** Returns the lowest major version of the firmware interface that may run the guest. */
    public int minimumAbiMajor() {
        return (int) (bits >>> 8 & 0xff);
    }

    private boolean bit(int number) {
        return (bits >>> number & 1) != 0;
    }

    /** Returns whether the guest may run where two threads share a core. */
    public boolean allowsSmt() {
        return bit(16);
    }

    boolean reservedOneIsSet() {
        return bit(17);
    }

    /** Returns whether a migration agent may move the guest, and so learn its memory. */
    public boolean allowsMigrationAgent() {
        return bit(18);
    }

    /** Returns whether the host may read and write the guest's memory and registers: then nothing is confidential. */
    public boolean allowsDebug() {
        return bit(19);
    }

    /** Returns whether the guest may only run on one socket. */
    public boolean requiresSingleSocket() {
        return bit(20);
    }

    /** Returns whether CXL devices may be attached. */
    public boolean allowsCxl() {
        return bit(21);
    }

    /** Returns whether memory must be encrypted with AES-256-XTS. */
    public boolean requiresAes256Xts() {
        return bit(22);
    }

    /** Returns whether power reporting (RAPL) must be off. */
    public boolean requiresRaplOff() {
        return bit(23);
    }

    /** Returns whether the host must not even see ciphertext. */
    public boolean requiresCiphertextHiding() {
        return bit(24);
    }

    /** Returns whether pages may not be swapped out. */
    public boolean disablesPageSwap() {
        return bit(25);
    }

    boolean reservedZerosAreClear() {
        return bits >>> FIRST_RESERVED == 0;
    }

    @Override
    public String toString() {
        return "0x" + Long.toHexString(bits);
    }
}
