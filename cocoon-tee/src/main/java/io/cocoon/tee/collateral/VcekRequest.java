package io.cocoon.tee.collateral;

import io.cocoon.tee.sevsnp.SnpProduct;
import io.cocoon.tl.Bytes;

/**
 * Asks AMD for the certificate of one chip's endorsement key at one firmware level. Only for one's own chip: a peer's
 * certificate travels with its evidence. Immutable. 2026 part of the TEE dossier, 8.3 and 8.7.
 *
 * @param product the chip's product
 * @param chipId 64 bytes, or 8 on Turin
 * @param reportedTcb the 8 bytes REPORTED_TCB of a report: the certificate proves that level and no other (hazard D12)
 */
public record VcekRequest(SnpProduct product, Bytes chipId, Bytes reportedTcb) {

    private static final int REPORT_BYTES = 1184;
    private static final int REPORTED_TCB_AT = 0x180;
    private static final int CHIP_ID_AT = 0x1A0;
    private static final int CHIP_ID_BYTES = 64;
    private static final int TURIN_CHIP_ID_BYTES = 8;
    private static final int TCB_BYTES = 8;

    public VcekRequest {
        int wanted = product == SnpProduct.TURIN ? TURIN_CHIP_ID_BYTES : CHIP_ID_BYTES;
        if (chipId.length() != wanted) {
            throw new IllegalArgumentException(
                    "a chip id of " + product.word() + " has " + wanted + " bytes, got " + chipId.length());
        }
        if (isZero(chipId)) {
            throw new IllegalArgumentException(
                    "the chip id is masked (all zero), so AMD cannot be asked for its certificate; take it from the"
                            + " cloud provider");
        }
        if (reportedTcb.length() != TCB_BYTES) {
            throw new IllegalArgumentException("a TCB has " + TCB_BYTES + " bytes, got " + reportedTcb.length());
        }
        chipId = Bytes.copyOf(chipId.toByteArray());
        reportedTcb = Bytes.copyOf(reportedTcb.toByteArray());
    }

    /**
     * Takes chip and level from a report.
     *
     * @throws IllegalArgumentException if it has not 1184 bytes, or masks its chip
     */
    public static VcekRequest forReport(SnpProduct product, Bytes report) {
        if (report.length() != REPORT_BYTES) {
            throw new IllegalArgumentException("a report has " + REPORT_BYTES + " bytes, got " + report.length());
        }
        return new VcekRequest(
                product,
                report.slice(CHIP_ID_AT, product == SnpProduct.TURIN ? TURIN_CHIP_ID_BYTES : CHIP_ID_BYTES),
                report.slice(REPORTED_TCB_AT, TCB_BYTES));
    }

    /** The part of the address behind the product's: hexadecimal digits and decimal numbers only. */
    String query() {
        boolean turin = product == SnpProduct.TURIN;
        int bootLoader = turin ? 1 : 0;
        int tee = turin ? 2 : 1;
        int snp = turin ? 3 : 6;
        return (turin ? "fmcSPL=" + level(0) + "&" : "") + "blSPL=" + level(bootLoader) + "&teeSPL=" + level(tee)
                + "&snpSPL=" + level(snp) + "&ucodeSPL=" + level(7);
    }

    private int level(int index) {
        return reportedTcb.get(index) & 0xff;
    }

    private static boolean isZero(Bytes bytes) {
        int all = 0;
        for (int i = 0; i < bytes.length(); i++) {
            all |= bytes.get(i);
        }
        return all == 0;
    }
}
