package io.cocoon.tee.sevsnp;

/**
 * What the machine says about itself. Immutable. Unknown bits are no error: genuine Turin machines set one. 2026 part of the
 * TEE dossier, 8.1.
 *
 * @param bits as in the report
 */
public record SnpPlatformInfo(long bits) {

    private boolean bit(int number) {
        return (bits >>> number & 1) != 0;
    }

    /** Returns whether two threads share a core. */
    public boolean smt() {
        return bit(0);
    }

    /** Returns whether transparent memory encryption is on. */
    public boolean tsme() {
        return bit(1);
    }

    /** Returns whether memory has error correction. */
    public boolean ecc() {
        return bit(2);
    }

    /** Returns whether power reporting (RAPL) is off. */
    public boolean raplOff() {
        return bit(3);
    }

    /** Returns whether the host cannot see ciphertext. */
    public boolean ciphertextHiding() {
        return bit(4);
    }

    /** Returns whether the firmware checked that no two addresses reach the same memory. */
    public boolean aliasesChecked() {
        return bit(5);
    }

    /** Returns whether trusted input and output is on. */
    public boolean trustedIo() {
        return bit(7);
    }

    @Override
    public String toString() {
        return "0x" + Long.toHexString(bits);
    }
}
