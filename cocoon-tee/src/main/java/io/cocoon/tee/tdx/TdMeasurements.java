package io.cocoon.tee.tdx;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * What a trust domain is made of: eight registers of 48 bytes. Immutable. TEE dossier 3.1 and 8.1.
 *
 * @param mrTd the firmware
 * @param mrConfigId set by the host when the domain is made
 * @param mrOwner set by the host
 * @param mrOwnerConfig set by the host
 * @param rtmr0 firmware configuration
 * @param rtmr1 kernel
 * @param rtmr2 initial RAM disk and kernel command line
 * @param rtmr3 log of the running system
 */
public record TdMeasurements(
        Bytes mrTd,
        Bytes mrConfigId,
        Bytes mrOwner,
        Bytes mrOwnerConfig,
        Bytes rtmr0,
        Bytes rtmr1,
        Bytes rtmr2,
        Bytes rtmr3) {

    /** Length of each register. */
    public static final int REGISTER_BYTES = 48;

    /** Length of all registers, one behind the other, as they stand in quotes and reports. */
    static final int BYTES = 8 * REGISTER_BYTES;

    private static final int REPORT_DATA_BYTES = 64;

    /**
     * @throws IllegalArgumentException if a register has another length than 48 bytes
     */
    public TdMeasurements {
        for (Bytes register : List.of(mrTd, mrConfigId, mrOwner, mrOwnerConfig, rtmr0, rtmr1, rtmr2, rtmr3)) {
            if (register.length() != REGISTER_BYTES) {
                throw new IllegalArgumentException(
                        "a register has " + REGISTER_BYTES + " bytes, this has " + register.length());
            }
        }
    }

    /** Reads eight registers, one behind the other. */
    static TdMeasurements read(Bytes source, int at) {
        Bytes[] register = new Bytes[8];
        for (int i = 0; i < register.length; i++) {
            register[i] = source.slice(at + i * REGISTER_BYTES, REGISTER_BYTES);
        }
        return new TdMeasurements(
                register[0], register[1], register[2], register[3], register[4], register[5], register[6], register[7]);
    }

    /** Returns the four run-time registers, 0 to 3. */
    public List<Bytes> rtmrs() {
        return List.of(rtmr0, rtmr1, rtmr2, rtmr3);
    }

    /**
     * Returns the image hash: SHA-256 of the eight registers and 64 zero bytes (TEE dossier 3.4). It covers neither the
     * attributes of the domain nor the report data.
     */
    public Int256 imageHash() {
        byte[] content = new byte[BYTES + REPORT_DATA_BYTES];
        int at = 0;
        for (Bytes register : List.of(mrTd, mrConfigId, mrOwner, mrOwnerConfig, rtmr0, rtmr1, rtmr2, rtmr3)) {
            register.copyTo(content, at);
            at += REGISTER_BYTES;
        }
        return sha256(content);
    }

    static Int256 sha256(byte[] content) {
        try {
            return Int256.of(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
