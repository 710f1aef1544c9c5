package io.cocoon.tee.tdx;

import io.cocoon.tee.internal.Signatures;
import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;
import java.util.Optional;

/**
 * A TDREPORT: what the TDX module gives a domain about itself. Its MAC can only be checked on the same machine, so it proves
 * nothing to anybody else. Immutable. TEE dossier 3.3.
 *
 * @param version 0 for TDX 1.0, 1 for TDX 1.5
 * @param cpuSvn 16 bytes
 * @param teeTcbInfoHash 48 bytes, SHA-384 of the TEE TCB info
 * @param teeInfoHash 48 bytes, SHA-384 of the domain's part
 * @param reportData 64 bytes that the domain chose
 * @param mac 32 bytes
 * @param teeTcbSvn 16 bytes: versions of the TDX module and of microcode at launch
 * @param teeTcbSvn2 the same of the module that runs now; TDX 1.5 only
 * @param tdAttributes bits of the domain
 * @param xfam the extended features that the domain may use
 * @param measurements the eight registers
 * @param serviceTdHash 48 bytes, the service domains bound to this one; TDX 1.5 only
 * @param hashesMatch whether both hashes are those of what the report holds
 */
public record TdReport(
        int version,
        Bytes cpuSvn,
        Bytes teeTcbInfoHash,
        Bytes teeInfoHash,
        Bytes reportData,
        Bytes mac,
        Bytes teeTcbSvn,
        Optional<Bytes> teeTcbSvn2,
        long tdAttributes,
        long xfam,
        TdMeasurements measurements,
        Optional<Bytes> serviceTdHash,
        boolean hashesMatch) {

    /** Length of every report. */
    public static final int BYTES = 1_024;

    private static final int TYPE_TDX = 0x81;
    private static final int TCB_INFO_AT = 256;
    private static final int TCB_INFO_BYTES = 239;
    private static final int TD_INFO_AT = 512;

    /**
     * Reads a report.
     *
     * @throws TdxQuoteException with code {@code QUOTE_MALFORMED} for another length or type, {@code QUOTE_UNSUPPORTED} for
     *     another version
     */
    public static TdReport parse(Bytes report) throws TdxQuoteException {
        if (report.length() != BYTES) {
            throw new TdxQuoteException(new TdxRefusal(
                    TdxError.QUOTE_MALFORMED, "a report of " + report.length() + " bytes", BYTES + " bytes"));
        }
        int type = report.get(0) & 0xff;
        int subtype = report.get(1) & 0xff;
        if (type != TYPE_TDX || subtype != 0) {
            throw new TdxQuoteException(new TdxRefusal(
                    TdxError.QUOTE_MALFORMED, "a report of type " + type + "." + subtype, "type " + TYPE_TDX + ".0"));
        }
        int version = report.get(2) & 0xff;
        if (version > 1) {
            throw new TdxQuoteException(new TdxRefusal(
                    TdxError.QUOTE_UNSUPPORTED, "a report of version " + version, "0 (TDX 1.0) or 1 (TDX 1.5)"));
        }
        Bytes teeTcbInfoHash = report.slice(32, 48);
        Bytes teeInfoHash = report.slice(80, 48);
        return new TdReport(
                version,
                report.slice(16, 16),
                teeTcbInfoHash,
                teeInfoHash,
                report.slice(128, 64),
                report.slice(224, 32),
                report.slice(TCB_INFO_AT + 8, 16),
                version == 1 ? Optional.of(report.slice(TCB_INFO_AT + 128, 16)) : Optional.empty(),
                TdBody.longLe(report, TD_INFO_AT),
                TdBody.longLe(report, TD_INFO_AT + 8),
                TdMeasurements.read(report, TD_INFO_AT + 16),
                version == 1 ? Optional.of(report.slice(912, 48)) : Optional.empty(),
                isHash(teeTcbInfoHash, report.slice(TCB_INFO_AT, TCB_INFO_BYTES))
                        && isHash(teeInfoHash, report.sliceFrom(TD_INFO_AT)));
    }

    private static boolean isHash(Bytes hash, Bytes content) {
        return hash.equals(Bytes.wrapUnshared(Signatures.sha384(content)));
    }

    /** Returns the image hash; see {@link TdMeasurements#imageHash}. */
    public Int256 imageHash() {
        return measurements.imageHash();
    }
}
