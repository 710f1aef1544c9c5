package io.cocoon.tee.sevsnp;

/** The checks of a verification, in their order, each with its name, its rule and what to do when it fails. */
enum SnpStep {
    ENDORSEMENT("snp.endorsement.encoding", "2.7", SnpStep.OTHER_EVIDENCE),
    STRUCTURE("snp.report.structure", "8.1, 8.2", SnpStep.OTHER_EVIDENCE),
    CERTIFICATE("snp.certificate.form", "8.4", SnpStep.OTHER_EVIDENCE),
    SIGNER("snp.certificate.signer", "8.4, 8.8", SnpStep.OTHER_EVIDENCE),
    PRODUCT("snp.certificate.product", "8.3", SnpStep.OTHER_EVIDENCE),
    ROOT("snp.chain.root", "8.5", SnpStep.OTHER_COLLATERAL),
    CHAIN("snp.chain.signature", "8.5", SnpStep.OTHER_EVIDENCE),
    VALIDITY("snp.chain.validity", "8.5", "compare the clocks; AMD issues certificates anew on request"),
    LIST("snp.crl.list", "8.6", SnpStep.OTHER_COLLATERAL),
    REVOKED("snp.crl.revoked", "8.6", "trust nothing that this key certified"),
    SIGNATURE("snp.report.signature", "8.2", SnpStep.OTHER_EVIDENCE),
    CHIP("snp.report.chip-id", "8.4, 8.9", SnpStep.OTHER_EVIDENCE),
    TCB("snp.report.tcb", "8.3, 8.9", "the peer has to show the certificate for REPORTED_TCB (hazard D12)"),
    POLICY_BITS("snp.report.policy-bits", "8.1", SnpStep.OTHER_EVIDENCE);

    private static final String OTHER_EVIDENCE = "the peer has to show other evidence";
    private static final String OTHER_COLLATERAL = "fetch chain and list of the product anew from AMD's key service";

    private final String check;
    private final String rule;
    private final String nextStep;

    SnpStep(String check, String section, String nextStep) {
        this.check = check;
        this.rule = "TEE dossier, 2026 part, " + section;
        this.nextStep = nextStep;
    }

    String check() {
        return check;
    }

    String rule() {
        return rule;
    }

    String nextStep() {
        return nextStep;
    }
}
