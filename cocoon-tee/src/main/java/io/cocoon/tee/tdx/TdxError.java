package io.cocoon.tee.tdx;

/** Why a quote or its collateral is refused; the names are the codes of checks. TEE dossier 7.10. */
enum TdxError {
    QUOTE_MALFORMED("the peer has to show an intact quote"),
    QUOTE_UNSUPPORTED("the peer has to show a quote of version 3, 4 or 5 with an ECDSA P-256 key and a PCK chain"),
    PCK_CHAIN_INVALID("the platform has to be provisioned again, so that its quotes carry Intel's PCK chain"),
    ROOT_UNTRUSTED(
            "somebody else than the pinned root signed; refuse the peer, and check where the collateral comes from"),
    PCK_EXTENSION_INVALID("the platform needs a PCK certificate of Intel's profile"),
    CERT_EXPIRED("compare the clock; fetch collateral again, or have the platform provisioned again"),
    CERT_NOT_YET_VALID("compare the clock"),
    CRL_INVALID("fetch the revocation lists again"),
    CRL_EXPIRED("compare the clock; fetch the revocation lists again"),
    CRL_NOT_YET_VALID("compare the clock"),
    PCK_REVOKED("Intel revoked the platform; refuse the peer"),
    INTERMEDIATE_REVOKED("Intel revoked an intermediate CA; refuse the peer"),
    TCB_SIGNING_REVOKED("Intel revoked a signer of collateral; fetch collateral again"),
    TCB_CHAIN_INVALID("fetch collateral again"),
    TCB_INFO_MALFORMED("fetch the TCB info again"),
    TCB_INFO_SIGNATURE("fetch the TCB info again; it is not what Intel signed"),
    TCB_INFO_EXPIRED("compare the clock; fetch the TCB info again"),
    TCB_INFO_NOT_YET_VALID("compare the clock"),
    TCB_INFO_MISMATCH("fetch the TCB info of the quote's own platform family"),
    QE_IDENTITY_MALFORMED("fetch the QE identity again"),
    QE_IDENTITY_SIGNATURE("fetch the QE identity again; it is not what Intel signed"),
    QE_IDENTITY_EXPIRED("compare the clock; fetch the QE identity again"),
    QE_IDENTITY_NOT_YET_VALID("compare the clock"),
    QE_MISMATCH("the platform has to run Intel's quoting enclave"),
    QE_REPORT_SIGNATURE("refuse the peer: its quoting enclave is not of this platform"),
    ATTESTATION_KEY_BINDING("refuse the peer: the quoting enclave does not vouch for the key that signed"),
    QUOTE_SIGNATURE("refuse the peer: the quote was changed or is somebody else's"),
    TDX_MODULE_MISMATCH("the platform has to run Intel's TDX module"),
    TCB_NOT_SUPPORTED("the platform is older than every level that Intel still lists; update its firmware"),
    TCB_STATUS_UNRECOGNIZED("Intel uses a word that this version does not know; update this library"),
    COLLATERAL_MALFORMED("fetch collateral again");

    private final String nextStep;

    TdxError(String nextStep) {
        this.nextStep = nextStep;
    }

    String nextStep() {
        return nextStep;
    }
}
