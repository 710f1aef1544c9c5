package io.cocoon.tee.guest;

import io.cocoon.tee.guest.GuestException.Reason;
import io.cocoon.tl.Bytes;

/**
 * The ways out of a guest that pure Java 17 cannot go: ioctls on the guest devices, and vsock sockets. Nothing else in this library
 * needs them: quotes, reports and registers come through files. A program that wants sealing keys implements what it needs, with
 * {@code java.lang.foreign} on JDK 22 and later, with a native library, or with a small relay process; everything around the calls
 * (forms, keys, checks) is here. Methods that are not implemented fail with {@link Reason#NEEDS_NATIVE}.
 *
 * <p>Methods block. Nothing that they return is trusted. Implementations are thread-safe. TEE dossier 9.1, 9.4 and 9.5; its 2026
 * part, 6.1 and 6.5; {@code include/uapi/linux/tdx-guest.h} and {@code sev-guest.h}.
 */
public interface GuestDevice {

    /** The ioctl of {@code /dev/tdx_guest} that makes a local report: {@code _IOWR('T', 1, 1088 bytes)}. */
    long TDX_CMD_GET_REPORT0 = 0xC4405401L;

    /** The length of its argument: 64 bytes of report data in, 1024 bytes of report out. */
    int TDX_REPORT_ARGUMENT_BYTES = 1088;

    /** The ioctl of {@code /dev/sev-guest} that gets a report: {@code _IOWR('S', 0, 32 bytes)}. */
    long SNP_GET_REPORT = 0xC0205300L;

    /** The ioctl of {@code /dev/sev-guest} that derives a key: {@code _IOWR('S', 1, 32 bytes)}. */
    long SNP_GET_DERIVED_KEY = 0xC0205301L;

    /** The ioctl of {@code /dev/sev-guest} that gets a report and the host's certificates: {@code _IOWR('S', 2, 32 bytes)}. */
    long SNP_GET_EXT_REPORT = 0xC0205302L;

    /**
     * The argument of the three ioctls of {@code /dev/sev-guest}: message version (1) as u8 in the first 8 bytes, address of the
     * request as u64, address of the response as u64, errors of firmware and hypervisor as u64.
     */
    int SNP_ARGUMENT_BYTES = 32;

    /** The vsock address of the host's sealing enclave: context id and port. TEE dossier 8.4. */
    int SEAL_CID = 2;

    /** See {@link #SEAL_CID}. */
    int SEAL_PORT = 12_345;

    /** Has none of the ways; every method fails. */
    GuestDevice NONE = new GuestDevice() {};

    /**
     * Gets the local report of a trust domain with {@link #TDX_CMD_GET_REPORT0}.
     *
     * @param reportData 64 bytes
     * @return 1024 bytes
     */
    default Bytes tdReport(Bytes reportData) throws GuestException {
        throw missing("the local report of this trust domain (ioctl TDX_CMD_GET_REPORT0 of /dev/tdx_guest)");
    }

    /**
     * Derives a key with {@link #SNP_GET_DERIVED_KEY}.
     *
     * @param request 32 bytes, see {@link SnpKeyRequest#encode}
     * @return 64 bytes: status u32, 28 reserved bytes, 32 bytes of key. A secret
     */
    default Bytes snpDerivedKey(Bytes request) throws GuestException {
        throw missing("a derived key (ioctl SNP_GET_DERIVED_KEY of /dev/sev-guest)");
    }

    /**
     * Sends one message to the host's sealing enclave ({@link #SEAL_CID}, {@link #SEAL_PORT}) and receives the answer.
     *
     * @param frame what to send: u32 LE length and the message
     * @return the answer in the same form, at most {@link TdxSeal#MAX_FRAME_BYTES} and 4 bytes
     */
    default Bytes seal(Bytes frame) throws GuestException {
        throw missing("an answer of the host's sealing enclave (vsock " + SEAL_CID + ":" + SEAL_PORT + ")");
    }

    private static GuestException missing(String what) {
        return new GuestException(
                Reason.NEEDS_NATIVE,
                "getting " + what,
                "pure Java 17, which has neither ioctl nor vsock",
                "native access",
                "implement GuestDevice: with java.lang.foreign on JDK 22 or later, or over a small relay process");
    }
}
