package io.cocoon.tee.nvidia;

import io.cocoon.tl.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A GPU's answer to SPDM 1.1 GET_MEASUREMENTS, together with the question: what a GPU signs. Parsed, not verified: {@link
 * GpuVerifier} does that. Every length adds up exactly, or there is no report. Immutable. TEE dossier 10.2 and its 2026
 * part, 10.2; DMTF DSP0274 1.1.
 */
public final class GpuReport {

    /** Longest report that is read, in bytes; NVIDIA's driver has room for as many. */
    public static final int MAX_LENGTH = 0x2000;

    /** How many measurement blocks a GPU has. */
    public static final int BLOCKS = 64;

    /** Size of every measurement, SHA-384, in bytes. */
    public static final int MEASUREMENT_LENGTH = 48;

    /** Size of the nonce, in bytes. */
    public static final int NONCE_LENGTH = 32;

    private static final int SIGNATURE_LENGTH = 96;
    private static final int SPDM_VERSION = 0x11;
    private static final int GET_MEASUREMENTS = 0xe0;
    private static final int MEASUREMENTS = 0x60;
    private static final int SIGNATURE_REQUESTED = 1;
    private static final int ALL_MEASUREMENTS = 0xff;
    private static final int DMTF = 1;
    private static final int MUTABLE_FIRMWARE = 1;
    private static final int BLOCK_HEADER = 4;
    private static final int VALUE_HEADER = 3;
    private static final int FIELD_HEADER = 4;
    private static final int NEWEST_OPAQUE_DATA = 1;
    private static final int MAX_TEXT = 64;
    private static final String RULE = "TEE dossier 10.2; DSP0274 1.1, GET_MEASUREMENTS";

    private final Bytes signedPart;
    private final Bytes requesterNonce;
    private final Bytes responderNonce;
    private final SortedMap<Integer, Bytes> measurements;
    private final SortedMap<Integer, Bytes> opaque;
    private final Bytes signature;

    private GpuReport(
            Bytes whole,
            Bytes responderNonce,
            SortedMap<Integer, Bytes> measurements,
            SortedMap<Integer, Bytes> opaque) {
        int signed = whole.length() - SIGNATURE_LENGTH;
        this.signedPart = whole.slice(0, signed);
        this.signature = whole.slice(signed, SIGNATURE_LENGTH);
        this.requesterNonce = whole.slice(4, NONCE_LENGTH);
        this.responderNonce = responderNonce;
        this.measurements = Collections.unmodifiableSortedMap(measurements);
        this.opaque = Collections.unmodifiableSortedMap(opaque);
    }

    /**
     * Parses the report of a GPU: request, then response.
     *
     * @throws GpuEvidenceException with code {@code FORMAT} if anything is not as it must be
     */
    public static GpuReport parse(Bytes report) throws GpuEvidenceException {
        return parse(report, BLOCKS);
    }

    /**
     * Parses the report of an NVSwitch, which has fewer blocks. For looking at it: there is no verifier of switches here.
     *
     * @throws GpuEvidenceException with code {@code FORMAT} if anything is not as it must be
     */
    public static GpuReport parseSwitch(Bytes report) throws GpuEvidenceException {
        return parse(report, -1);
    }

    private static GpuReport parse(Bytes report, int blocks) throws GpuEvidenceException {
        if (report.length() > MAX_LENGTH) {
            throw refusal("a report of " + report.length() + " bytes", "at most " + MAX_LENGTH);
        }
        Cursor in = new Cursor(report);
        in.expect(SPDM_VERSION, "SPDM version of the request");
        in.expect(GET_MEASUREMENTS, "request code");
        in.expect(SIGNATURE_REQUESTED, "request attributes");
        in.expect(ALL_MEASUREMENTS, "measurement operation");
        in.take(NONCE_LENGTH, "request nonce");
        in.expect(0, "slot of the request");
        in.expect(SPDM_VERSION, "SPDM version of the response");
        in.expect(MEASUREMENTS, "response code");
        in.expect(0, "first parameter of the response");
        in.expect(0, "slot of the response");
        int count = in.u8("number of blocks");
        if (blocks >= 0 && count != blocks) {
            throw refusal(count + " measurement blocks", String.valueOf(blocks));
        }
        int recordLength = in.u24("record length");
        SortedMap<Integer, Bytes> measurements = readBlocks(in.take(recordLength, "measurement record"), count);
        Bytes responderNonce = in.take(NONCE_LENGTH, "responder nonce");
        int opaqueLength = in.u16("opaque length");
        SortedMap<Integer, Bytes> opaque = readOpaque(in.take(opaqueLength, "opaque data"));
        in.take(SIGNATURE_LENGTH, "signature");
        in.expectEnd("the signature");
        return new GpuReport(report, responderNonce, measurements, opaque);
    }

    private static SortedMap<Integer, Bytes> readBlocks(Bytes record, int count) throws GpuEvidenceException {
        int blockLength = BLOCK_HEADER + VALUE_HEADER + MEASUREMENT_LENGTH;
        if (record.length() != count * blockLength) {
            throw refusal(
                    "a measurement record of " + record.length() + " bytes for " + count + " blocks",
                    count * blockLength + " bytes");
        }
        SortedMap<Integer, Bytes> measurements = new TreeMap<>();
        Cursor in = new Cursor(record);
        for (int i = 0; i < count; i++) {
            int index = in.u8("index of a block");
            if (index == 0) {
                throw refusal("a measurement block with index 0", "1 or more");
            }
            in.expect(DMTF, "measurement specification of block " + index);
            in.expect16(VALUE_HEADER + MEASUREMENT_LENGTH, "size of block " + index);
            in.expect(MUTABLE_FIRMWARE, "value type of block " + index);
            in.expect16(MEASUREMENT_LENGTH, "value size of block " + index);
            if (measurements.put(index, in.take(MEASUREMENT_LENGTH, "measurement")) != null) {
                throw refusal("two measurement blocks with index " + index, "one");
            }
        }
        return measurements;
    }

    /**
     * Reads the opaque data of a response: fields of (type, size, value), each type at most once.
     *
     * @throws GpuEvidenceException with code {@code FORMAT}
     */
    static SortedMap<Integer, Bytes> readOpaque(Bytes data) throws GpuEvidenceException {
        SortedMap<Integer, Bytes> fields = new TreeMap<>();
        Cursor in = new Cursor(data);
        while (in.remaining() > 0) {
            if (in.remaining() < FIELD_HEADER) {
                throw refusal(in.remaining() + " bytes after the last opaque field", "none");
            }
            int type = in.u16("type of an opaque field");
            int size = in.u16("size of an opaque field");
            if (fields.put(type, in.take(size, "opaque field " + type)) != null) {
                throw refusal("opaque field " + type + " twice", "once");
            }
        }
        checkFields(fields);
        return fields;
    }

    private static void checkFields(SortedMap<Integer, Bytes> fields) throws GpuEvidenceException {
        Bytes version = fields.get(OpaqueField.OPAQUE_DATA_VERSION.type());
        if (version != null && (version.length() != 2 || u16(version) > NEWEST_OPAQUE_DATA)) {
            throw refusal("opaque data of version " + hex(version), "two bytes, at most " + NEWEST_OPAQUE_DATA);
        }
        Bytes feature = fields.get(OpaqueField.FEATURE_FLAG.type());
        if (feature != null && (feature.length() != 2 || u16(feature) > 2)) {
            throw refusal("feature flag " + hex(feature), "two bytes, 0 to 2");
        }
        Bytes fwid = fields.get(OpaqueField.FWID.type());
        if (fwid != null && fwid.length() != MEASUREMENT_LENGTH) {
            throw refusal("an FWID of " + fwid.length() + " bytes", String.valueOf(MEASUREMENT_LENGTH));
        }
    }

    private static int u16(Bytes value) {
        return (value.get(0) & 0xff) | (value.get(1) & 0xff) << 8;
    }

    private static String hex(Bytes value) {
        return value.length() <= 16 ? value.toHex() : "of " + value.length() + " bytes";
    }

    static GpuEvidenceException refusal(String seen, String wanted) {
        return new GpuEvidenceException("FORMAT", seen, wanted, RULE);
    }

    /** Returns the nonce that the verifier asked with, 32 bytes. */
    public Bytes requesterNonce() {
        return requesterNonce;
    }

    /** Returns the nonce that the GPU chose, 32 bytes. */
    public Bytes responderNonce() {
        return responderNonce;
    }

    /** Returns the measurements of 48 bytes by the index of their block, from 1 on. */
    public SortedMap<Integer, Bytes> measurements() {
        return measurements;
    }

    /** Returns the opaque fields by type; those without a name too. */
    public SortedMap<Integer, Bytes> opaque() {
        return opaque;
    }

    /** Returns one opaque field. */
    public Optional<Bytes> opaque(OpaqueField field) {
        return Optional.ofNullable(opaque.get(field.type()));
    }

    /** Returns r then s, 96 bytes. */
    public Bytes signature() {
        return signature;
    }

    /** Returns what the signature covers: request and response up to the signature. */
    public Bytes signedPart() {
        return signedPart;
    }

    /**
     * Returns a text field.
     *
     * @throws GpuEvidenceException with code {@code FORMAT} if it is absent or not printable ASCII with NUL bytes behind it
     */
    public String text(OpaqueField field) throws GpuEvidenceException {
        Bytes value = opaque.get(field.type());
        if (value == null) {
            throw refusal("no opaque field " + field, "one");
        }
        int end = value.length();
        while (end > 0 && value.get(end - 1) == 0) {
            end--;
        }
        if (end == value.length() || end == 0 || end > MAX_TEXT) {
            throw refusal(
                    "opaque field " + field + " of " + end + " characters and " + (value.length() - end) + " NUL bytes",
                    "1 to " + MAX_TEXT + " characters and a NUL byte");
        }
        for (int i = 0; i < end; i++) {
            if (value.get(i) <= ' ' || value.get(i) >= 0x7f) {
                throw refusal("opaque field " + field + " with byte " + (value.get(i) & 0xff), "printable ASCII");
            }
        }
        return new String(value.slice(0, end).toByteArray(), StandardCharsets.US_ASCII);
    }

    /**
     * Returns the driver's version, for example {@code 550.90.07}.
     *
     * @throws GpuEvidenceException with code {@code FORMAT} if the report has none
     */
    public String driverVersion() throws GpuEvidenceException {
        return text(OpaqueField.DRIVER_VERSION);
    }

    /**
     * Returns the VBIOS version, for example {@code 96.00.74.00.20}. Of the 16 hexadecimal digits of the field read as one
     * little-endian number, it is the last eight, then digits 7 and 8.
     *
     * @throws GpuEvidenceException with code {@code FORMAT} if the report has none of eight bytes
     */
    public String vbiosVersion() throws GpuEvidenceException {
        Bytes value = opaque.get(OpaqueField.VBIOS_VERSION.type());
        if (value == null || value.length() != 8) {
            throw refusal(
                    value == null ? "no VBIOS version" : "a VBIOS version of " + value.length() + " bytes", "8 bytes");
        }
        return String.format(
                Locale.ROOT,
                "%02X.%02X.%02X.%02X.%02X",
                value.get(3),
                value.get(2),
                value.get(1),
                value.get(0),
                value.get(4));
    }

    /**
     * Returns the name of the chip: that of the report, or the generation's.
     *
     * @throws GpuEvidenceException with code {@code FORMAT} if the report's is not text
     */
    public String chip(GpuArchitecture architecture) throws GpuEvidenceException {
        return opaque(OpaqueField.CHIP_INFO).isPresent() ? text(OpaqueField.CHIP_INFO) : architecture.chip();
    }

    /**
     * Returns the id of the driver's manifest at NVIDIA's RIM service, for example {@code NV_GPU_DRIVER_GH100_550.90.07}.
     *
     * @throws GpuEvidenceException with code {@code FORMAT} if a field is missing or no text
     */
    public String driverRimId(GpuArchitecture architecture) throws GpuEvidenceException {
        return switch (architecture) {
            case HOPPER -> idPart("NV_GPU_DRIVER_GH100_" + driverVersion());
            case BLACKWELL -> idPart("NV_GPU_CC_DRIVER_" + chip(architecture) + "_" + driverVersion());
        };
    }

    /**
     * Returns the id of the VBIOS's manifest, for example {@code NV_GPU_VBIOS_1010_0200_882_96005E0001}.
     *
     * @throws GpuEvidenceException with code {@code FORMAT} if a field is missing or no text
     */
    public String vbiosRimId() throws GpuEvidenceException {
        String id = "NV_GPU_VBIOS_" + text(OpaqueField.PROJECT) + "_" + text(OpaqueField.PROJECT_SKU) + "_"
                + text(OpaqueField.CHIP_SKU) + "_" + vbiosVersion().replace(".", "");
        return idPart(id.toUpperCase(Locale.ROOT));
    }

    /** An id becomes part of an address: nothing but letters, digits, dots, dashes and underscores gets there. */
    private static String idPart(String id) throws GpuEvidenceException {
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
            if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-') {
                throw refusal("a manifest id with character " + (int) c, "letters, digits, '.', '_' and '-'");
            }
        }
        if (id.contains("..")) {
            throw refusal("a manifest id with two dots", "single dots");
        }
        return id;
    }

    /** Walks forward; every read is checked against what is left. */
    private static final class Cursor {

        private final Bytes source;
        private int at;

        Cursor(Bytes source) {
            this.source = source;
        }

        int remaining() {
            return source.length() - at;
        }

        Bytes take(int count, String what) throws GpuEvidenceException {
            if (count > remaining()) {
                throw refusal(what + " of " + count + " bytes where " + remaining() + " are left", "one that fits");
            }
            at += count;
            return source.slice(at - count, count);
        }

        int u8(String what) throws GpuEvidenceException {
            return take(1, what).get(0) & 0xff;
        }

        int u16(String what) throws GpuEvidenceException {
            return GpuReport.u16(take(2, what));
        }

        int u24(String what) throws GpuEvidenceException {
            return u16(what) | u8(what) << 16;
        }

        void expect(int wanted, String what) throws GpuEvidenceException {
            int seen = u8(what);
            if (seen != wanted) {
                throw refusal(what + " " + seen, String.valueOf(wanted));
            }
        }

        void expect16(int wanted, String what) throws GpuEvidenceException {
            int seen = u16(what);
            if (seen != wanted) {
                throw refusal(what + " " + seen, String.valueOf(wanted));
            }
        }

        void expectEnd(String what) throws GpuEvidenceException {
            if (remaining() > 0) {
                throw refusal(remaining() + " bytes after " + what, "none");
            }
        }
    }
}
