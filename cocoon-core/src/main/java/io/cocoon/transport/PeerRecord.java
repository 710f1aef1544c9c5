package io.cocoon.transport;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import io.cocoon.tl.TlException;
import io.cocoon.tl.TlReader;
import io.cocoon.tl.TlWriter;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;

/**
 * What a router writes in front of the frames: who its peer is. Both generations. Wire dossier 4.5, and 11.2 of its 2026
 * part.
 *
 * <p>Nothing protects the record; who can connect can write it (hazard H23). A report whose measurements are all zero is
 * never attested: all zero stands for no evidence, zero with report data for simulated evidence (N14). Immutable.
 *
 * @param generation which program writes or wrote it
 * @param evidence what kind of report it carries
 * @param measurements the report without its report data: 384 bytes of TDX, 32 of SGX, 48 of SEV-SNP, none if none
 * @param reportData 64 bytes, none if there is no evidence
 * @param collateralRootHash 48 bytes; none with SEV-SNP, which has no such field
 * @param publicKey the peer's Ed25519 key, 32 bytes
 * @param sourceIp as text, of who opened the connection
 * @param sourcePort of who opened the connection
 * @param destinationIp as text, of who accepted it
 * @param destinationPort of who accepted it
 */
public record PeerRecord(
        Generation generation,
        Evidence evidence,
        Bytes measurements,
        Bytes reportData,
        Bytes collateralRootHash,
        Bytes publicKey,
        String sourceIp,
        int sourcePort,
        String destinationIp,
        int destinationPort) {

    /** The generations of the record. */
    public enum Generation {
        /** Of December 2025: none, TDX or SGX. */
        FIRST,
        /** Of April 2026: TDX or SEV-SNP; no evidence is a zero TDX report. */
        SECOND
    }

    /** The kinds of report. */
    public enum Evidence {
        /** No report. */
        NONE(0),
        /** Intel TDX. */
        TDX(8 * 48),
        /** Intel SGX, first generation only. */
        SGX(32),
        /** AMD SEV-SNP, second generation only. */
        SEV_SNP(48);

        private final int measurementBytes;

        Evidence(int measurementBytes) {
            this.measurementBytes = measurementBytes;
        }
    }

    /** The largest body, in bytes, behind its length of four bytes. */
    public static final int MAX_BODY_BYTES = 16_536;

    private static final int REPORT_DATA_BYTES = 64;
    private static final int ROOT_HASH_BYTES = 48;
    private static final int KEY_BYTES = 32;

    public PeerRecord {
        requireLength("measurements", measurements, evidence.measurementBytes);
        requireLength("report data", reportData, evidence == Evidence.NONE ? 0 : REPORT_DATA_BYTES);
        requireLength("collateral root hash", collateralRootHash, evidence == Evidence.SEV_SNP ? 0 : ROOT_HASH_BYTES);
        requireLength("public key", publicKey, KEY_BYTES);
        if (generation == Generation.FIRST ? evidence == Evidence.SEV_SNP : evidence == Evidence.SGX) {
            throw new IllegalArgumentException("the " + generation + " generation does not know " + evidence);
        }
    }

    private static void requireLength(String what, Bytes value, int length) {
        if (value.length() != length) {
            throw new IllegalArgumentException(what + " has " + value.length() + " bytes; wanted are " + length);
        }
    }

    /** Returns a record of a peer without evidence. */
    public static PeerRecord unattested(
            Generation generation,
            Bytes publicKey,
            String sourceIp,
            int sourcePort,
            String destinationIp,
            int destinationPort) {
        boolean first = generation == Generation.FIRST;
        return new PeerRecord(
                generation,
                first ? Evidence.NONE : Evidence.TDX,
                first ? Bytes.empty() : zeros(Evidence.TDX.measurementBytes),
                first ? Bytes.empty() : zeros(REPORT_DATA_BYTES),
                zeros(ROOT_HASH_BYTES),
                publicKey,
                sourceIp,
                sourcePort,
                destinationIp,
                destinationPort);
    }

    /**
     * Reads the body of a record, without its length.
     *
     * @throws TlException if it is anything else, or longer than it should be
     */
    public static PeerRecord parse(Bytes body) throws TlException {
        if (body.length() > MAX_BODY_BYTES) {
            throw new TlException("a peer record of " + body.length() + " bytes is above " + MAX_BODY_BYTES, 0);
        }
        TlReader in = new TlReader(body);
        int format = in.readInt();
        if (format < 0 || format > 2) {
            throw new TlException("unknown format " + format + " of a peer record; known are 0, 1 and 2", 0);
        }
        Evidence evidence = format == 0 ? Evidence.NONE : readKind(in, format);
        int reportBytes = evidence == Evidence.NONE ? 0 : REPORT_DATA_BYTES;
        int rootBytes = evidence == Evidence.SEV_SNP ? 0 : ROOT_HASH_BYTES;
        int from = in.offset();
        int fixed = evidence.measurementBytes + reportBytes + rootBytes;
        if (in.remaining() < fixed) {
            throw new TlException("a peer record that ends in its report", body.length());
        }
        in = new TlReader(body.sliceFrom(from + fixed));
        Bytes key = in.readBytes();
        if (key.length() != KEY_BYTES) {
            throw new TlException("a public key of " + key.length() + " bytes; wanted are 32", from + fixed);
        }
        PeerRecord record = new PeerRecord(
                format == 2 ? Generation.SECOND : Generation.FIRST,
                evidence,
                body.slice(from, evidence.measurementBytes),
                body.slice(from + evidence.measurementBytes, reportBytes),
                body.slice(from + evidence.measurementBytes + reportBytes, rootBytes),
                key,
                in.readString(),
                in.readInt(),
                in.readString(),
                in.readInt());
        in.expectEnd();
        return record;
    }

    private static Evidence readKind(TlReader in, int format) throws TlException {
        int kind = in.readInt();
        if (kind == 0) {
            return Evidence.TDX;
        }
        if (kind == 1) {
            return format == 1 ? Evidence.SGX : Evidence.SEV_SNP;
        }
        throw new TlException("unknown kind " + kind + " of evidence in a peer record; known are 0 and 1", 4);
    }

    /** Returns the record as a router writes it: the length, then the body. */
    public Bytes toBytes() {
        TlWriter out = new TlWriter(640).writeInt(0);
        if (generation == Generation.SECOND) {
            out.writeInt(2).writeInt(evidence == Evidence.TDX ? 0 : 1);
        } else if (evidence == Evidence.NONE) {
            out.writeInt(0);
        } else {
            out.writeInt(1).writeInt(evidence == Evidence.TDX ? 0 : 1);
        }
        out.writeRaw(measurements).writeRaw(reportData).writeRaw(collateralRootHash);
        out.writeBytes(publicKey).writeString(sourceIp).writeInt(sourcePort);
        out.writeString(destinationIp).writeInt(destinationPort);
        out.patchInt(0, out.length() - 4);
        return out.seal();
    }

    /** Returns SHA-256 of the measurements and 64 zero bytes; {@link Int256#ZERO} without evidence. TEE dossier 3.4. */
    public Int256 imageHash() {
        if (evidence == Evidence.NONE) {
            return Int256.ZERO;
        }
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(measurements.toByteArray());
            return Int256.of(sha256.digest(new byte[REPORT_DATA_BYTES]));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * Returns who the peer is, as the router says. SGX counts as unattested: nothing here has a policy for it.
     *
     * <p>A zero TDX or SEV-SNP report has an image hash like any other, which a careless list could contain; here it is
     * unattested, and simulated if it has report data, whatever a list says.
     */
    public PeerIdentity identity() {
        PeerIdentity.Kind kind = kind();
        return new PeerIdentity(
                kind,
                PeerIdentity.Source.ROUTER,
                publicKey,
                kind == PeerIdentity.Kind.UNATTESTED ? Int256.ZERO : imageHash(),
                Optional.empty());
    }

    private PeerIdentity.Kind kind() {
        if (evidence == Evidence.NONE || evidence == Evidence.SGX) {
            return PeerIdentity.Kind.UNATTESTED;
        }
        if (!isZero(measurements)) {
            return evidence == Evidence.TDX ? PeerIdentity.Kind.TDX : PeerIdentity.Kind.SEV_SNP;
        }
        return isZero(reportData) ? PeerIdentity.Kind.UNATTESTED : PeerIdentity.Kind.SIMULATED;
    }

    private static boolean isZero(Bytes bytes) {
        for (int i = 0; i < bytes.length(); i++) {
            if (bytes.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    private static Bytes zeros(int count) {
        return Bytes.wrapUnshared(new byte[count]);
    }
}
