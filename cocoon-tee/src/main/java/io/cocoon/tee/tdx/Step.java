package io.cocoon.tee.tdx;

/** The named checks of a verification, in order. */
enum Step {
    STRUCTURE("tdx.quote.structure", "a quote of version 3, 4 or 5 in which every length fits", "TEE dossier 7.1"),
    CRL_CHAIN("tdx.crl.chain", "the issuer of the PCK list, signed by the pinned root", "TEE dossier 7.2, 7.3"),
    CRL_ROOT("tdx.crl.root", "a list that the root signed", "TEE dossier 7.3"),
    CRL_PCK("tdx.crl.pck", "a list that the issuer of PCK certificates signed", "TEE dossier 7.3"),
    TCB_CHAIN("tdx.tcb-info.chain", "a signer below the pinned root, not revoked", "TEE dossier 7.2, 7.3"),
    TCB_SIGNATURE("tdx.tcb-info.signature", "signed by that signer, byte for byte", "TEE dossier 7.5"),
    TCB_FORM("tdx.tcb-info.form", "TCB info of version 3", "TEE dossier 7.5"),
    QE_CHAIN("tdx.qe-identity.chain", "a signer below the pinned root, not revoked", "TEE dossier 7.2, 7.3"),
    QE_SIGNATURE("tdx.qe-identity.signature", "signed by that signer, byte for byte", "TEE dossier 7.5"),
    QE_FORM("tdx.qe-identity.form", "a QE identity of version 2", "TEE dossier 7.5"),
    COLLATERAL_DATES("tdx.collateral.dates", "certificates, lists and documents valid now", "TEE dossier 7.2 to 7.5"),
    PCK_CHAIN("tdx.pck.chain", "three certificates, signed from the pinned root down", "TEE dossier 7.2"),
    PCK_DATES("tdx.pck.dates", "certificates valid now", "TEE dossier 7.2"),
    PCK_EXTENSION("tdx.pck.extension", "Intel's SGX extension, every entry once", "TEE dossier 7.4"),
    PCK_REVOCATION("tdx.pck.revocation", "platform and intermediate on no list of their issuers", "TEE dossier 7.3"),
    TCB_MATCH("tdx.tcb-info.match", "the document for this kind of quote, FMSPC and PCEID", "TEE dossier 7.5"),
    MODULE("tdx.module.identity", "a TDX module that Intel signed, without attributes", "TEE dossier 7.6, step 5"),
    QE_REPORT("tdx.qe.report-signature", "the platform's signature", "TEE dossier 7.6, step 6"),
    KEY_BINDING("tdx.qe.key-binding", "the hash of the attestation key", "TEE dossier 7.6, step 7"),
    QE_IDENTITY("tdx.qe.identity", "Intel's quoting enclave, not in debug mode", "TEE dossier 7.6, step 8"),
    QUOTE_SIGNATURE("tdx.quote.signature", "the attestation key's signature", "TEE dossier 7.6, step 9"),
    TCB_LEVEL("tdx.tcb.level", "levels that Intel lists", "TEE dossier 7.7");

    private final String check;
    private final String wanted;
    private final String rule;

    Step(String check, String wanted, String rule) {
        this.check = check;
        this.wanted = wanted;
        this.rule = rule;
    }

    String check() {
        return check;
    }

    String wanted() {
        return wanted;
    }

    String rule() {
        return rule;
    }
}
