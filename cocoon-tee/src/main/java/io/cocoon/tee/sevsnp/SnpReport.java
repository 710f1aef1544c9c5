package io.cocoon.tee.sevsnp;

import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.math.BigInteger;
import java.util.Optional;

/**
 * An attestation report, read and its form checked, its signature not yet. Immutable. Versions 2, 3, 4 (read as 3) and 5; any
 * other is refused, because a reader of the wrong layout would compare the wrong bytes. 2026 part of the TEE dossier, 8.1.
 *
 * <p>The signature is malleable: another one with the same content verifies too. Nothing may depend on the identity of the raw
 * bytes, so equality is that of objects.
 */
public final class SnpReport {

    /** Length of every report. */
    public static final int BYTES = 1184;

    /** Length of REPORT_DATA. */
    public static final int REPORT_DATA_BYTES = 64;

    /** Length of MEASUREMENT and of the key digests. */
    public static final int DIGEST_BYTES = 48;

    /** VMPL of a report that the host asked for, not the guest. */
    public static final long VMPL_OF_HOST = 0xffff_ffffL;

    private static final int SIGNED_BYTES = 0x2a0;
    private static final int SIGNATURE_PART = 72;
    private static final int R = 0x2a0;
    private static final int S = R + SIGNATURE_PART;
    private static final int COORDINATE = 48;

    /** The order of P-384. FIPS 186-4 D.1.2.4. */
    private static final BigInteger ORDER = new BigInteger(
            "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16);

    private final Bytes raw;
    private final Optional<SnpProduct> product;

    private SnpReport(Bytes raw, Optional<SnpProduct> product) {
        this.raw = raw;
        this.product = product;
    }

    /**
     * Reads a report and checks its form: length, version, algorithm, signer, reserved bytes, range of the signature, product.
     *
     * @throws SnpException with the first rule that is broken, in the order of 8.9
     */
    public static SnpReport parse(Bytes raw) throws SnpException {
        if (raw.length() != BYTES) {
            throw new SnpException("REPORT_LENGTH", raw.length() + " bytes", BYTES + " bytes");
        }
        SnpReport report = new SnpReport(raw, Optional.empty());
        long version = report.unsigned(0);
        if (version < 2 || version > 5) {
            throw new SnpException("REPORT_VERSION", "version " + version, "version 2, 3, 4 or 5");
        }
        long algorithm = report.unsigned(0x034);
        if (algorithm != 1) {
            throw new SnpException("SIGNATURE_ALGORITHM", "algorithm " + algorithm, "1, ECDSA P-384 with SHA-384");
        }
        int signer = report.keyInfo() >> 2 & 7;
        if (signer == 7) {
            throw new SnpException("SIGNER_NONE", "a report that says it is not signed", "signed by a VCEK or a VLEK");
        }
        if (signer > 1) {
            throw new SnpException("SIGNER_RESERVED", "signer " + signer, "0 (VCEK) or 1 (VLEK)");
        }
        if (report.keyInfo() >>> 5 != 0) {
            throw reserved("0x048, upper 27 bits");
        }
        report.requireZero(0x04c, 0x050);
        report.requireZero(version == 2 ? 0x188 : 0x18b, 0x1a0);
        report.requireZero(0x1eb, 0x1ec);
        report.requireZero(0x1ef, 0x1f0);
        report.requireZero(version == 5 ? 0x208 : 0x1f8, SIGNED_BYTES);
        report.requireZero(S + SIGNATURE_PART, BYTES);
        report.requireInRange("r", R);
        report.requireInRange("s", S);
        if (version == 2) {
            return report;
        }
        Optional<SnpProduct> product = SnpProduct.ofCpuid(raw.get(0x188) & 0xff, raw.get(0x189) & 0xff);
        if (product.isEmpty()) {
            throw new SnpException(
                    "PRODUCT_UNKNOWN",
                    "CPUID family, model and stepping " + raw.slice(0x188, 3).toHex(),
                    "family 19h (models 00-1F, A0-AF) or 1Ah (models 00-1F)");
        }
        return new SnpReport(raw, product);
    }

    private static SnpException reserved(String where) {
        return new SnpException("RESERVED_NOT_ZERO", "a reserved byte at " + where + " that is not zero", "zero");
    }

    private void requireZero(int from, int to) throws SnpException {
        for (int i = from; i < to; i++) {
            if (raw.get(i) != 0) {
                throw reserved("0x" + Integer.toHexString(i));
            }
        }
    }

    private void requireInRange(String name, int at) throws SnpException {
        BigInteger value = new BigInteger(1, reversed(at));
        if (value.signum() == 0 || value.compareTo(ORDER) >= 0) {
            throw new SnpException(
                    "SIGNATURE_RANGE",
                    name + (value.signum() == 0 ? " zero" : " of " + value.bitLength() + " bits, not below the order"),
                    "1 to n - 1, little-endian");
        }
    }

    private byte[] reversed(int at) {
        byte[] bytes = new byte[SIGNATURE_PART];
        for (int i = 0; i < SIGNATURE_PART; i++) {
            bytes[i] = raw.get(at + SIGNATURE_PART - 1 - i);
        }
        return bytes;
    }

    private long unsigned(int at) {
        return raw.intLeAt(at) & 0xffff_ffffL;
    }

    private long quad(int at) {
        return unsigned(at) | unsigned(at + 4) << 32;
    }

    private int keyInfo() {
        return raw.intLeAt(0x048);
    }

    private String firmware(int at) {
        return (raw.get(at + 2) & 0xff) + "." + (raw.get(at + 1) & 0xff) + "." + (raw.get(at) & 0xff);
    }

    /** Returns what the signature covers. */
    Bytes signedBytes() {
        return raw.slice(0, SIGNED_BYTES);
    }

    /** Returns r, big-endian, 48 bytes. */
    Bytes r() {
        return Bytes.wrapUnshared(reversed(R), SIGNATURE_PART - COORDINATE, COORDINATE);
    }

    /** Returns s, big-endian, 48 bytes. */
    Bytes s() {
        return Bytes.wrapUnshared(reversed(S), SIGNATURE_PART - COORDINATE, COORDINATE);
    }

    /** Returns the report as it came, signature included. */
    public Bytes raw() {
        return raw;
    }

    /** Returns the product that the CPUID bytes name; empty in version 2, which has none. */
    public Optional<SnpProduct> product() {
        return product;
    }

    /** Returns 2, 3, 4 or 5. */
    public int version() {
        return raw.intLeAt(0);
    }

    /** Returns the guest's own security version, unsigned. */
    public long guestSvn() {
        return unsigned(0x004);
    }

    /** Returns the guest's policy. */
    public SnpGuestPolicy policy() {
        return new SnpGuestPolicy(quad(0x008));
    }

    /** Returns 16 bytes that the image's owner chose. */
    public Bytes familyId() {
        return raw.slice(0x010, 16);
    }

    /** Returns 16 bytes that the image's owner chose. */
    public Bytes imageId() {
        return raw.slice(0x020, 16);
    }

    /** Returns the privilege level that asked for the report: 0 (highest) to 3, or {@link #VMPL_OF_HOST}. */
    public long vmpl() {
        return unsigned(0x030);
    }

    /** Returns the eight bytes of the firmware that runs. */
    public Bytes currentTcb() {
        return raw.slice(0x038, SnpTcb.BYTES);
    }

    /** Returns what the machine says about itself. */
    public SnpPlatformInfo platformInfo() {
        return new SnpPlatformInfo(quad(0x040));
    }

    /** Returns whether AUTHOR_KEY_DIGEST counts. */
    public boolean authorKeyEnabled() {
        return (keyInfo() & 1) != 0;
    }

    /** Returns whether the host had the chip's key masked. */
    public boolean chipKeyMasked() {
        return (keyInfo() & 2) != 0;
    }

    /** Returns which kind of key signed, as the report says. */
    public SnpSigner signer() {
        return (keyInfo() >> 2 & 7) == 1 ? SnpSigner.VLEK : SnpSigner.VCEK;
    }

    /** Returns the 64 bytes that the guest gave. */
    public Bytes reportData() {
        return raw.slice(0x050, REPORT_DATA_BYTES);
    }

    /** Returns the launch digest, 48 bytes. What it covers is said at {@link SnpFinding#SOFTWARE_IDENTITY_FIRMWARE_ONLY}. */
    public Bytes measurement() {
        return raw.slice(0x090, DIGEST_BYTES);
    }

    /** Returns 32 bytes that the host gave at launch. */
    public Bytes hostData() {
        return raw.slice(0x0c0, 32);
    }

    /** Returns the SHA-384 of the key that signed the guest's identity block, or zeros. */
    public Bytes idKeyDigest() {
        return raw.slice(0x0e0, DIGEST_BYTES);
    }

    /** Returns the SHA-384 of the key that certified the identity key, or zeros. */
    public Bytes authorKeyDigest() {
        return raw.slice(0x110, DIGEST_BYTES);
    }

    /** Returns the guest's random name of this run, 32 bytes. */
    public Bytes reportId() {
        return raw.slice(0x140, 32);
    }

    /** Returns the migration agent's report id, 32 bytes; all FF if there is none. */
    public Bytes migrationAgentReportId() {
        return raw.slice(0x160, 32);
    }

    /** Returns the eight bytes of the TCB that the endorsement certificate has to prove. */
    public Bytes reportedTcb() {
        return raw.slice(0x180, SnpTcb.BYTES);
    }

    /** Returns CPUID family, model and stepping; zeros in version 2. */
    public Bytes cpuid() {
        return raw.slice(0x188, 3);
    }

    /** Returns 64 bytes: the chip's id, for Turin 8 bytes and zeros; all zero if the host masked it. */
    public Bytes chipId() {
        return raw.slice(0x1a0, 64);
    }

    /** Returns whether the chip's id is all zero. */
    public boolean chipIdMasked() {
        Bytes id = chipId();
        for (int i = 0; i < id.length(); i++) {
            if (id.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Returns the eight bytes of the firmware below which the machine cannot go back. */
    public Bytes committedTcb() {
        return raw.slice(0x1e0, SnpTcb.BYTES);
    }

    /** Returns the version of the firmware that runs, {@code major.minor.build}. */
    public String currentFirmware() {
        return firmware(0x1e8);
    }

    /** Returns the version of the committed firmware, {@code major.minor.build}. */
    public String committedFirmware() {
        return firmware(0x1ec);
    }

    /** Returns the eight bytes of the firmware that launched the guest. */
    public Bytes launchTcb() {
        return raw.slice(0x1f0, SnpTcb.BYTES);
    }

    /** Returns the mitigations that were active at launch; 0 before version 5. */
    public long launchMitigations() {
        return quad(0x1f8);
    }

    /** Returns the mitigations that are active; 0 before version 5. */
    public long currentMitigations() {
        return quad(0x200);
    }

    /** Returns the network's name of what was launched: SHA-256 of MEASUREMENT and 64 zero bytes. 2026 part, 5.1. */
    public Int256 imageHash() {
        byte[] preimage = new byte[DIGEST_BYTES + REPORT_DATA_BYTES];
        measurement().copyTo(preimage, 0);
        return Int256.of(Signatures.sha256(Bytes.wrapUnshared(preimage)));
    }

    @Override
    public String toString() {
        return "SnpReport[version " + version() + ", measurement "
                + measurement().toHex() + "]";
    }
}
