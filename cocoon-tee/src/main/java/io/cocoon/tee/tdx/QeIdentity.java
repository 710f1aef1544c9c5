package io.cocoon.tee.tdx;

import io.cocoon.tl.Bytes;
import java.time.Instant;
import java.util.List;

/**
 * Intel's identity of a quoting enclave, version 2. Immutable. TEE dossier 7.5.
 *
 * @param id {@code TD_QE} for TDX, {@code QE} for SGX
 * @param issueDate first moment of validity
 * @param nextUpdate last moment of validity
 * @param evaluationNumber grows with every evaluation that Intel publishes
 * @param miscSelect 4 bytes
 * @param miscSelectMask 4 bytes
 * @param attributes 16 bytes
 * @param attributesMask 16 bytes
 * @param mrSigner 32 bytes
 * @param isvProdId the signer's number of the product
 * @param levels newest first
 */
record QeIdentity(
        String id,
        Instant issueDate,
        Instant nextUpdate,
        int evaluationNumber,
        Bytes miscSelect,
        Bytes miscSelectMask,
        Bytes attributes,
        Bytes attributesMask,
        Bytes mrSigner,
        int isvProdId,
        List<TcbLevel> levels) {

    static final String TDX = "TD_QE";
    static final String SGX = "QE";

    private static final int VERSION = 2;

    static QeIdentity parse(Bytes text) throws TdxRefusal {
        SignedDocument document = SignedDocument.parse(text, "enclaveIdentity", TdxError.QE_IDENTITY_MALFORMED);
        if (document.integer("version", Integer.MAX_VALUE) != VERSION) {
            throw document.refusal("version", "version " + VERSION);
        }
        return new QeIdentity(
                document.text("id"),
                document.date("issueDate"),
                document.date("nextUpdate"),
                document.integer("tcbEvaluationDataNumber", Integer.MAX_VALUE),
                document.hex("miscselect", 4),
                document.hex("miscselectMask", 4),
                document.hex("attributes", 16),
                document.hex("attributesMask", 16),
                document.hex("mrsigner", 32),
                document.integer("isvprodid", 65_535),
                TcbLevel.readIsv(document));
    }

    /** Refuses a quoting enclave that is not the one that Intel describes. */
    void requireMatch(SgxBody qe, boolean isSgx) throws TdxRefusal {
        String wanted = isSgx ? SGX : TDX;
        if (!id.equals(wanted)) {
            throw mismatch("an identity of " + Chains.printable(id), wanted);
        }
        requireMasked("MISCSELECT", qe.miscSelect(), miscSelectMask, miscSelect);
        requireMasked("attributes", qe.attributes(), attributesMask, attributes);
        if (!qe.mrSigner().equals(mrSigner)) {
            throw mismatch("a quoting enclave signed by " + qe.mrSigner().toHex(), mrSigner.toHex());
        }
        if (qe.isvProdId() != isvProdId) {
            throw mismatch("product " + qe.isvProdId(), "product " + isvProdId);
        }
    }

    private static void requireMasked(String what, Bytes value, Bytes mask, Bytes wanted) throws TdxRefusal {
        for (int i = 0; i < value.length(); i++) {
            if ((byte) (value.get(i) & mask.get(i)) != wanted.get(i)) {
                throw mismatch(
                        what + " " + value.toHex() + " of the quoting enclave",
                        wanted.toHex() + " under mask " + mask.toHex());
            }
        }
    }

    private static TdxRefusal mismatch(String seen, String wanted) {
        return new TdxRefusal(TdxError.QE_MISMATCH, seen, wanted);
    }
}
