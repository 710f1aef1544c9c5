package io.cocoon.tee.tdx;

import io.cocoon.tl.Bytes;
import io.cocoon.tl.Int256;

/**
 * The report of an SGX enclave: what an SGX quote vouches for, and in every quote the report of the quoting enclave. Immutable.
 * TEE dossier 7.1.
 *
 * @param cpuSvn 16 bytes
 * @param miscSelect 4 bytes
 * @param attributes 16 bytes; bit 1 is DEBUG
 * @param mrEnclave 32 bytes, the enclave
 * @param mrSigner 32 bytes, who signed it
 * @param isvProdId the signer's number of the product
 * @param isvSvn the signer's security version of it
 * @param reportData 64 bytes that the enclave chose
 */
public record SgxBody(
        Bytes cpuSvn,
        Bytes miscSelect,
        Bytes attributes,
        Bytes mrEnclave,
        Bytes mrSigner,
        int isvProdId,
        int isvSvn,
        Bytes reportData) {

    static final int BYTES = 384;

    static SgxBody read(Bytes body) {
        return new SgxBody(
                body.slice(0, 16),
                body.slice(16, 4),
                body.slice(48, 16),
                body.slice(64, 32),
                body.slice(128, 32),
                shortLe(body, 256),
                shortLe(body, 258),
                body.slice(320, 64));
    }

    static int shortLe(Bytes source, int at) {
        return source.get(at) & 0xff | (source.get(at + 1) & 0xff) << 8;
    }

    /** Returns SHA-256 of the enclave's hash and 64 zero bytes (TEE dossier 3.4). */
    public Int256 imageHash() {
        byte[] content = new byte[mrEnclave.length() + reportData.length()];
        mrEnclave.copyTo(content, 0);
        return TdMeasurements.sha256(content);
    }
}
